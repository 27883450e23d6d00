//! Descriptors with the wrong access mode: the kernel's EBADF, the reason, and nothing changed.

use std::fs::File;
use std::path::Path;

use reflink::{Error, Mode, Options, Reason, Result};
use rustix::fs::OFlags;

use crate::common::*;

fn open(path: &Path, flags: OFlags) -> File {
    rustix::fs::open(path, flags | OFlags::CLOEXEC, 0.into()).unwrap().into()
}

/// Tries whole files and ranges in all modes.
#[track_caller]
fn refuses(src: OFlags, dst: OFlags, reason: Reason) {
    let dir = dir();
    for (old, start, end, offset) in
        [(30_000, 0, 8192, 0), (30_000, 1, 10_000, 3), (0, 0, 10_000, 0), (10, 5, 10_000, 4096)]
    {
        let [from, to] = ["src", "dst"].map(|name| never_taken(&dir, name));
        file(&from, &bytes(1, 10_000));
        file(&to, &bytes(2, old));
        let (src, dst) = (open(&from, src), open(&to, dst));
        for mode in ALL_MODES {
            let attempts: [&dyn Fn() -> Result<reflink::Outcome>; 4] = [
                &|| reflink::reflink(&src, &dst, mode),
                &|| reflink::partial(&src, start..end, &dst, offset, mode),
                &|| {
                    let options = Options::new()
                        .mode(mode)
                        .on_progress(|_| std::ops::ControlFlow::Continue(()));
                    options.reflink(&src, &dst)
                },
                &|| Options::new().mode(mode).sync(true).partial(&src, start.., &dst, offset),
            ];
            for attempt in attempts {
                let error = fails(dir.path(), attempt);
                assert!(matches!(error, Error::Io { .. }), "{mode:?}: {error:?}");
                assert_eq!(error.raw_os_error(), Some(libc::EBADF), "{mode:?}: {error:?}");
                assert_eq!(error.reason(), Some(&reason), "{mode:?}: {error:?}");
                assert!(error.hint().is_some(), "{error:?}");
                assert_eq!(error.path(), None);
            }
        }
    }
}

#[cfg(not(reflink_as = "new-names"))]
#[test]
fn a_destination_opened_for_appending() {
    for access in [OFlags::RDWR, OFlags::WRONLY] {
        refuses(OFlags::RDONLY, access | OFlags::APPEND, Reason::OpenedForAppend);
    }
}

#[cfg(not(reflink_as = "new-names"))]
#[test]
fn a_destination_that_is_not_open_for_writing() {
    refuses(OFlags::RDONLY, OFlags::RDONLY, Reason::NotWritable);
    refuses(OFlags::RDWR, OFlags::PATH, Reason::NotWritable);
}

#[cfg(not(reflink_as = "new-names"))]
#[test]
fn a_source_that_is_not_open_for_reading() {
    refuses(OFlags::WRONLY, OFlags::RDWR, Reason::NotReadable);
    refuses(OFlags::PATH, OFlags::WRONLY, Reason::NotReadable);
    refuses(OFlags::WRONLY | OFlags::APPEND, OFlags::RDWR, Reason::NotReadable);
}

#[test]
fn a_source_opened_for_reading_and_appending_will_do() {
    let dir = dir();
    let [from, to] = ["src", "dst"].map(|name| dir.path().join(name));
    file(&from, &bytes(1, 10_000));
    file(&to, &bytes(2, 10));
    let src = open(&from, OFlags::RDWR | OFlags::APPEND);
    let dst = open(&to, OFlags::WRONLY);
    for mode in COPYING {
        assert_accounts(&reflink::reflink(&src, &dst, mode).unwrap(), mode, 10_000);
        assert_same_files(&to, &from);
    }
}

/// O_DIRECT needs aligned memory and offsets. The copy must provide them, or report the cause.
#[test]
fn descriptors_with_o_direct_work_or_fail_clearly() {
    let dir = dir();
    let [from, to] = ["src", "dst"].map(|name| dir.path().join(name));
    for mode in COPYING {
        for len in [65_536, 10_001] {
            for path in [&from, &to] {
                std::fs::remove_file(path).ok();
            }
            file(&from, &bytes(1, len)).sync_all().unwrap();
            file(&to, &bytes(2, 100));
            let src = open(&from, OFlags::RDONLY | OFlags::DIRECT);
            let dst = open(&to, OFlags::RDWR | OFlags::DIRECT);
            match reflink::reflink(&src, &dst, mode) {
                Ok(_) => assert_same_files(&to, &from),
                Err(error) => {
                    assert!(matches!(error, Error::Io { .. }), "{error:?}");
                    assert_eq!(error.raw_os_error(), Some(libc::EINVAL), "{error:?}");
                }
            }
        }
    }
}

#[test]
fn a_closed_over_file_position_of_a_shared_descriptor_is_not_used() {
    let dir = dir();
    let src = file(&dir.path().join("src"), &bytes(1, 10_000));
    let dst = file(&dir.path().join("dst"), b"");
    // Several threads share both descriptors.
    std::thread::scope(|scope| {
        for part in 0..10_u64 {
            let (src, dst) = (&src, &dst);
            scope.spawn(move || {
                let start = part * 1000;
                reflink::partial(src, start..start + 1000, dst, start, Mode::Auto).unwrap()
            });
        }
    });
    assert_same(&content(&dst), &bytes(1, 10_000), "dst");
}
