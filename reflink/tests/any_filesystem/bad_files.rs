//! Files that are not regular: a clear error, at once, and nothing changed.

use std::path::Path;
use std::process::Command;

use reflink::{Error, Mode, Options, Overwrite, Reason, Side};
use rustix::fs::{CWD, FileType, OFlags, mknodat, open};

use crate::common::*;

const OVERWRITES: [Overwrite; 3] = [Overwrite::Replace, Overwrite::Never, Overwrite::InPlace];

fn special(path: &Path, kind: FileType) {
    mknodat(CWD, path, kind, 0o666.into(), 0).unwrap();
}

/// Tries every combination in a thread of its own, because an open of a FIFO can wait forever.
#[track_caller]
fn refuses(dir: &Path, src: &Path, dst: &Path, check: impl Fn(&Error, Mode, Overwrite)) {
    for mode in ALL_MODES {
        for overwrite in OVERWRITES {
            let error = fails(dir, || {
                let (src, dst) = (src.to_owned(), dst.to_owned());
                within_seconds(10, move || {
                    Options::new().mode(mode).overwrite(overwrite).copy(src, dst)
                })
            });
            assert!(matches!(error, Error::Io { .. }), "{error:?}");
            check(&error, mode, overwrite);
        }
    }
}

/// `Overwrite::Never` may find the name taken before it checks the type of the file.
fn is_taken(error: &Error, overwrite: Overwrite) -> bool {
    overwrite == Overwrite::Never && error.raw_os_error() == Some(libc::EEXIST)
}

#[test]
fn a_directory_is_refused_as_a_source() {
    needs!(FilesOfAllTypes);
    let dir = dir();
    let path = |name: &str| dir.path().join(name);
    std::fs::create_dir(path("dir")).unwrap();
    file(&path("old"), b"old");
    std::os::unix::fs::symlink("dir", path("link")).unwrap();
    for src in ["dir", "link", ".", "dir/"] {
        for dst in ["new", "old"] {
            refuses(dir.path(), &path(src), &path(dst), |error, _, overwrite| {
                if dst == "old" && is_taken(error, overwrite) {
                    return;
                }
                assert_eq!(error.raw_os_error(), Some(libc::EISDIR), "{error:?}");
                let reason = Reason::Directory { side: Side::Source };
                assert_eq!(error.reason(), Some(&reason));
                assert_eq!(error.path(), Some(&*path(src)));
            });
        }
    }
}

#[test]
fn a_directory_is_refused_as_a_destination() {
    let dir = dir();
    let path = |name: &str| dir.path().join(name);
    std::fs::create_dir_all(path("dir/full")).unwrap();
    file(&path("src"), &bytes(1, 10_000));
    for dst in ["dir", "dir/", "dir/full", ".", "dir/.", "dir/.."] {
        refuses(dir.path(), &path("src"), &path(dst), |error, _, overwrite| {
            if is_taken(error, overwrite) {
                return;
            }
            assert_eq!(error.raw_os_error(), Some(libc::EISDIR), "{dst}: {error:?}");
            let reason = Reason::Directory { side: Side::Destination };
            assert_eq!(error.reason(), Some(&reason), "{dst}: {error:?}");
            assert_eq!(error.path(), Some(&*path(dst)), "{dst}: {error:?}");
        });
    }
}

#[test]
fn a_link_to_a_directory_is_not_written_into() {
    needs!(FilesOfAllTypes);
    let dir = dir();
    let path = |name: &str| dir.path().join(name);
    std::fs::create_dir(path("dir")).unwrap();
    file(&path("src"), &bytes(1, 10_000));
    std::os::unix::fs::symlink("dir", path("dst")).unwrap();
    for mode in ALL_MODES {
        let error = fails(dir.path(), || {
            Options::new().mode(mode).overwrite(Overwrite::InPlace).copy(path("src"), path("dst"))
        });
        assert_eq!(error.raw_os_error(), Some(libc::EISDIR), "{error:?}");
    }
}

#[test]
fn fifos_and_sockets_are_refused_as_sources() {
    needs!(FilesOfAllTypes);
    for kind in [FileType::Fifo, FileType::Socket] {
        let dir = dir();
        let path = |name: &str| dir.path().join(name);
        special(&path("special"), kind);
        std::os::unix::fs::symlink("special", path("link")).unwrap();
        file(&path("old"), b"old");
        for src in ["special", "link"] {
            for dst in ["new", "old"] {
                refuses(dir.path(), &path(src), &path(dst), |error, _, overwrite| {
                    if dst == "old" && is_taken(error, overwrite) {
                        return;
                    }
                    let errno = error.raw_os_error();
                    assert!(matches!(errno, Some(libc::EINVAL | libc::ENXIO)), "{error:?}");
                    let reason = Reason::NotRegular { side: Side::Source };
                    assert_eq!(error.reason(), Some(&reason), "{error:?}");
                    assert_eq!(error.path(), Some(&*path(src)));
                });
            }
        }
    }
}

#[test]
fn fifos_and_sockets_are_refused_as_destinations() {
    needs!(FilesOfAllTypes);
    for kind in [FileType::Fifo, FileType::Socket] {
        let dir = dir();
        let path = |name: &str| dir.path().join(name);
        special(&path("special"), kind);
        file(&path("src"), &bytes(1, 10_000));
        refuses(dir.path(), &path("src"), &path("special"), |error, _, overwrite| {
            if is_taken(error, overwrite) {
                return;
            }
            let errno = error.raw_os_error();
            assert!(matches!(errno, Some(libc::EINVAL | libc::ENXIO)), "{error:?}");
            let reason = Reason::NotRegular { side: Side::Destination };
            assert_eq!(error.reason(), Some(&reason), "{error:?}");
            assert_eq!(error.path(), Some(&*path("special")));
        });
    }
}

/// `/dev/stdout` is such a link, to whatever the output is.
#[test]
fn a_link_to_a_fifo_is_neither_replaced_nor_written() {
    needs!(FilesOfAllTypes);
    let dir = dir();
    let path = |name: &str| dir.path().join(name);
    special(&path("fifo"), FileType::Fifo);
    file(&path("src"), &bytes(1, 10_000));
    std::os::unix::fs::symlink("fifo", path("dst")).unwrap();
    for overwrite in [Overwrite::Replace, Overwrite::InPlace] {
        let error = fails(dir.path(), || {
            let (src, dst) = (path("src"), path("dst"));
            within_seconds(10, move || Options::new().overwrite(overwrite).copy(src, dst))
        });
        let reason = Reason::NotRegular { side: Side::Destination };
        assert_eq!(error.reason(), Some(&reason), "{overwrite:?}: {error:?}");
    }
}

#[test]
fn a_device_is_refused_as_a_source() {
    let dir = dir();
    for device in ["/dev/null", "/dev/zero"] {
        refuses(dir.path(), device.as_ref(), &dir.path().join("dst"), |error, _, _| {
            assert!(matches!(error.raw_os_error(), Some(libc::EINVAL | libc::EXDEV)), "{error:?}");
            let reason = Reason::NotRegular { side: Side::Source };
            assert_eq!(error.reason(), Some(&reason), "{error:?}");
        });
    }
}

#[cfg(not(reflink_as = "new-names"))]
#[test]
fn open_files_that_are_not_regular_are_refused() {
    needs!(FilesOfAllTypes);
    let dir = dir();
    let regular = file(&dir.path().join("regular"), &bytes(1, 10_000));
    let fifo = dir.path().join("fifo");
    special(&fifo, FileType::Fifo);
    let fifo = std::fs::File::from(open(&fifo, OFlags::RDWR, 0.into()).unwrap());
    let directory = std::fs::File::open(dir.path()).unwrap();
    for mode in ALL_MODES {
        for (other, errno, source, destination) in [
            (
                &fifo,
                libc::EINVAL,
                Reason::NotRegular { side: Side::Source },
                Reason::NotRegular { side: Side::Destination },
            ),
            (
                &directory,
                libc::EISDIR,
                Reason::Directory { side: Side::Source },
                Reason::Directory { side: Side::Destination },
            ),
        ] {
            for (src, dst, reason) in [(other, &regular, source), (&regular, other, destination)] {
                let error = fails(dir.path(), || reflink::reflink(src, dst, mode));
                assert_eq!(error.raw_os_error(), Some(errno), "{mode:?}: {error:?}");
                assert_eq!(error.reason(), Some(&reason), "{mode:?}: {error:?}");
                let error = fails(dir.path(), || reflink::partial(src, 0..10, dst, 0, mode));
                assert_eq!(error.raw_os_error(), Some(errno), "{mode:?}: {error:?}");
                assert_eq!(error.reason(), Some(&reason), "{mode:?}: {error:?}");
            }
        }
    }
}

#[test]
#[ignore = "needs root, to make a device; run cargo xtask test"]
fn a_device_is_no_destination_and_is_not_replaced() {
    needs!(FilesOfAllTypes);
    let dir = dir();
    let [src, null] = ["src", "null"].map(|name| dir.path().join(name));
    file(&src, &bytes(1, 10_000));
    tool(Command::new("mknod").arg(&null).args(["c", "1", "3"]));
    refuses(dir.path(), &src, &null, |error, _, overwrite| {
        if is_taken(error, overwrite) {
            return;
        }
        assert!(matches!(error.raw_os_error(), Some(libc::EINVAL | libc::EXDEV)), "{error:?}");
        let reason = Reason::NotRegular { side: Side::Destination };
        assert_eq!(error.reason(), Some(&reason), "{error:?}");
    });
}
