//! Clones, or the right reason for a refusal.

use std::fs::File;
use std::ops::Range;
use std::path::Path;

use reflink::{Error, Method, Mode, Options, Outcome, Overwrite, Reason, Result};

use crate::common::*;

/// What must be true after `always`, by path or on open files.
fn check_always(dir: &Path, src: &Path, dst: &Path, always: impl Fn() -> Result<Outcome>) {
    if fs().clones() {
        let done = always().unwrap_or_else(|error| panic!("{dst:?}: {error:?}"));
        let len = src.metadata().unwrap().len();
        assert_accounts(&done, Mode::Always, len);
        assert_same_files(dst, src);
        assert!(shares_everything(src, dst), "{:?}\n{:?}", extents(src), extents(dst));
        assert_independent(src, dst);
        assert!(!shares_everything(src, dst), "the write did not get blocks of its own");
    } else {
        let error = fails(dir, always);
        assert_refused(&error);
    }
}

#[track_caller]
fn assert_refused(error: &Error) {
    assert!(matches!(error, Error::NotReflinkable { .. }), "{error:?}");
    assert_eq!(error.raw_os_error(), Some(libc::EOPNOTSUPP));
    assert_reason(error.reason().unwrap());
    assert!(error.hint().unwrap().contains("auto"), "{error:?}");
}

#[track_caller]
fn assert_reason(reason: &Reason) {
    match (fs(), reason) {
        (Fs::XfsNoReflink, Reason::XfsWithoutReflink) => {}
        (
            fs @ (Fs::Ext4 | Fs::Tmpfs | Fs::Nfs41 | Fs::SambaXfs | Fs::F2fs),
            Reason::NoCloneSupport { filesystem },
        ) => assert_eq!(filesystem.name(), Some(fs.type_name())),
        (fs, reason) => panic!("{fs:?}: {reason:?}"),
    }
}

/// Lengths that end within a block and on a block boundary.
const SIZES: [u64; 5] = [1, 4095, 65_536, 100_001, MIB];

#[test]
#[ignore = "needs a filesystem under test; run cargo xtask test"]
fn always_onto_a_new_path() {
    for size in SIZES {
        let dir = dir();
        let [src, dst] = ["src", "dst"].map(|name| dir.path().join(name));
        big_enough(&src, size);
        check_always(dir.path(), &src, &dst, || reflink::always(&src, &dst));
    }
}

fn big_enough(src: &Path, size: u64) {
    let size = if fs().clones_small_files_by_copying() { size.max(4097) } else { size };
    file(src, &bytes(size, size));
}

#[cfg(not(reflink_as = "new-names"))]
#[test]
#[ignore = "needs a filesystem under test; run cargo xtask test"]
fn always_onto_an_existing_path() {
    for overwrite in [Overwrite::Replace, Overwrite::InPlace] {
        for size in SIZES {
            for old in [0, 10, 100_001, 2 * MIB + 7] {
                let dir = dir();
                let [src, dst] = ["src", "dst"].map(|name| dir.path().join(name));
                big_enough(&src, size);
                file(&dst, &bytes(2, old));
                check_always(dir.path(), &src, &dst, || {
                    Options::new().mode(Mode::Always).overwrite(overwrite).copy(&src, &dst)
                });
            }
        }
    }
}

#[cfg(not(reflink_as = "new-names"))]
#[test]
#[ignore = "needs a filesystem under test; run cargo xtask test"]
fn always_onto_an_open_file() {
    for size in SIZES {
        for old in [0, 1, 4096, 65_537, 100_000, 100_001, 100_002, 2 * MIB + 7] {
            let dir = dir();
            let [src, dst] = ["src", "dst"].map(|name| dir.path().join(name));
            big_enough(&src, size);
            let from = File::open(&src).unwrap();
            let to = file(&dst, &bytes(2, old));
            to.sync_all().unwrap();
            check_always(dir.path(), &src, &dst, || reflink::reflink(&from, &to, Mode::Always));
        }
    }
}

#[test]
#[ignore = "needs a filesystem under test; run cargo xtask test"]
fn always_with_holes_and_unwritten_blocks() {
    let dir = dir();
    let [src, dst] = ["src", "dst"].map(|name| dir.path().join(name));
    let from = sparse_file(&src, 20 * MIB + 5, &[(0, 9000), (7 * MIB, MIB), (20 * MIB, 5)]);
    // NFS before 4.2 cannot reserve blocks.
    if fs() != Fs::Nfs41 {
        let none = rustix::fs::FallocateFlags::empty();
        rustix::fs::fallocate(&from, none, 10 * MIB, MIB).unwrap();
    }
    check_always(dir.path(), &src, &dst, || reflink::always(&src, &dst));
}

#[cfg(not(reflink_as = "new-names"))]
#[test]
#[ignore = "needs a filesystem under test; run cargo xtask test"]
fn always_between_two_files_that_have_clones() {
    needs!(ClonesAcrossFamilies);
    let dir = dir();
    let [src, dst] = ["src", "dst"].map(|name| dir.path().join(name));
    for (path, seed) in [(&src, 1), (&dst, 2)] {
        file(path, &bytes(seed, MIB));
        reflink::auto(path, path.with_extension("clone")).unwrap();
    }
    let from = File::open(&src).unwrap();
    let to = File::options().read(true).write(true).open(&dst).unwrap();
    check_always(dir.path(), &src, &dst, || reflink::reflink(&from, &to, Mode::Always));
}

/// ocfs2 and btrfs keep the bytes of such a source in its metadata.
#[test]
#[ignore = "needs a filesystem under test; run cargo xtask test"]
fn a_small_source_onto_a_longer_file() {
    let dir = dir();
    let [src, dst] = ["src", "dst"].map(|name| dir.path().join(name));
    let from = file(&src, &bytes(1, 100));
    let to = file(&dst, &bytes(2, 3000));
    reflink::reflink(&from, &to, Mode::Auto).unwrap();
    assert_same(&content(&to), &bytes(1, 100), "dst");
}

#[test]
#[ignore = "needs a filesystem under test; run cargo xtask test"]
fn auto_takes_the_best_method() {
    let large = if fs().has_pipes() { Method::ReadWrite } else { Method::CopyFileRange };
    for (len, method) in [(300_005, Method::CopyFileRange), (3 * MIB + 5, large)] {
        let dir = dir();
        let [src, dst] = ["src", "dst"].map(|name| dir.path().join(name));
        file(&src, &bytes(1, len));
        let done = reflink::auto(&src, &dst).unwrap();
        assert_accounts(&done, Mode::Auto, len);
        assert_same_files(&dst, &src);
        if fs().clones() {
            assert_eq!((done.method(), done.fallback), (Method::Clone, None));
            assert!(shares_everything(&src, &dst));
        } else {
            assert_eq!(done.method(), method);
            assert_reason(&done.fallback.unwrap());
        }
    }
}

#[test]
#[ignore = "needs a filesystem under test; run cargo xtask test"]
fn never_never_shares() {
    let copies: [fn(&Path, &Path) -> Result<Outcome>; 4] = [
        |src, dst| Options::new().mode(Mode::Never).copy(src, dst),
        |src, dst| Options::new().mode(Mode::Never).overwrite(Overwrite::InPlace).copy(src, dst),
        |src, dst| {
            reflink::reflink(&File::open(src).unwrap(), &File::create(dst).unwrap(), Mode::Never)
        },
        |src, dst| {
            reflink::partial(
                &File::open(src).unwrap(),
                ..,
                &File::create(dst).unwrap(),
                0,
                Mode::Never,
            )
        },
    ];
    for copy in copies {
        let dir = dir();
        let [src, dst] = ["src", "dst"].map(|name| dir.path().join(name));
        file(&src, &bytes(1, 3 * MIB + 5));
        file(&dst, b"old");
        assert_accounts(&copy(&src, &dst).unwrap(), Mode::Never, 3 * MIB + 5);
        assert_same_files(&dst, &src);
        // tmpfs has no extent map, and no blocks that could be shared.
        if fs() != Fs::Tmpfs {
            assert!(extents(&dst).iter().all(|extent| !extent.shared), "{:?}", extents(&dst));
        }
        assert_independent(&src, &dst);
    }
}

/// A range of a file of 1 MiB, and its place in another one.
const ALIGNED: (Range<u64>, u64) = (65_536..262_144, 524_288);

#[test]
#[ignore = "needs a filesystem under test; run cargo xtask test"]
fn an_aligned_range_is_refused_without_clones() {
    needs!(NoClones);
    let dir = dir();
    let from = file(&dir.path().join("src"), &bytes(1, MIB));
    let to = file(&dir.path().join("dst"), &bytes(2, MIB));
    let (range, at) = ALIGNED;
    let clone = || reflink::partial(&from, range, &to, at, Mode::Always);
    assert_refused(&fails(dir.path(), clone));
}

#[cfg(not(reflink_as = "new-names"))]
#[test]
#[ignore = "needs a filesystem under test; run cargo xtask test"]
fn an_aligned_range_is_cloned() {
    needs!(Clones, RangeClones);
    let dir = dir();
    let [src, dst] = ["src", "dst"].map(|name| dir.path().join(name));
    let from = file(&src, &bytes(1, MIB));
    let to = file(&dst, &bytes(2, MIB));
    to.sync_all().unwrap();
    let (range, at) = ALIGNED;
    let done = reflink::partial(&from, range, &to, at, Mode::Always).unwrap();
    assert_accounts(&done, Mode::Always, 196_608);
    let mut expected = bytes(2, MIB);
    expected[524_288..720_896].copy_from_slice(&bytes(1, MIB)[65_536..262_144]);
    assert_same(&content(&to), &expected, "dst");
    let [from, to] = extents_of([&src, &dst]);
    assert!(shares((&from, 65_536), (&to, 524_288), 196_608), "{from:?}\n{to:?}");
    assert!(!shares((&from, 0), (&to, 0), 65_536));
}
