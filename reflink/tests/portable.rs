//! What holds on every operating system.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::fs::{self, File};

use reflink::{Mode, Options, Overwrite, Reason};

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
#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
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
