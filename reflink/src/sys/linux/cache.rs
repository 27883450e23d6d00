//! What the kernel holds of a file in memory.

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd as _;

#[cfg(target_os = "linux")]
use crate::sys::unix::check::check;

/// Sends what was written to the file, by whomever, to its server or to the program that has it. (Where
/// it is on a disk, this is no flush to it.)
pub(crate) fn send_written(file: &File) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    {
        let flags = libc::SYNC_FILE_RANGE_WAIT_BEFORE
            | libc::SYNC_FILE_RANGE_WRITE
            | libc::SYNC_FILE_RANGE_WAIT_AFTER;
        // SAFETY: sync_file_range takes plain numbers, and the descriptor stays open for the call.
        match check(unsafe { libc::sync_file_range(file.as_raw_fd(), 0, 0, flags) }) {
            // A filter does not know the call.
            Err(error) if matches!(error.raw_os_error(), Some(libc::ENOSYS | libc::EPERM)) => {}
            result => return result,
        }
    }
    file.sync_data()
}

/// Has the kernel forget the file's bytes that are on disk, or on the server, too. A hint: it can do
/// nothing.
pub(crate) fn forget_cached(file: &File) {
    // SAFETY: posix_fadvise takes no pointers, and the descriptor stays open for the call.
    let _ = unsafe { libc::posix_fadvise(file.as_raw_fd(), 0, 0, libc::POSIX_FADV_DONTNEED) };
}

/// [`send_written`]: whether the descriptor has no bytes that could be sent.
pub(crate) fn is_about_the_descriptor(error: &io::Error) -> bool {
    match error.raw_os_error() {
        // O_PATH.
        Some(libc::EBADF) => true,
        // A FIFO or a socket; of Android's fdatasync, EINVAL.
        Some(libc::ESPIPE | libc::EINVAL) => true,
        _ => false,
    }
}
