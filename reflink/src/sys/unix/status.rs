//! What a file is, as fstat(2) reports it.

use std::fs::File;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::time::{Duration, SystemTime};

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
        born: None,
        mount: None,
    })
}

/// Seconds since the epoch, and the nanoseconds after them.
pub(in crate::sys) fn time(seconds: i64, nanoseconds: u32) -> SystemTime {
    let (epoch, whole) = (SystemTime::UNIX_EPOCH, Duration::from_secs(seconds.unsigned_abs()));
    let whole = if seconds < 0 { epoch - whole } else { epoch + whole };
    whole + Duration::from_nanos(nanoseconds.into())
}
