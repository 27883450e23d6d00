//! Results and arguments of the plain calls.

use std::ffi::CString;
use std::io;

/// The name as the kernel takes it.
pub(in crate::sys) fn c_name(name: &[u8]) -> io::Result<CString> {
    CString::new(name).map_err(|_| io::Error::from_raw_os_error(libc::EINVAL))
}

/// The error that a result of -1 stands for.
pub(in crate::sys) fn check(result: libc::c_int) -> io::Result<()> {
    if result == -1 { Err(io::Error::last_os_error()) } else { Ok(()) }
}
