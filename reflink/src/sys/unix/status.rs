//! What a file is, as fstat(2) reports it.

use std::fs::File;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::time::{Duration, SystemTime};

// The plain calls of 32-bit Linux fail on inode numbers and sizes beyond 32 bits.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(in crate::sys) use libc::stat;
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(in crate::sys) use libc::stat64 as stat;

use super::file::kind_of;
use crate::sys::types::Status;

pub(crate) fn status(file: &File) -> io::Result<Status> {
    let status = file.metadata()?;
    Ok(Status {
        kind: kind_of(status.mode()),
        len: status.len(),
        mode: status.mode() & 0o7777,
        owner: (status.uid(), status.gid()),
        id: (status.dev(), status.ino()),
        links: status.nlink(),
        allocated: Some(status.blocks().saturating_mul(512)),
        accessed: status.accessed()?,
        modified: status.modified()?,
        changed: time(status.ctime(), status.ctime_nsec().unsigned_abs() as u32),
        born: status.created().ok(),
        mount: None,
    })
}

/// What fstatat(2) has reported of a name.
#[cfg(any(not(any(target_os = "linux", target_os = "android")), reflink_as = "new-names"))]
#[allow(clippy::unnecessary_cast, clippy::useless_conversion)] // widths differ by system
pub(in crate::sys) fn status_in(found: &stat) -> Status {
    let time = |seconds, nanoseconds| time(seconds as i64, nanoseconds as u32);
    #[cfg(not(target_os = "netbsd"))]
    let nanoseconds = (found.st_atime_nsec, found.st_mtime_nsec, found.st_ctime_nsec);
    #[cfg(target_os = "netbsd")]
    let nanoseconds = (found.st_atimensec, found.st_mtimensec, found.st_ctimensec);
    Status {
        kind: kind_of(found.st_mode.into()),
        len: found.st_size as u64,
        mode: u32::from(found.st_mode) & 0o7777,
        owner: (found.st_uid, found.st_gid),
        id: (found.st_dev as u64, found.st_ino as u64),
        links: found.st_nlink as u64,
        allocated: None,
        accessed: time(found.st_atime, nanoseconds.0),
        modified: time(found.st_mtime, nanoseconds.1),
        changed: time(found.st_ctime, nanoseconds.2),
        born: None,
        mount: None,
    }
}

/// Seconds since the epoch, and the nanoseconds after them.
pub(in crate::sys) fn time(seconds: i64, nanoseconds: u32) -> SystemTime {
    let (epoch, whole) = (SystemTime::UNIX_EPOCH, Duration::from_secs(seconds.unsigned_abs()));
    let whole = if seconds < 0 { epoch - whole } else { epoch + whole };
    whole + Duration::from_nanos(nanoseconds.into())
}
