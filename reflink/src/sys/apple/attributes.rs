//! Extended attributes.

use std::ffi::CStr;
use std::fs::File;
use std::io;
use std::os::fd::AsRawFd as _;

use crate::sys::unix::check::check;
use crate::sys::unix::errors;

/// Removes the attributes that a clone has brought along, except those that the system keeps for itself
/// (`com.apple.provenance`: EPERM).
pub(crate) fn remove_attributes(file: &File) -> io::Result<()> {
    let fd = file.as_raw_fd();
    for name in list(file)?.split_inclusive(|byte| *byte == 0) {
        let Ok(name) = CStr::from_bytes_with_nul(name) else { continue };
        // SAFETY: the name is NUL-terminated, and the descriptor stays open for the call.
        match check(unsafe { libc::fremovexattr(fd, name.as_ptr(), 0) }) {
            Err(error) if error.raw_os_error() != Some(libc::EPERM) => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

/// The names, each with its NUL.
fn list(file: &File) -> io::Result<Vec<u8>> {
    let fd = file.as_raw_fd();
    loop {
        // SAFETY: without a buffer the call returns the length and writes nothing.
        let len = unsafe { libc::flistxattr(fd, std::ptr::null_mut(), 0, 0) };
        let Ok(len) = usize::try_from(len) else {
            let error = io::Error::last_os_error();
            return if errors::is_not_supported(&error) { Ok(Vec::new()) } else { Err(error) };
        };
        let mut names = vec![0_u8; len];
        // SAFETY: the buffer has the length that is passed and is writable for the call.
        let read = unsafe { libc::flistxattr(fd, names.as_mut_ptr().cast(), len, 0) };
        if let Ok(read) = usize::try_from(read) {
            names.truncate(read);
            return Ok(names);
        }
        let error = io::Error::last_os_error();
        // One came in between.
        if error.raw_os_error() != Some(libc::ERANGE) {
            return Err(error);
        }
    }
}
