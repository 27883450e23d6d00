//! New files that are created under their own names at once.

use std::fs;
use std::ops::ControlFlow;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;

use reflink::{Error, Mode, Options, Overwrite, Permissions, Preserve};

use crate::common::*;

const LEN: u64 = 300_001;

fn mode_of(path: &Path) -> u32 {
    path.metadata().unwrap().mode()
}

#[test]
fn a_new_file_is_the_same_as_an_atomic_copy() {
    for mode in COPYING {
        for bits in [0o644, 0o640, 0o755, 0o400] {
            for overwrite in [Overwrite::Replace, Overwrite::Never, Overwrite::InPlace] {
                let dir = dir();
                let [src, dst] = ["src", "dst"].map(|name| dir.path().join(name));
                file(&src, &bytes(1, LEN));
                fs::set_permissions(&src, fs::Permissions::from_mode(bits)).unwrap();
                let options = Options::new().mode(mode).overwrite(overwrite).atomic(false);
                let done = options.preserve(Preserve::TIMES).copy(&src, &dst).unwrap();
                assert_accounts(&done, mode, LEN);
                assert_same_files(&dst, &src);
                assert_eq!(mode_of(&dst), mode_of(&src), "{bits:o}");
                assert_eq!(names(&dir).len(), 2);
            }
        }
    }
}

#[test]
fn an_existing_file_is_replaced_in_one_step() {
    needs!(NamelessFiles, ReplacedOpenFiles);
    let dir = dir();
    let [src, dst] = ["src", "dst"].map(|name| dir.path().join(name));
    file(&src, &bytes(1, LEN));
    let old = file(&dst, b"old");
    Options::new().atomic(false).copy(&src, &dst).unwrap();
    assert_same_files(&dst, &src);
    assert_ne!(dst.metadata().unwrap().ino(), old.metadata().unwrap().ino());
    assert_eq!(content(&old), b"old");
    assert_eq!(names(&dir).len(), 2);
    let never = Options::new().atomic(false).overwrite(Overwrite::Never);
    let error = fails(dir.path(), || never.copy(&src, &dst));
    assert_eq!(error.raw_os_error(), Some(libc::EEXIST));
}

#[test]
fn an_error_removes_what_was_made() {
    let dir = dir();
    let [src, dst] = ["src", "dst"].map(|name| dir.path().join(name));
    file(&src, &bytes(1, LEN));
    let stopped =
        Options::new().mode(Mode::Never).atomic(false).on_progress(|_| ControlFlow::Break(()));
    let error = fails(dir.path(), || stopped.copy(&src, &dst));
    assert!(matches!(error, Error::Cancelled { changed: false, .. }), "{error:?}");
}

#[test]
fn the_umask_makes_the_mode_if_that_is_asked_for() {
    let dir = dir();
    let [src, dst] = ["src", "dst"].map(|name| dir.path().join(name));
    file(&src, &bytes(1, LEN));
    fs::set_permissions(&src, fs::Permissions::from_mode(0o777)).unwrap();
    fs::write(dir.path().join("new"), "").unwrap();
    Options::new().atomic(false).permissions(Permissions::Umask).copy(&src, &dst).unwrap();
    let umask = !mode_of(&dir.path().join("new")) & 0o666;
    assert_eq!(mode_of(&dst) & 0o666, 0o666 & !umask);
}
