//! Permission bits under unusual umasks: each such test runs in a process of its own.

use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use reflink::{Mode, Options, Overwrite, Permissions, Preserve};
use tempfile::TempDir;

use crate::common::*;

/// Usual bits of sources, all readable by their owner.
const BITS: [u32; 7] = [0o400, 0o444, 0o600, 0o644, 0o707, 0o751, 0o777];

struct Files {
    _dir: TempDir,
    src: PathBuf,
    dst: PathBuf,
}

/// A source with these bits, and a place for a copy.
fn source(bits: u32) -> Files {
    let dir = dir();
    let [src, dst] = ["src", "dst"].map(|name| dir.path().join(name));
    file(&src, &bytes(1, 5000));
    set(&src, bits);
    Files { _dir: dir, src, dst }
}

fn set(path: &Path, bits: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(bits)).unwrap();
}

fn bits(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().mode() & 0o7777
}

/// By default a copy has its source's bits, at new and old destinations.
fn source_bits_are_kept(sources: &[u32]) {
    for &expected in sources {
        for mode in COPYING {
            for policy in [None, Some(Permissions::Source)] {
                let files = source(expected);
                let options = || match policy {
                    None => Options::new().mode(mode),
                    Some(policy) => Options::new().mode(mode).permissions(policy),
                };
                let done = options().copy(&files.src, &files.dst).unwrap();
                assert_eq!(bits(&files.dst), expected, "{mode:?} {policy:?}");
                assert_eq!(done.not_kept, []);
                set(&files.dst, 0o606);
                options().copy(&files.src, &files.dst).unwrap();
                assert_eq!(bits(&files.dst), expected, "{mode:?} {policy:?}, replaced");
            }
        }
    }
}

#[test]
fn source_bits_are_kept_under_an_open_umask() {
    needs!(OwnersAndModes);
    in_child("umask 000", &[], || source_bits_are_kept(&BITS));
}

#[test]
fn source_bits_are_kept_under_a_strict_umask() {
    needs!(OwnersAndModes);
    in_child("umask 077", &[], || source_bits_are_kept(&BITS));
}

#[test]
fn source_bits_are_kept_under_a_hostile_umask() {
    needs!(OwnersAndModes);
    in_child("umask 777", &[], || {
        // Even the directory and the source would be created without any bits.
        let dir = dir();
        set(dir.path(), 0o700);
        let [src, dst] = ["src", "dst"].map(|name| dir.path().join(name));
        file(&src, &bytes(1, 5000));
        set(&src, 0o640);
        for mode in COPYING {
            copy(mode, &src, &dst);
            assert_eq!(bits(&dst), 0o640);
            assert_same_files(&dst, &src);
            std::fs::remove_file(&dst).unwrap();
        }
    });
}

#[test]
fn umask_takes_bits_away() {
    needs!(OwnersAndModes);
    in_child("umask 027", &[], || {
        for (from, expected) in [(0o777, 0o750), (0o666, 0o640), (0o600, 0o600), (0o444, 0o440)] {
            for mode in COPYING {
                let files = source(from);
                let copy = || {
                    let options = Options::new().mode(mode).permissions(Permissions::Umask);
                    options.copy(&files.src, &files.dst).unwrap();
                    assert_eq!(bits(&files.dst), expected, "{from:o}");
                };
                copy();
                set(&files.dst, 0o777);
                copy();
            }
        }
    });
}

#[test]
fn replaced_keeps_the_bits_of_the_old_file() {
    needs!(OwnersAndModes);
    in_child("umask 027", &[], || {
        for overwrite in [Overwrite::Replace, Overwrite::InPlace] {
            for mode in COPYING {
                let files = source(0o777);
                let copy = || {
                    let mut options = Options::new().mode(mode).overwrite(overwrite);
                    options = options.permissions(Permissions::Replaced);
                    options.copy(&files.src, &files.dst).unwrap();
                };
                copy();
                assert_eq!(bits(&files.dst), 0o750, "{overwrite:?}: a new file");
                for old in [0o600, 0o644, 0o666, 0o200, 0o777] {
                    set(&files.dst, old);
                    copy();
                    assert_eq!(bits(&files.dst), old, "{overwrite:?}");
                }
            }
        }
    });
}

#[test]
fn set_id_bits_are_kept_only_when_asked_for() {
    needs!(OwnersAndModes);
    for from in [0o4755, 0o2755, 0o6755, 0o6711] {
        for mode in COPYING {
            let files = source(from);
            let done = Options::new().mode(mode).copy(&files.src, &files.dst).unwrap();
            assert_eq!(bits(&files.dst), from & 0o777);
            assert_eq!(done.not_kept, []);
            let options = Options::new().mode(mode).preserve(Preserve::SET_ID);
            options.copy(&files.src, &files.dst).unwrap();
            assert_eq!(bits(&files.dst), from, "asked for");
            // A replaced file's set-id bits do not apply to new content.
            Options::new().mode(mode).copy(&files.src, &files.dst).unwrap();
            assert_eq!(bits(&files.dst), from & 0o777, "{from:o} onto a set-id file");
        }
    }
}

#[test]
fn in_place_content_does_not_inherit_set_id_bits() {
    for mode in ALL_MODES {
        for policy in [Permissions::Source, Permissions::Replaced, Permissions::Umask] {
            let files = source(0o755);
            std::fs::write(&files.dst, "old").unwrap();
            set(&files.dst, 0o6755);
            let options = Options::new().mode(mode).overwrite(Overwrite::InPlace);
            match options.permissions(policy).copy(&files.src, &files.dst) {
                Err(reflink::Error::NotReflinkable { .. }) if mode == Mode::Always => {}
                done => {
                    done.unwrap();
                    assert_eq!(bits(&files.dst) & 0o6000, 0, "{mode:?} {policy:?}");
                }
            }
        }
    }
}

/// Between its creation and its publication, the copy of a secret must not be readable for others.
#[test]
fn a_private_file_is_never_readable_by_others() {
    needs!(OwnersAndModes);
    in_child("umask 000", &[], || {
        let dir = dir();
        let [src, dst] = ["src", "dst"].map(|name| dir.path().join(name));
        file(&src, &bytes(1, 8 * MIB));
        set(&src, 0o600);
        file(&dst, b"old");
        set(&dst, 0o600);
        let (path, watched) = (dir.path().to_owned(), dir.path().to_owned());
        let look = move |_| {
            for entry in std::fs::read_dir(&path).unwrap() {
                assert_eq!(entry.unwrap().metadata().unwrap().mode() & 0o077, 0);
            }
            // Unnamed files are found by their descriptors.
            for entry in std::fs::read_dir("/proc/self/fd").unwrap() {
                let fd = entry.unwrap().path();
                if fd.read_link().is_ok_and(|target| target.starts_with(&watched)) {
                    let meta = std::fs::metadata(&fd).unwrap();
                    assert!(meta.is_dir() || meta.mode() & 0o077 == 0, "{:o}", meta.mode());
                }
            }
            std::ops::ControlFlow::Continue(())
        };
        for mode in COPYING {
            Options::new().mode(mode).on_progress(look.clone()).copy(&src, &dst).unwrap();
        }
    });
}

/// The group bits of a file with an ACL are the ACL's mask. A copy without the ACL must not give
/// the owning group the rights of a named user.
#[test]
#[ignore = "needs setfacl; run cargo xtask test"]
fn the_mask_of_an_acl_does_not_become_the_groups_rights() {
    needs!(PosixAcls);
    let dir = dir();
    let [src, dst] = ["src", "dst"].map(|name| dir.path().join(name));
    let guarded = |path: &std::path::Path| {
        file(path, b"data");
        std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o600))
            .unwrap();
        tool(std::process::Command::new("setfacl").args(["-m", "u:65534:rw"]).arg(path));
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o660, "the mask");
    };
    guarded(&src);
    let lost = |done: &reflink::Outcome| {
        matches!(&done.not_kept[..], [lost]
            if lost.attribute == reflink::Attribute::Xattr(Some("system.posix_acl_access".into())))
    };
    let done = Options::new().permissions(Permissions::Source).copy(&src, &dst).unwrap();
    assert_eq!(dst.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    assert!(lost(&done), "{done:?}");

    std::fs::remove_file(&dst).unwrap();
    guarded(&dst);
    let plain = dir.path().join("plain");
    file(&plain, b"other data");
    let done = Options::new().permissions(Permissions::Replaced).copy(&plain, &dst).unwrap();
    assert_eq!(dst.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    assert!(lost(&done), "{done:?}");
}
