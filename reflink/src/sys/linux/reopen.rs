//! An open file once more, with an offset and flags of its own.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::fd::AsRawFd as _;
use std::os::unix::fs::OpenOptionsExt as _;

use crate::sys::unix::check::check;

#[cfg(not(target_os = "android"))]
use libc::flock as Flock;
/// Android's fcntl hands its argument on to the kernel, whose struct is the wide one everywhere.
#[cfg(target_os = "android")]
use libc::flock64 as Flock;

/// The same file opened once more for reading, so that its offset can be moved without anybody noticing.
///
/// # Errors
///
/// As [`reopen`].
pub(crate) fn private_description(file: &File) -> io::Result<File> {
    reopen(file, OpenOptions::new().read(true))
}

/// The same file opened once more.
///
/// # Errors
///
/// EBUSY where somebody holds a lock on the file: closing any descriptor of it would release the
/// traditional locks (fcntl, F_SETLK) that this process has.
pub(crate) fn reopen(file: &File, options: &mut OpenOptions) -> io::Result<File> {
    // SAFETY: an `flock` is made of integers only.
    let mut lock: Flock = unsafe { std::mem::zeroed() };
    // To this kind of lock those of the own process are in the way as well.
    lock.l_type = libc::F_WRLCK as _;
    lock.l_whence = libc::SEEK_SET as _;
    // SAFETY: F_OFD_GETLK reads and writes one of the structs that this libc's fcntl takes, which lives for the call.
    check(unsafe { libc::fcntl(file.as_raw_fd(), libc::F_OFD_GETLK, &raw mut lock) })?;
    if lock.l_type != libc::F_UNLCK as libc::c_short {
        return Err(io::Error::from_raw_os_error(libc::EBUSY));
    }
    // Nobody can keep the process waiting.
    options.custom_flags(libc::O_NONBLOCK).open(format!("/proc/self/fd/{}", file.as_raw_fd()))
}
