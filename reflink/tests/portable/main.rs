//! What holds on every operating system.
//!
//! `REFLINK_TEST_DIR` names a directory on the filesystem to test. With `REFLINK_TEST_CLONES=1` it must clone: see
//! docs/SYSTEMS.md.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod trees;

use std::fs::{self, File};
use std::path::Path;

use reflink::{Error, Mode, Options, Outcome, Overwrite, Reason, Result};

/// A directory with the file `a`, which holds "some data".
fn dir() -> tempfile::TempDir {
    let parent =
        std::env::var_os("REFLINK_TEST_DIR").unwrap_or_else(|| env!("CARGO_TARGET_TMPDIR").into());
    let dir = tempfile::tempdir_in(parent).unwrap();
    fs::write(dir.path().join("a"), "some data").unwrap();
    dir
}

fn names(dir: &tempfile::TempDir) -> Vec<String> {
    let entries = fs::read_dir(dir.path()).unwrap();
    let mut names: Vec<_> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn set_read_only(path: &Path, is_read_only: bool) {
    let mut rights = fs::metadata(path).unwrap().permissions();
    rights.set_readonly(is_read_only);
    fs::set_permissions(path, rights).unwrap();
}

#[test]
fn auto_copies_to_a_new_name_and_over_an_old_file() {
    let dir = dir();
    let (a, b) = (dir.path().join("a"), dir.path().join("b"));
    for old in [None, Some("something that is longer")] {
        if let Some(old) = old {
            fs::write(&b, old).unwrap();
        }
        assert_eq!(reflink::auto(&a, &b).unwrap().total(), 9);
        assert_eq!(fs::read(&b).unwrap(), b"some data");
    }
    assert_eq!(names(&dir), ["a", "b"]);
}

#[test]
fn never_overwrite_is_obeyed() {
    let dir = dir();
    let (a, b) = (dir.path().join("a"), dir.path().join("b"));
    let options = Options::new().overwrite(Overwrite::Never);
    options.copy(&a, &b).unwrap();
    fs::write(&b, "old").unwrap();
    let error = std::io::Error::from(options.copy(&a, &b).unwrap_err());
    assert_eq!(error.kind(), std::io::ErrorKind::AlreadyExists);
    assert_eq!(fs::read(&b).unwrap(), b"old");
    assert_eq!(names(&dir), ["a", "b"]);
}

#[test]
fn a_file_is_not_copied_onto_itself() {
    let dir = dir();
    let (a, link) = (dir.path().join("a"), dir.path().join("link"));
    fs::hard_link(&a, &link).unwrap();
    for overwrite in [Overwrite::Replace, Overwrite::InPlace] {
        for dst in [&a, &link] {
            let error = Options::new().overwrite(overwrite).copy(&a, dst).unwrap_err();
            assert_eq!(error.reason(), Some(&Reason::SameFile), "{overwrite:?} {dst:?}: {error}");
            assert_eq!(fs::read(&a).unwrap(), b"some data");
        }
    }
    assert_eq!(names(&dir), ["a", "link"]);
}

#[test]
fn in_place_keeps_the_file() {
    let dir = dir();
    let (a, b, link) = (dir.path().join("a"), dir.path().join("b"), dir.path().join("link"));
    fs::write(&b, "something that is longer").unwrap();
    fs::hard_link(&b, &link).unwrap();
    Options::new().overwrite(Overwrite::InPlace).copy(&a, &b).unwrap();
    assert_eq!(fs::read(&link).unwrap(), b"some data");
}

#[test]
fn a_directory_is_neither_source_nor_destination() {
    let dir = dir();
    let (a, sub) = (dir.path().join("a"), dir.path().join("sub"));
    fs::create_dir(&sub).unwrap();
    for (src, dst) in [(&a, &sub), (&sub, &dir.path().join("b"))] {
        let error = reflink::auto(src, dst).unwrap_err();
        assert!(matches!(error.reason(), Some(Reason::Directory { .. })), "{error}");
    }
    assert_eq!(names(&dir), ["a", "sub"]);
}

#[test]
fn a_range_changes_its_bytes_and_no_others() {
    let dir = dir();
    let (a, b) = (dir.path().join("a"), dir.path().join("b"));
    fs::write(&b, "0123456789").unwrap();
    let (src, dst) =
        (File::open(&a).unwrap(), File::options().read(true).write(true).open(&b).unwrap());
    reflink::partial(&src, 5..9, &dst, 3, Mode::Auto).unwrap();
    assert_eq!(fs::read(&b).unwrap(), b"012data789");
    reflink::partial(&src, 5.., &dst, 8, Mode::Never).unwrap();
    assert_eq!(fs::read(&b).unwrap(), b"012data7data");
}

#[test]
#[cfg(not(any(
    target_os = "linux",
    target_os = "android",
    target_os = "freebsd",
    target_vendor = "apple",
    windows
)))]
fn without_a_clone_call_always_is_unsupported() {
    let dir = dir();
    let (a, b) = (dir.path().join("a"), dir.path().join("b"));
    assert!(matches!(reflink::always(&a, &b), Err(reflink::Error::Unsupported)));
    let src = File::open(&a).unwrap();
    let dst = File::create(&b).unwrap();
    assert!(matches!(reflink::reflink(&src, &dst, Mode::Always), Err(reflink::Error::Unsupported)));
    assert!(matches!(
        reflink::partial(&src, ..4, &dst, 0, Mode::Always),
        Err(reflink::Error::Unsupported)
    ));
    assert!(matches!(reflink::dedupe(&src, .., [(&dst, 0)]), Err(reflink::Error::Unsupported)));
    assert!(matches!(reflink::extents(&src), Err(reflink::Error::Unsupported)));
    let support = reflink::probe(dir.path()).unwrap().support;
    assert_eq!(support, reflink::Support::No(Reason::NoCloneCall));
}

/// Bytes that differ from one block to the next.
fn content(len: usize) -> Vec<u8> {
    (0..len).map(|at| (at / 511) as u8 ^ at as u8).collect()
}

/// Whether a clone was made. It must be if `REFLINK_TEST_CLONES` is set; otherwise it may also be refused.
#[track_caller]
fn is_cloned(result: Result<Outcome>, len: usize) -> bool {
    match result {
        Ok(outcome) => {
            assert_eq!((outcome.cloned, outcome.total()), (len as u64, len as u64));
            true
        }
        Err(error) => {
            let must = std::env::var_os("REFLINK_TEST_CLONES").is_some_and(|value| value == "1");
            assert!(!must, "REFLINK_TEST_CLONES is set: {error}");
            let is_refusal = matches!(error, Error::NotReflinkable { .. } | Error::Unsupported);
            assert!(is_refusal, "{error:?}");
            false
        }
    }
}

/// Around the clusters of ReFS (4 and 64 KiB) and the blocks of APFS (4 KiB).
const LENGTHS: [usize; 11] =
    [0, 1, 4095, 4096, 4097, 65_535, 65_536, 65_537, 131_073, 1 << 20, (1 << 20) + 77];

#[test]
fn a_clone_has_the_bytes_and_is_a_file_of_its_own() {
    for len in LENGTHS {
        for old in [None, Some(10), Some(3 << 20)] {
            let dir = dir();
            let [src, dst] = ["src", "dst"].map(|name| dir.path().join(name));
            fs::write(&src, content(len)).unwrap();
            if let Some(old) = old {
                fs::write(&dst, vec![7; old]).unwrap();
            }
            if !is_cloned(reflink::always(&src, &dst), len) {
                let kept = fs::metadata(&dst).ok().map(|status| status.len() as usize);
                assert_eq!(kept, old, "{len}");
                continue;
            }
            assert!(fs::read(&dst).unwrap() == content(len), "{len} over {old:?}");
            fs::write(&src, "other").unwrap();
            assert!(fs::read(&dst).unwrap() == content(len), "{len} over {old:?}");
            assert_eq!(names(&dir), ["a", "dst", "src"]);
        }
    }
}

#[test]
fn a_clone_in_place_has_the_source_s_bytes_and_length() {
    for len in LENGTHS {
        for old in [0, 10, 65_536, 3 << 20] {
            let dir = dir();
            let [src, dst] = ["src", "dst"].map(|name| dir.path().join(name));
            fs::write(&src, content(len)).unwrap();
            fs::write(&dst, vec![7; old]).unwrap();
            let files = (File::open(&src).unwrap(), read_write(&dst));
            let done = reflink::reflink(&files.0, &files.1, Mode::Auto).unwrap();
            assert_eq!(done.total(), len as u64);
            drop(files);
            assert!(fs::read(&dst).unwrap() == content(len), "{len} over {old}");
        }
    }
}

#[test]
fn ranges_change_their_bytes_and_no_others() {
    const LEN: usize = (1 << 20) + 77;
    for (start, end, at) in [
        (0, LEN, 0),
        (65_536, 131_072, 262_144),
        (65_536, 131_072, LEN),
        (100, 200_000, 300),
        (65_536, LEN, 0),
        (LEN - 77, LEN, 2 << 20),
    ] {
        let dir = dir();
        let [src, dst] = ["src", "dst"].map(|name| dir.path().join(name));
        fs::write(&src, content(LEN)).unwrap();
        fs::write(&dst, vec![7; LEN]).unwrap();
        let mut expected = vec![7; LEN];
        expected.resize(expected.len().max(at + end - start), 0);
        expected[at..at + end - start].copy_from_slice(&content(LEN)[start..end]);
        let files = (File::open(&src).unwrap(), read_write(&dst));
        let (from, to) = (start as u64, end as u64);
        reflink::partial(&files.0, from..to, &files.1, at as u64, Mode::Auto).unwrap();
        drop(files);
        assert!(fs::read(&dst).unwrap() == expected, "{start}..{end} at {at}");
    }
}

fn read_write(path: &Path) -> File {
    File::options().read(true).write(true).open(path).unwrap()
}

/// The trial of `probe` and a copy must agree.
#[test]
fn a_probe_is_right() {
    let dir = dir();
    let support = reflink::probe(dir.path()).unwrap().support;
    let result = reflink::always(dir.path().join("a"), dir.path().join("b"));
    let refused = matches!(support, reflink::Support::No(_));
    assert_eq!(is_cloned(result, 9), !refused, "{support:?}");
}

#[test]
#[cfg(windows)]
#[ignore = "Wine 8 has no sparse files; needs fsutil and NTFS or ReFS"]
fn holes_stay_holes() {
    use std::os::windows::fs::{FileExt as _, MetadataExt as _};

    let dir = dir();
    let [src, dst] = ["src", "dst"].map(|name| dir.path().join(name));
    let file = File::create(&src).unwrap();
    let made = std::process::Command::new("fsutil").args(["sparse", "setflag"]).arg(&src).status();
    assert!(made.unwrap().success());
    file.seek_write(&[1; 4096], 32 << 20).unwrap();
    drop(file);
    let done = Options::new().mode(Mode::Never).copy(&src, &dst).unwrap();
    assert_eq!(done.total(), (32 << 20) + 4096);
    assert!(done.holes >= 31 << 20, "{done:?}");
    assert!(fs::read(&dst).unwrap() == fs::read(&src).unwrap());
    assert_eq!(fs::metadata(&dst).unwrap().file_attributes() & 0x200, 0x200, "sparse");
}

#[test]
#[cfg(windows)]
fn a_copy_keeps_attributes() {
    let dir = dir();
    let [src, dst] = ["a", "b"].map(|name| dir.path().join(name));
    set_read_only(&src, true);
    for _ in ["a new file", "over a file that is read-only"] {
        reflink::auto(&src, &dst).unwrap();
        assert_eq!(attributes(&dst), attributes(&src));
        assert_eq!(attributes(&dst) & 1, 1, "FILE_ATTRIBUTE_READONLY");
    }
    set_read_only(&src, false);
    set_read_only(&dst, false);
}

/// No call renames to such a path and replaces nothing. The file gets that name as a hard link, and then loses its
/// temporary name.
#[test]
#[cfg(windows)]
fn a_copy_at_a_long_path_keeps_attributes() {
    let dir = dir();
    let (src, below) = (dir.path().join("a"), dir.path().join("d".repeat(200)));
    let dst = below.join("f".repeat(100));
    fs::create_dir(&below).unwrap();
    set_read_only(&src, true);
    Options::new().overwrite(Overwrite::Never).copy(&src, &dst).unwrap();
    assert_eq!(attributes(&dst), attributes(&src));
    assert_eq!(fs::read_dir(&below).unwrap().count(), 1);
    set_read_only(&src, false);
    set_read_only(&dst, false);
}

/// FILE_ATTRIBUTE_READONLY, HIDDEN, SYSTEM and ARCHIVE.
#[cfg(windows)]
fn attributes(path: &Path) -> u32 {
    use std::os::windows::fs::MetadataExt as _;
    fs::metadata(path).unwrap().file_attributes() & 0x27
}
