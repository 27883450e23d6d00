//! Finding and making holes: lseek(2), fallocate(2).

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd as _;

use super::offset::signed;
use crate::sys::unix::check::check;

/// The first offset at or after `from` that holds data; `None` where only a hole follows.
///
/// Moves the file's offset.
pub(crate) fn next_data(file: &File, from: u64) -> io::Result<Option<u64>> {
    match seek(file, from, libc::SEEK_DATA) {
        Ok(at) => Ok(Some(at)),
        Err(error) if error.raw_os_error() == Some(libc::ENXIO) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The first offset after `from` that lies in a hole, or the end of the file.
///
/// Moves the file's offset.
pub(crate) fn next_hole(file: &File, from: u64) -> io::Result<u64> {
    seek(file, from, libc::SEEK_HOLE)
}

fn seek(file: &File, from: u64, whence: i32) -> io::Result<u64> {
    // SAFETY: lseek takes plain numbers, and the descriptor stays open for the call.
    let at = unsafe { libc::lseek64(file.as_raw_fd(), signed(from)?, whence) };
    u64::try_from(at).map_err(|_| io::Error::last_os_error())
}

/// Turns `len` bytes at `offset` into a hole; the file keeps its length.
pub(crate) fn punch_hole(file: &File, offset: u64, len: u64) -> io::Result<()> {
    let mode = libc::FALLOC_FL_PUNCH_HOLE | libc::FALLOC_FL_KEEP_SIZE;
    // SAFETY: fallocate takes plain numbers, and the descriptor stays open for the call.
    check(unsafe { libc::fallocate64(file.as_raw_fd(), mode, signed(offset)?, signed(len)?) })
}
