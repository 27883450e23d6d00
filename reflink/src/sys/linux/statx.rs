//! statx(2).

use std::ffi::CStr;
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::RawFd;

use crate::sys::unix::check::check;

/// The system call itself, as old libcs have no function for it.
pub(in crate::sys) fn statx(
    dir: RawFd,
    name: &CStr,
    flags: i32,
    mask: u32,
) -> io::Result<libc::statx> {
    let mut status = MaybeUninit::<libc::statx>::uninit();
    // SAFETY: the name is a C string, and statx writes one `statx`, for which there is room.
    let result = unsafe {
        libc::syscall(libc::SYS_statx, dir, name.as_ptr(), flags, mask, status.as_mut_ptr())
    };
    check(if result == 0 { 0 } else { -1 })?;
    // SAFETY: the call succeeded, so that it has written the whole struct.
    Ok(unsafe { status.assume_init() })
}
