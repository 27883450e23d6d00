//! Finding, making and filling holes: lseek(2), fallocate(2).

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd as _;

use super::offset::signed;
use crate::sys::unix::check::check;

/// Whether finding holes moves the offset of the file.
pub(crate) const HOLES_MOVE_OFFSET: bool = true;

/// Each file can have holes.
pub(crate) fn expect_holes(_src: &File, _dst: &File) {}

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
    allocate(file, libc::FALLOC_FL_PUNCH_HOLE | libc::FALLOC_FL_KEEP_SIZE, offset, len)
}

/// Gives `len` bytes at `offset` blocks, if they have none; they are read as zeros. The file keeps its length.
pub(crate) fn preallocate(file: &File, offset: u64, len: u64) -> io::Result<()> {
    allocate(file, libc::FALLOC_FL_KEEP_SIZE, offset, len)
}

fn allocate(file: &File, mode: i32, offset: u64, len: u64) -> io::Result<()> {
    // SAFETY: fallocate takes plain numbers, and the descriptor stays open for the call.
    check(unsafe { libc::fallocate64(file.as_raw_fd(), mode, signed(offset)?, signed(len)?) })
}

/// Making a hole, or filling one with blocks: whether that is not possible here.
pub(crate) fn cannot_change_allocation(error: &io::Error) -> bool {
    match error.raw_os_error() {
        // A filesystem without holes in the middle of files: FAT, NFS before 4.2.
        Some(libc::EOPNOTSUPP) => true,
        // A kernel or a FUSE server without fallocate, or a seccomp filter.
        Some(libc::ENOSYS) => true,
        // A seccomp filter. An immutable file refuses the zeros too.
        Some(libc::EPERM) => true,
        _ => false,
    }
}

/// Setting the length of an empty file: whether it could be written to all the same.
pub(crate) fn forbids_setting_lengths(error: &io::Error) -> bool {
    match error.raw_os_error() {
        // rclone without a cache; a seccomp filter.
        Some(libc::EPERM) => true,
        // Landlock, if the file was opened without the right to truncate.
        Some(libc::EACCES) => true,
        // A FUSE program without ftruncate.
        Some(libc::ENOSYS | libc::EOPNOTSUPP) => true,
        _ => false,
    }
}

/// Reading at an offset: whether the file has none, and can only be read from start to end.
pub(crate) fn has_no_offset(error: &io::Error) -> bool {
    error.raw_os_error() == Some(libc::ESPIPE)
}
