//! What only root can give away, and what other users get instead.

use std::os::unix::fs::{MetadataExt as _, chown};
use std::path::Path;
use std::process::Command;

use reflink::{Attribute, Error, Operation, Options, Overwrite, Preserve};

use crate::common::*;

/// Keeps root's user but drops all capabilities, so files of others are out of reach.
const POWERLESS: [&str; 3] = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"];

fn bits(path: &Path) -> u32 {
    path.metadata().unwrap().mode() & 0o7777
}

fn owner(path: &Path) -> (u32, u32) {
    let meta = path.metadata().unwrap();
    (meta.uid(), meta.gid())
}

#[test]
#[ignore = "needs root and setcap; run cargo xtask test"]
fn everything_is_kept_together() {
    needs!(PosixAcls);
    for mode in COPYING {
        for overwrite in [Overwrite::Replace, Overwrite::InPlace] {
            let dir = dir();
            let [src, dst] = ["src", "dst"].map(|name| dir.path().join(name));
            file(&src, &bytes(1, 100_000));
            // In an order in which no step undoes another one.
            chown(&src, Some(1234), Some(4321)).unwrap();
            tool(Command::new("setfacl").args(["-m", "u:99:rx,g::rx,o::-"]).arg(&src));
            tool(Command::new("chmod").arg("6751").arg(&src));
            tool(Command::new("setcap").arg("cap_net_raw+ep").arg(&src));
            tool(Command::new("setfattr").args(["-n", "user.a", "-v", "value"]).arg(&src));
            tool(Command::new("touch").args(["-d", "2001-09-09 01:46:40.123456789Z"]).arg(&src));
            file(&dst, b"old");
            let options = Options::new().mode(mode).overwrite(overwrite);
            let done = options.preserve(Preserve::ALL).copy(&src, &dst).unwrap();
            assert_eq!(done.not_kept, []);

            assert_same_files(&dst, &src);
            let what = format!("{mode:?} {overwrite:?}");
            assert_eq!(owner(&dst), (1234, 4321), "{what}");
            assert_eq!(format!("{:o}", bits(&dst)), "6751", "{what}");
            let [from, to] = [&src, &dst].map(|path| path.metadata().unwrap().modified().unwrap());
            assert_eq!(to, from, "{what}");
            let attributes = |path: &Path| {
                let mut command = Command::new("getfattr");
                let text = tool(command.args(["-d", "-m", "-", "-e", "hex"]).arg(path));
                // Without the line with the file's name.
                text.lines().filter(|line| !line.starts_with('#')).collect::<Vec<_>>().join("\n")
            };
            assert_eq!(attributes(&dst), attributes(&src), "{what}");
            assert!(attributes(&dst).contains("security.capability"), "{what}");
        }
    }
}

#[test]
#[ignore = "needs root; run cargo xtask test"]
fn the_owner_is_the_copier_unless_asked_for() {
    needs!(OwnersAndModes);
    for mode in COPYING {
        let dir = dir();
        let [src, dst] = ["src", "dst"].map(|name| dir.path().join(name));
        file(&src, &bytes(1, 100_000));
        chown(&src, Some(1234), Some(4321)).unwrap();
        copy(mode, &src, &dst);
        assert_eq!(owner(&dst), (0, 0));
        Options::new().mode(mode).preserve(Preserve::OWNER).copy(&src, &dst).unwrap();
        assert_eq!(owner(&dst), (1234, 4321));
    }
}

#[test]
#[ignore = "needs root; run cargo xtask test"]
fn set_id_bits_are_not_lent_to_another_owner() {
    needs!(OwnersAndModes);
    for mode in COPYING {
        let dir = dir();
        let [src, dst] = ["src", "dst"].map(|name| dir.path().join(name));
        file(&src, &bytes(1, 100_000));
        chown(&src, Some(1234), Some(4321)).unwrap();
        tool(Command::new("chmod").arg("6755").arg(&src));
        let options = Options::new().mode(mode).preserve_if_possible(Preserve::SET_ID);
        let done = options.copy(&src, &dst).unwrap();
        assert_eq!(bits(&dst), 0o755);
        let [not_kept] = &done.not_kept[..] else { panic!("{done:?}") };
        assert_eq!(not_kept.attribute, Attribute::SetId);
        std::fs::remove_file(&dst).unwrap();
        let error = fails(dir.path(), || {
            Options::new().mode(mode).preserve(Preserve::SET_ID).copy(&src, &dst)
        });
        assert!(matches!(error, Error::Io { .. }), "{error:?}");
        let set_id = Preserve::OWNER | Preserve::SET_ID;
        Options::new().mode(mode).preserve(set_id).copy(&src, &dst).unwrap();
        assert_eq!((bits(&dst), owner(&dst)), (0o6755, (1234, 4321)));
    }
}

#[test]
#[ignore = "needs root, to give it up; run cargo xtask test"]
fn metadata_that_cannot_be_kept_is_an_error_if_it_is_named() {
    needs!(OwnersAndModes, Capabilities);
    let others = "cd $REFLINK_TEST_DIR && echo data > others && chown 1234:4321 others";
    in_child(others, &POWERLESS, || {
        let src = Path::new(&std::env::var_os("REFLINK_TEST_DIR").unwrap()).join("others");
        for mode in COPYING {
            let dir = dir();
            let dst = dir.path().join("dst");
            let error = fails(dir.path(), || {
                Options::new().mode(mode).preserve(Preserve::OWNER).copy(&src, &dst)
            });
            assert_eq!(error.raw_os_error(), Some(libc::EPERM), "{error:?}");
            let Error::Io { operation, .. } = error else { panic!("{error:?}") };
            assert_eq!(operation, Operation::SetOwner);
            let options = Options::new().mode(mode).preserve_if_possible(Preserve::OWNER);
            let done = options.copy(&src, &dst).unwrap();
            let [not_kept] = &done.not_kept[..] else { panic!("{done:?}") };
            assert_eq!(not_kept.attribute, Attribute::Owner);
            assert_eq!(not_kept.errno, Some(libc::EPERM));
            assert_same_files(&dst, &src);
            assert_eq!(owner(&dst), (0, 0));
        }
    });
}

#[test]
#[ignore = "needs root, to give its powers up; run cargo xtask test"]
fn files_and_directories_without_permission_are_refused() {
    needs!(OwnersAndModes, Capabilities);
    in_child("", &POWERLESS, || {
        let dir = dir();
        let path = |name: &str| dir.path().join(name);
        for name in ["src", "secret", "locked"] {
            file(&path(name), &bytes(1, 10_000));
        }
        for name in ["read-only", "no-entry"] {
            std::fs::create_dir(path(name)).unwrap();
            file(&path(name).join("old"), b"old");
        }
        tool(Command::new("chmod").arg("0").args([path("secret"), path("locked")]));
        tool(Command::new("chmod").arg("555").arg(path("read-only")));
        tool(Command::new("chmod").arg("600").arg(path("no-entry")));
        let secrets = [path("secret"), path("locked")];
        for mode in ALL_MODES {
            for overwrite in [Overwrite::Replace, Overwrite::Never, Overwrite::InPlace] {
                for (src, dst) in [
                    ("secret", "new"),
                    ("no-entry/old", "new"),
                    ("src", "read-only/new"),
                    ("src", "no-entry/new"),
                ] {
                    let error = Options::new()
                        .mode(mode)
                        .overwrite(overwrite)
                        .copy(path(src), path(dst))
                        .expect_err("root has no powers here");
                    let what = format!("{src} to {dst}: {error:?}");
                    assert!(matches!(error, Error::Io { .. }), "{what}");
                    assert_eq!(error.raw_os_error(), Some(libc::EACCES), "{what}");
                    let named = if src == "src" { dst } else { src };
                    assert_eq!(error.path(), Some(&*path(named)), "{what}");
                }
            }
            let options = Options::new().mode(mode).overwrite(Overwrite::InPlace);
            let error = options.copy(path("src"), path("locked")).unwrap_err();
            assert_eq!(error.raw_os_error(), Some(libc::EACCES), "{error:?}");
        }
        assert!(!path("new").exists());
        tool(Command::new("chmod").arg("700").args(secrets).arg(path("no-entry")));
        for name in ["read-only", "no-entry"] {
            assert_eq!(std::fs::read_dir(path(name)).unwrap().count(), 1, "{name}");
        }
        assert_same_files(&path("locked"), &path("src"));
    });
}
