//! `Always` returns the kernel's own errno. These tests call the kernel directly to compare.

use std::fs::File;
use std::path::Path;
use std::process::Command;

use reflink::{Error, Mode, Reason};
use rustix::fs::{CWD, FileType, OFlags, ioctl_ficlone, mknodat, open};

use crate::common::*;

fn opened(path: &Path, flags: OFlags) -> File {
    open(path, flags | OFlags::CLOEXEC | OFlags::NONBLOCK, 0.into()).unwrap().into()
}

/// One of each kind of file, in a directory.
fn zoo(dir: &Path) {
    file(&dir.join("file"), &bytes(1, 10_000));
    file(&dir.join("other"), &bytes(2, 20_000));
    std::fs::create_dir(dir.join("dir")).unwrap();
    mknodat(CWD, dir.join("fifo"), FileType::Fifo, 0o600.into(), 0).unwrap();
}

#[cfg(not(reflink_as = "new-names"))]
#[test]
#[ignore = "needs two filesystems; run cargo xtask test"]
fn whole_files() {
    let (here, there) = (dir(), other_dir());
    zoo(here.path());
    zoo(there.path());
    let descriptors = || {
        let mut all = Vec::new();
        for dir in [here.path(), there.path()] {
            for name in ["file", "other"] {
                for flags in [
                    OFlags::RDONLY,
                    OFlags::WRONLY,
                    OFlags::RDWR,
                    OFlags::RDWR | OFlags::APPEND,
                    OFlags::PATH,
                ] {
                    all.push((format!("{name} {flags:?}"), opened(&dir.join(name), flags)));
                }
            }
            all.push(("dir".into(), opened(&dir.join("dir"), OFlags::RDONLY)));
            all.push(("dir, path".into(), opened(&dir.join("dir"), OFlags::PATH)));
            all.push(("fifo".into(), opened(&dir.join("fifo"), OFlags::RDWR)));
        }
        all.push(("null".into(), opened("/dev/null".as_ref(), OFlags::RDWR)));
        all.push(("version".into(), opened("/proc/version".as_ref(), OFlags::RDONLY)));
        all
    };
    let mut refused = 0;
    for (from, src) in &descriptors() {
        for (to, dst) in &descriptors() {
            let what = format!("{from} to {to}");
            let Err(expected) = ioctl_ficlone(dst, src) else {
                // What the kernel does, the library does, too.
                if let Err(error) = reflink::reflink(src, dst, Mode::Always) {
                    panic!("{what}: {error:?}");
                }
                continue;
            };
            let Err(error) = reflink::reflink(src, dst, Mode::Always) else {
                // Refused by the kernel, but possible in the library: C3.
                let (from, to) = (src.metadata().unwrap(), dst.metadata().unwrap());
                assert_eq!(from.len(), to.len(), "{what}");
                assert_eq!(expected.raw_os_error(), libc::EINVAL, "{what}");
                continue;
            };
            refused += 1;
            assert_eq!(error.raw_os_error(), Some(expected.raw_os_error()), "{what}: {error:?}");
            assert!(
                error.reason().is_some_and(|reason| *reason != Reason::Unknown),
                "{what}: {error:?}"
            );
        }
    }
    assert!(refused > 500, "{refused}");
}

#[cfg(not(reflink_as = "new-names"))]
#[test]
#[ignore = "needs two filesystems, and xfs_io; run cargo xtask test"]
fn ranges() {
    let (here, there) = (dir(), other_dir());
    zoo(here.path());
    zoo(there.path());
    let max = i64::MAX as u64;
    for src in [here.path().join("file"), there.path().join("file")] {
        for dst in ["file", "other"].map(|name| here.path().join(name)) {
            for (start, len, offset) in [
                (0, 10_001, 0),
                (10_000, 1, 0),
                (20_000, 4096, 0),
                (8192, 4096, 0),
                (1, 4096, 0),
                (0, 4096, 1),
                (0, 100, 0),
                (0, 4096, max - 100),
                (4096, 4096, max - 4095),
                (0, max, 4096),
                (4096, max, 0),
                // A success, unless both are one file.
                (0, 8192, 4096),
            ] {
                if (start, len, offset) == (0, 8192, 4096) && src != dst {
                    continue;
                }
                let what = format!("{src:?} {start}+{len} to {dst:?} {offset}");
                let Some(expected) = kernels_word(&src, start, len, &dst, offset) else {
                    panic!("the kernel should refuse {what}");
                };
                let (from, to) = (opened(&src, OFlags::RDONLY), opened(&dst, OFlags::RDWR));
                let range = start..start.saturating_add(len);
                let error = fails(here.path(), || {
                    reflink::partial(&from, range, &to, offset, Mode::Always)
                });
                let found = error.raw_os_error().unwrap();
                let text = std::io::Error::from_raw_os_error(found).to_string();
                assert!(text.starts_with(&expected), "{what}: {text} instead of {expected}");
                let known = error.reason().is_some_and(|reason| *reason != Reason::Unknown);
                assert!(known, "{what}: {error:?}");
                let clone_only = matches!(error, Error::NotReflinkable { .. });
                let nothing_clones = [libc::EXDEV, libc::EOPNOTSUPP].contains(&found);
                let misaligned = matches!(
                    error.reason(),
                    Some(Reason::Misaligned { .. } | Reason::EndsInsideDestination { .. })
                );
                assert_eq!(clone_only, nothing_clones || misaligned, "{what}: {error:?}");
            }
        }
    }
}

/// The error text of FICLONERANGE; `None` if it succeeds.
fn kernels_word(src: &Path, start: u64, len: u64, dst: &Path, offset: u64) -> Option<String> {
    let command = format!("reflink {} {start} {offset} {len}", src.display());
    let output = Command::new("xfs_io").arg("-c").arg(&command).arg(dst).output().unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    let (call, words) = text.trim().rsplit_once(": ")?;
    assert!(call.contains("CLONE_RANGE"), "{text}");
    Some(words.to_owned())
}
