//! Names that lead nowhere, and unusual names.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use reflink::{Error, Mode, Operation, Options, Overwrite, Side};

use crate::common::*;

/// Tries `src` to `dst` in all ways. Each must fail alike, and name `at`.
#[track_caller]
fn refuses(dir: &Path, src: &Path, dst: &Path, errno: i32, at: Side) {
    for mode in ALL_MODES {
        for overwrite in [Overwrite::Replace, Overwrite::Never, Overwrite::InPlace] {
            let error =
                fails(dir, || Options::new().mode(mode).overwrite(overwrite).copy(src, dst));
            let Error::Io { operation, side, ref path, .. } = error else { panic!("{error:?}") };
            assert_eq!(error.raw_os_error(), Some(errno), "{overwrite:?}: {error:?}");
            assert_eq!(side, at, "{overwrite:?}: {error:?}");
            let named = if at == Side::Source { src } else { dst };
            assert_eq!(path.as_deref(), Some(named));
            assert_eq!(error.path(), Some(named));
            match at {
                Side::Source => assert_eq!(operation, Operation::Open),
                Side::Destination => assert!(
                    // Whichever step finds it first.
                    matches!(
                        operation,
                        Operation::Create
                            | Operation::Open
                            | Operation::Inspect
                            | Operation::Publish
                    ),
                    "{overwrite:?}: {error:?}"
                ),
                side => panic!("a copy has no {side}"),
            }
        }
    }
}

#[test]
fn a_source_that_is_not_there() {
    needs!(FilesOfAllTypes);
    let dir = dir();
    let path = |name: &str| dir.path().join(name);
    file(&path("old"), b"old");
    symlink("nowhere", path("dangling")).unwrap();
    symlink("loop", path("loop")).unwrap();
    for dst in ["new", "old", "missing/new"] {
        for src in ["missing", "dangling", "missing/file"] {
            refuses(dir.path(), &path(src), &path(dst), libc::ENOENT, Side::Source);
        }
        refuses(dir.path(), Path::new(""), &path(dst), libc::ENOENT, Side::Source);
        refuses(dir.path(), &path("loop"), &path(dst), libc::ELOOP, Side::Source);
        for src in ["old/", "old/file", "old/."] {
            refuses(dir.path(), &path(src), &path(dst), libc::ENOTDIR, Side::Source);
        }
    }
}

#[test]
fn a_destination_without_a_directory() {
    needs!(FilesOfAllTypes);
    let dir = dir();
    let path = |name: &str| dir.path().join(name);
    file(&path("src"), &bytes(1, 10_000));
    file(&path("file"), b"no directory");
    symlink("nowhere", path("dangling")).unwrap();
    symlink("loop", path("loop")).unwrap();
    for dst in ["missing/new", "missing/sub/new", "dangling/new"] {
        refuses(dir.path(), &path("src"), &path(dst), libc::ENOENT, Side::Destination);
    }
    refuses(dir.path(), &path("src"), Path::new(""), libc::ENOENT, Side::Destination);
    refuses(dir.path(), &path("src"), &path("file/new"), libc::ENOTDIR, Side::Destination);
    refuses(dir.path(), &path("src"), &path("loop/new"), libc::ELOOP, Side::Destination);
}

/// A slash at the end means a directory.
#[test]
fn a_destination_with_a_slash_at_its_end_is_never_a_file() {
    needs!(FilesOfAllTypes);
    let dir = dir();
    let path = |name: &str| dir.path().join(name);
    file(&path("src"), &bytes(1, 10_000));
    file(&path("file"), b"old");
    symlink("file", path("link")).unwrap();
    for mode in ALL_MODES {
        for overwrite in [Overwrite::Replace, Overwrite::Never, Overwrite::InPlace] {
            for dst in ["new/", "new//", "file/", "link/", "file/."] {
                let error = fails(dir.path(), || {
                    let options = Options::new().mode(mode).overwrite(overwrite);
                    options.copy(path("src"), path(dst))
                });
                let errno = error.raw_os_error();
                // The errnos of open(2) with O_CREAT and of rename(2).
                let known = [libc::EISDIR, libc::ENOTDIR, libc::EEXIST, libc::ENOENT];
                assert!(errno.is_some_and(|errno| known.contains(&errno)), "{dst}: {error:?}");
                assert_eq!(error.path(), Some(&*path(dst)));
            }
        }
    }
}

#[test]
fn names_as_long_as_can_be() {
    let dir = dir();
    let src = dir.path().join("s".repeat(255));
    let dst = dir.path().join("d".repeat(255));
    file(&src, &bytes(1, 10_000));
    for overwrite in [Overwrite::Never, Overwrite::Replace, Overwrite::InPlace] {
        for mode in COPYING {
            Options::new().mode(mode).overwrite(overwrite).copy(&src, &dst).unwrap();
            assert_same_files(&dst, &src);
            assert_eq!(names(&dir).len(), 2);
            if overwrite == Overwrite::Never {
                std::fs::remove_file(&dst).unwrap();
            }
        }
    }
}

#[test]
fn names_that_are_too_long() {
    let dir = dir();
    let src = dir.path().join("src");
    file(&src, &bytes(1, 10_000));
    let name = dir.path().join("n".repeat(256));
    let path = dir.path().join("d/".repeat(2100)).join("dst");
    for long in [&name, &path] {
        refuses(dir.path(), &src, long, libc::ENAMETOOLONG, Side::Destination);
        refuses(dir.path(), long, &dir.path().join("dst"), libc::ENAMETOOLONG, Side::Source);
    }
}

/// The kernel's limit: a path has at most 4095 bytes.
#[test]
fn a_path_as_long_as_can_be() {
    needs!(LongPaths);
    let dir = dir();
    let mut deep = dir.path().to_owned();
    while deep.as_os_str().len() + 101 < 4095 - 2 {
        deep.push("d".repeat(100));
    }
    std::fs::create_dir_all(&deep).unwrap();
    let rest = 4095 - deep.as_os_str().len() - 1;
    let [src, dst] = ["s", "d"].map(|name| deep.join(name.repeat(rest)));
    file(&src, &bytes(1, 10_000));
    for _ in 0..2 {
        copy(Mode::Auto, &src, &dst);
        assert_same_files(&dst, &src);
        assert_eq!(std::fs::read_dir(&deep).unwrap().count(), 2);
    }
}

#[test]
fn unusual_names_are_names() {
    needs!(AnyName);
    let dir = dir();
    for name in [
        &b"caf\xe9"[..],
        b"\xff\xfe",
        b"new\nline",
        b" ",
        b"-r",
        b"\x01\x1b[2J",
        b"'quoted'",
        b"...",
        b".reflink-x.tmp",
        b"~",
    ] {
        let name = OsStr::from_bytes(name);
        let src = dir.path().join(name);
        let dst = dir.path().join([name, OsStr::new(" copy")].concat_names());
        file(&src, &bytes(1, 10_000));
        for mode in COPYING {
            copy(mode, &src, &dst);
            copy(mode, &src, &dst);
            assert_same_files(&dst, &src);
        }
        std::fs::remove_file(&dst).unwrap();
        std::fs::remove_file(&src).unwrap();
        assert!(names(&dir).is_empty());

        // An error shows the name in one line, and keeps its bytes.
        let error = fails(dir.path(), || reflink::auto(&src, &dst));
        assert_eq!(error.raw_os_error(), Some(libc::ENOENT));
        assert_eq!(error.path(), Some(&*src));
        assert!(!error.to_string().chars().any(char::is_control), "{error}");
    }
}

trait Concat {
    fn concat_names(&self) -> OsString;
}

impl Concat for [&OsStr; 2] {
    fn concat_names(&self) -> OsString {
        self.iter().copied().collect()
    }
}

#[test]
fn a_name_with_a_nul_is_an_error_and_no_panic() {
    let dir = dir();
    let src = dir.path().join("src");
    file(&src, &bytes(1, 10_000));
    let bad: PathBuf = dir.path().join("a\0b");
    for (from, to) in [(&bad, &src), (&src, &bad)] {
        let error = fails(dir.path(), || reflink::auto(from, to));
        let kind = std::io::Error::from(error).kind();
        assert_eq!(kind, std::io::ErrorKind::InvalidInput);
    }
}
