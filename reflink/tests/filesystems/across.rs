//! From one filesystem to another: no clone, but an exact copy.

use std::fs::File;
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::path::Path;

use reflink::{Error, Mode, Options, Overwrite, Reason, Result};

use crate::common::*;

/// The type name of the other directory's filesystem.
fn other_name() -> &'static str {
    if fs().type_name() == "nfs" { "nfs" } else { "xfs" }
}

#[track_caller]
fn assert_two_filesystems(reason: Option<&Reason>, from: &str, to: &str) {
    let Some(Reason::DifferentFilesystems { source, destination }) = reason else {
        panic!("{reason:?}")
    };
    assert_eq!((source.name(), destination.name()), (Some(from), Some(to)));
}

/// All kinds of copies between two directories.
fn check(from: (&Path, &str), to: (&Path, &str)) {
    let (src, dst) = (from.0.join("src"), to.0.join("dst"));
    let source = file(&src, &bytes(1, MIB + 77));
    file(&dst, b"old");
    for overwrite in [Overwrite::Replace, Overwrite::InPlace, Overwrite::Never] {
        let dst = if overwrite == Overwrite::Never { to.0.join("new") } else { dst.clone() };
        let options = |mode| Options::new().mode(mode).overwrite(overwrite);
        let error = fails(to.0, || options(Mode::Always).copy(&src, &dst));
        assert!(matches!(error, Error::NotReflinkable { .. }), "{error:?}");
        assert_eq!(error.raw_os_error(), Some(libc::EXDEV));
        assert_two_filesystems(error.reason(), from.1, to.1);
        assert_eq!(error.path(), Some(&*src));
        let text = error.to_string();
        assert!(text.contains(dst.to_str().unwrap()), "{text}");
        assert!(text.ends_with("Invalid cross-device link"), "{text}");

        let done = options(Mode::Auto).copy(&src, &dst).unwrap();
        assert_accounts(&done, Mode::Auto, MIB + 77);
        assert_two_filesystems(done.fallback.as_ref(), from.1, to.1);
        assert_same_files(&dst, &src);
    }

    let open = file(&to.0.join("open"), &bytes(2, 2 * MIB));
    // Data that a server receives later would change its time later.
    open.sync_all().unwrap();
    let always: [&dyn Fn() -> Result<reflink::Outcome>; 3] = [
        &|| reflink::reflink(&source, &open, Mode::Always),
        &|| reflink::partial(&source, 0..4096, &open, 0, Mode::Always),
        &|| reflink::partial(&source, 5..500_000, &open, 3, Mode::Always),
    ];
    for always in always {
        let error = fails(to.0, always);
        assert_eq!(error.raw_os_error(), Some(libc::EXDEV));
        assert_two_filesystems(error.reason(), from.1, to.1);
    }
    let done = reflink::partial(&source, 5..500_000, &open, 3, Mode::Auto).unwrap();
    assert_two_filesystems(done.fallback.as_ref(), from.1, to.1);
    let mut expected = bytes(2, 2 * MIB);
    expected[3..499_998].copy_from_slice(&bytes(1, MIB + 77)[5..500_000]);
    assert_same(&content(&open), &expected, "open");
    reflink::reflink(&source, &open, Mode::Auto).unwrap();
    assert_same(&content(&open), &bytes(1, MIB + 77), "open");
}

#[cfg(not(reflink_as = "new-names"))]
#[test]
#[ignore = "needs two filesystems; run cargo xtask test"]
fn to_another_filesystem() {
    let (here, there) = (dir(), other_dir());
    check((here.path(), fs().type_name()), (there.path(), other_name()));
}

#[cfg(not(reflink_as = "new-names"))]
#[test]
#[ignore = "needs two filesystems; run cargo xtask test"]
fn from_another_filesystem() {
    let (here, there) = (dir(), other_dir());
    check((there.path(), other_name()), (here.path(), fs().type_name()));
}

#[test]
#[ignore = "needs a filesystem under test; run cargo xtask test"]
fn between_an_overlay_and_its_layers() {
    needs!(Overlay);
    let (here, below) = (dir(), lower_dir());
    check((here.path(), "overlayfs"), (below.path(), "xfs"));
    let (here, below) = (dir(), lower_dir());
    check((below.path(), "xfs"), (here.path(), "overlayfs"));
}

/// The numbers do not show that it is one file, and after a cut the source would have length 0,
/// too.
#[test]
#[ignore = "needs a filesystem under test; run cargo xtask test"]
fn a_file_is_not_copied_onto_itself_by_another_filesystem() {
    needs!(TimesFromBelow);
    let here = dir();
    let beneath = beneath(here.path());
    let open = sparse_file(&here.path().join("file"), 1_000_001, &[(0, 5000), (300_000, 70_000)]);
    let mut expected = content(&open);
    expected[450_000..459_000].copy_from_slice(&bytes(7, 9000));
    let changed = || {
        let status = beneath.join("file").metadata().unwrap();
        (status.ctime(), status.ctime_nsec())
    };
    for (from, to) in [(here.path(), &*beneath), (&*beneath, here.path())] {
        let (src, dst) = (from.join("file"), to.join("file"));
        let [source, into] =
            [&src, &dst].map(|path| File::options().read(true).write(true).open(path).unwrap());
        for mode in ALL_MODES {
            let options = || Options::new().mode(mode);
            let copies: [(Reason, &dyn Fn() -> Result<reflink::Outcome>); 3] = [
                (Reason::SameFile, &|| options().overwrite(Overwrite::InPlace).copy(&src, &dst)),
                (Reason::SameFile, &|| options().reflink(&source, &into)),
                (Reason::Overlap, &|| options().partial(&source, 3..400_000, &into, 8192)),
            ];
            for (reason, copy) in copies {
                // Data that the server has not received yet.
                open.write_all_at(&bytes(7, 9000), 450_000).unwrap();
                let before = changed();
                let error = copy().unwrap_err();
                if fs() == Fs::Overlay {
                    // A server receives the bytes now. Nothing else is written.
                    assert_eq!(changed(), before, "{mode:?}: {error:?}");
                }
                if !(mode == Mode::Always && matches!(error, Error::NotReflinkable { .. })) {
                    assert_eq!(error.reason(), Some(&reason), "{mode:?}: {error:?}");
                }
                open.sync_all().unwrap();
                assert_same(&std::fs::read(&src).unwrap(), &expected, "the file");
            }
        }
    }
}

/// xfs reserves blocks after data that is appended: a sparse copy that grows with its data takes
/// much more room than its source.
#[test]
#[ignore = "needs two filesystems; run cargo xtask test"]
fn a_sparse_copy_takes_no_more_room_than_its_source() {
    needs!(VisibleHoles);
    // So close together that xfs would fill the holes in advance if the file grew with its data.
    let islands: Vec<_> = (0..100).map(|n| (n * 96 * KIB, 64 * KIB)).collect();
    let (here, there) = (dir(), other_dir());
    for (from, to) in [(&here, &there), (&there, &here)] {
        let (src, dst) = (from.path().join("src"), to.path().join("dst"));
        let expected = content(&sparse_file(&src, 100 * 96 * KIB + 1, &islands));
        for mode in COPYING {
            for overwrite in [Overwrite::Replace, Overwrite::InPlace] {
                let done = Options::new().mode(mode).overwrite(overwrite).copy(&src, &dst);
                assert_accounts(&done.unwrap(), mode, 100 * 96 * KIB + 1);
                assert_same(&std::fs::read(&dst).unwrap(), &expected, "dst");
                // Also while it is open.
                let open = File::open(&dst).unwrap();
                let (found, source) = (allocated(&dst), allocated(&src));
                let most = source + source / 10;
                assert!(found <= most, "{mode:?}: {found} instead of {source} bytes");
                drop(open);
            }
        }
        std::fs::remove_file(&src).unwrap();
    }
}

/// Across filesystems EXDEV comes before EBADF in a clone, and EBADF in a copy.
#[cfg(not(reflink_as = "new-names"))]
#[test]
#[ignore = "needs two filesystems; run cargo xtask test"]
fn the_order_of_the_kernel_is_kept() {
    let (here, there) = (dir(), other_dir());
    let src = file(&here.path().join("src"), &bytes(1, 10_000));
    let path = there.path().join("dst");
    std::fs::write(&path, "old").unwrap();
    let read_only = File::open(&path).unwrap();
    let appending = File::options().append(true).open(&path).unwrap();
    for (dst, reason) in [(&read_only, Reason::NotWritable), (&appending, Reason::OpenedForAppend)]
    {
        let error = fails(there.path(), || reflink::reflink(&src, dst, Mode::Always));
        assert_eq!(error.raw_os_error(), Some(libc::EXDEV), "{error:?}");
        for mode in COPYING {
            let error = fails(there.path(), || reflink::reflink(&src, dst, mode));
            assert_eq!(error.raw_os_error(), Some(libc::EBADF), "{error:?}");
            assert_eq!(error.reason(), Some(&reason), "{error:?}");
        }
    }
}
