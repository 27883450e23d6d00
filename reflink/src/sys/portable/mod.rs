//! What trees need, by calls that all Unix systems have. It serves the systems other than Linux, and on Linux a
//! build with `--cfg reflink_as="new-names"`, so that tests run it.

mod readdir;
mod special;

use std::fs::File;
use std::io;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
use std::os::unix::ffi::OsStrExt as _;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
use std::path::Path;

pub(in crate::sys) use readdir::list;
pub(crate) use special::Special;

#[cfg(not(any(target_os = "linux", target_os = "android")))]
use crate::sys::types::Status;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
use crate::sys::unix::{check::c_name, dir::Dir, status::status_in};

/// Whether one call flushes a whole filesystem before it returns. sync(2) may return earlier.
pub(crate) const FLUSHES_FILESYSTEMS: bool = false;

/// Flushes the directory alone: the files in it have been flushed one by one.
pub(crate) fn sync_filesystem(dir: &File) -> io::Result<()> {
    dir.sync_all()
}

/// What `name` is.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(crate) fn status_of_name(dir: &Dir, name: &Path) -> io::Result<Status> {
    let name = c_name(name.as_os_str().as_bytes())?;
    Ok(status_in(&dir.stat(&name, libc::AT_SYMLINK_NOFOLLOW)?))
}
