//! A library that clones to new names alone, as on macOS, where a clone has all that its source has.

use std::fs::File;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;
use std::time::{Duration, SystemTime};

use reflink::{Error, Mode, Options, Overwrite, Permissions, Preserve, Reason, Result};
use xattr::FileExt as _;

use crate::common::*;

const LEN: u64 = MIB + 77;

/// A source from long ago, with an attribute.
fn source(path: &Path) -> File {
    let src = file(path, &bytes(1, LEN));
    src.set_xattr("user.kind", b"image").unwrap();
    src.set_permissions(std::fs::Permissions::from_mode(0o640)).unwrap();
    let long_ago = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
    src.set_modified(long_ago).unwrap();
    src.sync_all().unwrap();
    src
}

fn assert_only_new_names<T: std::fmt::Debug>(result: Result<T>) {
    let error = result.expect_err("that file is there already");
    assert!(matches!(error, Error::NotReflinkable { .. }), "{error:?}");
    assert_eq!(error.reason(), Some(&Reason::ClonesOnlyToNewNames), "{error:?}");
    assert_eq!(error.raw_os_error(), Some(libc::EOPNOTSUPP), "{error:?}");
}

#[test]
#[ignore = "needs a filesystem under test; run cargo xtask test --as new-names"]
fn a_path_is_cloned_onto_a_new_name_and_an_old_one() {
    let dir = dir();
    let [src, new, old] = ["src", "new", "old"].map(|name| dir.path().join(name));
    source(&src);
    file(&old, &bytes(2, 3 * LEN));
    for dst in [&new, &old] {
        let result = Options::new().mode(Mode::Always).copy(&src, dst);
        if !must_clone() {
            assert!(matches!(result, Err(Error::NotReflinkable { .. })), "{result:?}");
            continue;
        }
        assert_accounts(&result.unwrap(), Mode::Always, LEN);
        assert_same_files(dst, &src);
        assert!(shares_everything(&src, dst), "{dst:?}");
    }
    if must_clone() {
        assert_eq!(names(&dir), ["new", "old", "src"]);
    }
}

#[test]
#[ignore = "needs a filesystem under test; run cargo xtask test --as new-names"]
fn a_taken_name_stays_if_nothing_may_be_replaced() {
    let dir = dir();
    let [src, old] = ["src", "old"].map(|name| dir.path().join(name));
    source(&src);
    file(&old, b"old");
    for mode in ALL_MODES {
        let options = Options::new().mode(mode).overwrite(Overwrite::Never);
        let error = fails(dir.path(), || options.copy(&src, &old));
        assert!(
            clones_nothing(mode, &error) || error.raw_os_error() == Some(libc::EEXIST),
            "{mode:?}: {error:?}"
        );
    }
}

/// Whatever the method: a clone must not keep what a copy does not get.
#[test]
#[ignore = "needs a filesystem under test; run cargo xtask test --as new-names"]
fn metadata_that_was_not_requested_is_not_copied() {
    let dir = dir();
    let [src, dst] = ["src", "dst"].map(|name| dir.path().join(name));
    let from = source(&src);
    let start = SystemTime::now() - Duration::from_secs(5);
    for atomic in [true, false] {
        let done = Options::new().atomic(atomic).copy(&src, &dst).unwrap();
        assert_eq!(done.cloned > 0, must_clone(), "{done:?}");
        let new = File::open(&dst).unwrap();
        let found = new.metadata().unwrap();
        assert!(found.modified().unwrap() >= start, "{:?}", found.modified());
        assert!(found.accessed().unwrap() >= start, "{:?}", found.accessed());
        assert_eq!(new.get_xattr("user.kind").unwrap(), None);
        assert_eq!(found.mode() & 0o7777, 0o640);
        std::fs::remove_file(&dst).unwrap();

        let keep = Preserve::TIMES | Preserve::XATTRS;
        Options::new().atomic(atomic).preserve(keep).copy(&src, &dst).unwrap();
        let new = File::open(&dst).unwrap();
        assert_eq!(new.get_xattr("user.kind").unwrap().as_deref(), Some(&b"image"[..]));
        let times = |file: &File| file.metadata().unwrap().modified().unwrap();
        assert_eq!(times(&new), times(&from));
        std::fs::remove_file(&dst).unwrap();
    }
    let umask = Options::new().permissions(Permissions::Umask);
    from.set_permissions(std::fs::Permissions::from_mode(0o666)).unwrap();
    umask.copy(&src, &dst).unwrap();
    let mode = dst.metadata().unwrap().mode();
    let plain = file(&dir.path().join("plain"), b"").metadata().unwrap().mode();
    assert_eq!(mode, plain, "{mode:o} {plain:o}");
}

#[test]
#[ignore = "needs a filesystem under test; run cargo xtask test --as new-names"]
fn nothing_is_cloned_into_a_file_that_is_there() {
    let dir = dir();
    let [from, to] = ["src", "dst"].map(|name| dir.path().join(name));
    let src = source(&from);
    for len in [0, 10, 2 * LEN] {
        std::fs::remove_file(&to).ok();
        let dst = file(&to, &bytes(2, len));
        let before = snapshot(dir.path());
        assert_only_new_names(reflink::reflink(&src, &dst, Mode::Always));
        assert_only_new_names(reflink::partial(&src, 0..65_536, &dst, 0, Mode::Always));
        let in_place = |mode| Options::new().mode(mode).overwrite(Overwrite::InPlace);
        assert_only_new_names(in_place(Mode::Always).copy(&from, &to));
        assert_eq!(snapshot(dir.path()), before, "{len}");

        let reason = Some(Reason::ClonesOnlyToNewNames);
        let done = reflink::partial(&src, 0..65_536, &dst, 0, Mode::Auto).unwrap();
        assert_eq!((done.cloned, done.total(), done.fallback), (0, 65_536, reason));
        let done = reflink::reflink(&src, &dst, Mode::Auto).unwrap();
        assert_eq!((done.cloned, done.total(), done.fallback), (0, LEN, reason));
        let done = in_place(Mode::Auto).copy(&from, &to).unwrap();
        assert_eq!((done.cloned, done.total(), done.fallback), (0, LEN, reason));
        assert_same_files(&to, &from);
        assert_independent(&from, &to);
    }
}

/// That it is refused for these files says nothing of the next path.
#[test]
#[ignore = "needs a filesystem under test; run cargo xtask test --as new-names"]
fn a_refusal_of_an_open_file_is_not_remembered() {
    let dir = dir();
    let [from, to, new] = ["src", "dst", "new"].map(|name| dir.path().join(name));
    let src = source(&from);
    let dst = file(&to, b"old");
    let options = Options::new();
    assert_eq!(options.reflink(&src, &dst).unwrap().cloned, 0);
    assert_eq!(options.copy(&from, &new).unwrap().cloned == LEN, must_clone());
}
