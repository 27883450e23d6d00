//! Mounts and subvolumes: files under other names of one filesystem clone, read-only ones refuse.

use std::path::{Path, PathBuf};
use std::process::Command;

use reflink::{Error, Mode, Options, Overwrite, Reason};

use crate::common::*;

/// A directory that is mounted a second time, until dropped.
struct Bind(PathBuf);

impl Bind {
    fn new(dir: &Path, at: &Path, options: &str) -> Self {
        std::fs::create_dir(at).unwrap();
        tool(Command::new("mount").arg("--bind").arg(dir).arg(at));
        let bind = Self(at.to_owned());
        tool(Command::new("mount").args(["-o", &format!("remount,bind,{options}")]).arg(at));
        bind
    }
}

impl Drop for Bind {
    fn drop(&mut self) {
        unmount(&self.0);
    }
}

/// By path and on open files, in both directions.
fn must_clone(one: &Path, two: &Path) {
    for (from, to) in [(one, two), (two, one)] {
        let [src, dst, open] = [from.join("src"), to.join("dst"), to.join("open")];
        let source = file(&src, &bytes(1, 300_001));
        if !fs().clones() {
            let error = reflink::always(&src, &dst).unwrap_err();
            assert_eq!(error.raw_os_error(), Some(libc::EOPNOTSUPP), "{error:?}");
            reflink::auto(&src, &dst).unwrap();
            assert_same_files(&dst, &src);
        } else {
            reflink::always(&src, &dst).unwrap();
            assert!(shares_everything(&src, &dst));
            reflink::reflink(&source, &file(&open, b""), Mode::Always).unwrap();
            assert!(shares_everything(&src, &open));
            assert_independent(&src, &dst);
            std::fs::remove_file(&open).unwrap();
        }
        std::fs::remove_file(&src).unwrap();
        std::fs::remove_file(&dst).unwrap();
    }
}

#[cfg(not(reflink_as = "new-names"))]
#[test]
#[ignore = "needs root, to mount; run cargo xtask test"]
fn another_mount_of_the_same_filesystem_clones() {
    let (one, two) = (dir(), dir());
    let bind = Bind::new(two.path(), &one.path().join("bind"), "rw");
    // Which did not clone between two mounts.
    if fs().clones() && kernel() < (5, 18) {
        let [src, dst] = [one.path().join("src"), bind.0.join("dst")];
        file(&src, &bytes(1, 300_001));
        let error = reflink::always(&src, &dst).unwrap_err();
        assert_eq!(error.raw_os_error(), Some(libc::EXDEV), "{error:?}");
        assert_eq!(error.reason(), Some(&Reason::DifferentMounts), "{error:?}");
        let done = reflink::auto(&src, &dst).unwrap();
        assert_eq!((done.cloned, done.fallback), (0, Some(Reason::DifferentMounts)));
        assert_same_files(&dst, &src);
    } else {
        must_clone(one.path(), &bind.0);
    }
}

#[test]
#[ignore = "needs root, to mount; run cargo xtask test"]
fn a_file_is_the_same_by_another_mount() {
    let (one, two) = (dir(), dir());
    let bind = Bind::new(two.path(), &one.path().join("bind"), "rw");
    let [src, dst] = [two.path().join("file"), bind.0.join("file")];
    file(&src, &bytes(1, 10_000));
    for mode in ALL_MODES {
        for overwrite in [Overwrite::Replace, Overwrite::InPlace] {
            let error = fails(two.path(), || {
                Options::new().mode(mode).overwrite(overwrite).copy(&src, &dst)
            });
            assert!(
                clones_nothing(mode, &error) || error.reason() == Some(&Reason::SameFile),
                "{mode:?} {overwrite:?}: {error:?}"
            );
        }
    }
}

#[test]
#[ignore = "needs root, to mount; run cargo xtask test"]
fn a_read_only_mount_refuses() {
    let (one, two) = (dir(), dir());
    file(&two.path().join("old"), &bytes(2, 10));
    let src = one.path().join("src");
    file(&src, &bytes(1, 10_000));
    let bind = Bind::new(two.path(), &one.path().join("bind"), "ro");
    for mode in ALL_MODES {
        for overwrite in [Overwrite::Replace, Overwrite::InPlace, Overwrite::Never] {
            for name in ["old", "new"] {
                let error = fails(two.path(), || {
                    Options::new().mode(mode).overwrite(overwrite).copy(&src, bind.0.join(name))
                });
                assert!(matches!(error, Error::Io { .. }), "{error:?}");
                assert_eq!(error.raw_os_error(), Some(libc::EROFS), "{error:?}");
                assert_eq!(error.reason(), Some(&Reason::ReadOnly), "{error:?}");
            }
        }
    }
    // A source only needs to be readable.
    let dst = one.path().join("dst");
    let done = reflink::auto(bind.0.join("old"), &dst).unwrap();
    assert_accounts(&done, Mode::Auto, 10);
}

#[test]
#[ignore = "needs root, for subvolumes; run cargo xtask test"]
fn subvolumes_clone_from_each_other() {
    needs!(Subvolumes);
    let dir = dir();
    let [one, two] = ["one", "two"].map(|name| Subvolume::new(dir.path().join(name)));
    must_clone(one.path(), two.path());
    must_clone(dir.path(), two.path());
}

#[test]
#[ignore = "needs root, for subvolumes; run cargo xtask test"]
fn a_read_only_subvolume_refuses() {
    needs!(Subvolumes);
    let dir = dir();
    let one = Subvolume::new(dir.path().join("one"));
    let src = dir.path().join("src");
    file(&src, &bytes(1, 10_000));
    let old = one.path().join("old");
    file(&old, &bytes(2, 20_000));
    one.set_read_only(true);
    for mode in ALL_MODES {
        for overwrite in [Overwrite::Replace, Overwrite::InPlace] {
            let error = fails(one.path(), || {
                Options::new().mode(mode).overwrite(overwrite).copy(&src, &old)
            });
            assert_eq!(error.raw_os_error(), Some(libc::EROFS), "{error:?}");
            assert_eq!(error.reason(), Some(&Reason::ReadOnly), "{error:?}");
        }
    }
}

#[test]
#[ignore = "needs root, for subvolumes; run cargo xtask test"]
fn a_source_in_a_read_only_subvolume_clones() {
    needs!(Subvolumes);
    let dir = dir();
    let one = Subvolume::new(dir.path().join("one"));
    file(&one.path().join("source"), &bytes(3, 10_000));
    one.set_read_only(true);
    reflink::always(one.path().join("source"), dir.path().join("dst")).unwrap();
    assert_same_files(&dir.path().join("dst"), &one.path().join("source"));
}

/// The lower layer is on the other filesystem.
#[test]
#[ignore = "needs root, to mount; run cargo xtask test"]
fn a_source_in_a_lower_layer_on_another_filesystem() {
    let lower = other_dir();
    for name in ["one", "two"] {
        file(&lower.path().join(name), &bytes(1, 100_001));
    }
    let overlay = Overlay::new(lower.path());
    let path = |name| overlay.merged().join(name);
    let reason = Reason::LowerLayer;
    let text = "the source is in a lower layer of the overlay, on another filesystem";
    assert_eq!(reason.to_string(), text);
    let error = fails(&overlay.merged(), || reflink::always(path("one"), path("new")));
    assert!(matches!(error, Error::NotReflinkable { .. }), "{error:?}");
    assert_eq!((error.raw_os_error(), error.reason()), (Some(libc::EXDEV), Some(&reason)));
    let done = reflink::auto(path("one"), path("new")).unwrap();
    assert_eq!((done.cloned, done.fallback), (0, Some(reason)));
    assert_same_files(&path("new"), &path("one"));
    // Also through another mount of the overlay.
    let bind = Bind::new(&overlay.merged(), &lower.path().join("bind"), "rw");
    let done = reflink::auto(path("one"), bind.0.join("newer")).unwrap();
    assert_eq!((done.cloned, done.fallback), (0, Some(reason)));

    // overlayfs checks that before it asks the filesystem, even for root.
    let open = |name| std::fs::File::options().read(true).open(path(name)).unwrap();
    for (src, dst) in [(open("one"), open("new")), (open("new"), open("one"))] {
        let ends = reflink::dedupe(&src, .., [(&dst, 0)]).unwrap();
        let [reflink::Deduped::Failed { error, .. }] = &ends[..] else { panic!("{ends:?}") };
        assert_eq!(error.raw_os_error(), Some(libc::EPERM), "{error:?}");
        assert_eq!(error.reason(), Some(&Reason::NotInUpperLayer), "{error:?}");
    }
    // Two files of one layer are on one filesystem.
    assert!(
        Options::new().mode(Mode::Always).copy(path("new"), path("new2")).is_ok() == fs().clones()
    );
}
