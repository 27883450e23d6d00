//! What a file is: asked once, by the call that has the most to report.

use std::fs::{File, Metadata};
use std::io;
use std::time::SystemTime;

use super::{FileId, FileKind, MountId};

/// What one look at an open file found.
#[derive(Clone, Debug)]
pub(crate) struct Status {
    kind: FileKind,
    len: u64,
    /// The permission bits, set-id bits included. 0 on Windows.
    pub(crate) mode: u32,
    /// User and group. Windows has no numbers for them.
    pub(crate) owner: (u32, u32),
    pub(crate) id: FileId,
    /// Bytes of blocks, if that is known.
    pub(crate) allocated: Option<u64>,
    pub(crate) accessed: SystemTime,
    pub(crate) modified: SystemTime,
    pub(crate) changed: SystemTime,
    /// The mount by which the file was opened, if that has a number of its own.
    pub(crate) mount: Option<MountId>,
}

impl Status {
    pub(crate) fn len(&self) -> u64 {
        self.len
    }

    pub(crate) fn is_file(&self) -> bool {
        self.kind == FileKind::Regular
    }

    pub(crate) fn is_dir(&self) -> bool {
        self.kind == FileKind::Directory
    }
}

/// fstat(2) or, where that has more, statx(2).
pub(crate) fn status(file: &File) -> io::Result<Status> {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    match linux::status(file) {
        // A kernel before 4.11 has no statx, and a seccomp filter may refuse it.
        Err(error) if matches!(error.raw_os_error(), Some(libc::ENOSYS | libc::EPERM)) => {}
        result => return result,
    }
    from_metadata(file, &file.metadata()?)
}

#[cfg(unix)]
fn from_metadata(_file: &File, status: &Metadata) -> io::Result<Status> {
    use std::os::unix::fs::MetadataExt as _;

    Ok(Status {
        kind: super::kind_of(status.mode()),
        len: status.len(),
        mode: status.mode() & 0o7777,
        owner: (status.uid(), status.gid()),
        id: (status.dev(), status.ino()),
        allocated: Some(status.blocks().saturating_mul(512)),
        accessed: status.accessed()?,
        modified: status.modified()?,
        changed: time(status.ctime(), status.ctime_nsec().unsigned_abs() as u32),
        mount: None,
    })
}

#[cfg(windows)]
fn from_metadata(file: &File, status: &Metadata) -> io::Result<Status> {
    let kind = if status.is_dir() { FileKind::Directory } else { FileKind::Regular };
    Ok(Status {
        kind,
        len: status.len(),
        mode: 0,
        owner: (0, 0),
        id: super::file_id(file)?,
        allocated: None,
        accessed: status.accessed()?,
        modified: status.modified()?,
        changed: status.modified()?,
        mount: None,
    })
}

/// Seconds since the epoch, and the nanoseconds after them.
#[cfg(unix)]
fn time(seconds: i64, nanoseconds: u32) -> SystemTime {
    use std::time::Duration;

    let (epoch, whole) = (SystemTime::UNIX_EPOCH, Duration::from_secs(seconds.unsigned_abs()));
    let whole = if seconds < 0 { epoch - whole } else { epoch + whole };
    whole + Duration::from_nanos(nanoseconds.into())
}

#[cfg(any(target_os = "linux", target_os = "android"))]
mod linux {
    use std::fs::File;
    use std::io;
    use std::os::fd::AsRawFd as _;

    use super::{Status, time};
    use crate::sys::facts::statx;
    use crate::sys::mounts::{MountId, STATX_MNT_ID_UNIQUE};

    pub(super) fn status(file: &File) -> io::Result<Status> {
        let mask = libc::STATX_BASIC_STATS | STATX_MNT_ID_UNIQUE;
        let found = statx(file.as_raw_fd(), c"", libc::AT_EMPTY_PATH, mask)?;
        let time = |time: libc::statx_timestamp| self::time(time.tv_sec, time.tv_nsec);
        Ok(Status {
            kind: crate::sys::kind_of(found.stx_mode.into()),
            len: found.stx_size,
            mode: u32::from(found.stx_mode) & 0o7777,
            owner: (found.stx_uid, found.stx_gid),
            id: (libc::makedev(found.stx_dev_major, found.stx_dev_minor), found.stx_ino),
            allocated: Some(found.stx_blocks.saturating_mul(512)),
            accessed: time(found.stx_atime),
            modified: time(found.stx_mtime),
            changed: time(found.stx_ctime),
            mount: MountId::of(&found),
        })
    }
}
