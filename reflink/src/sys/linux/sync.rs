//! Flushing a whole filesystem: syncfs(2).

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd as _;

use crate::sys::unix::check::check;

/// Whether one call flushes a whole filesystem before it returns.
pub(crate) const FLUSHES_FILESYSTEMS: bool = true;

/// Flushes the whole filesystem that has the file.
pub(crate) fn sync_filesystem(file: &File) -> io::Result<()> {
    // SAFETY: syncfs takes a number, and the descriptor stays open for the call.
    check(unsafe { libc::syncfs(file.as_raw_fd()) })
}
