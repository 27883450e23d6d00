//! Requests to a filesystem: DeviceIoControl.

use std::fs::File;
use std::io;
use std::os::windows::io::AsRawHandle as _;

use windows_sys::Win32::System::IO::DeviceIoControl;
use windows_sys::Win32::System::Ioctl::{
    DUPLICATE_EXTENTS_DATA, FSCTL_GET_INTEGRITY_INFORMATION_BUFFER,
    FSCTL_SET_INTEGRITY_INFORMATION_BUFFER,
};

/// What a control reads or writes.
///
/// # Safety
///
/// Any bytes of the type's size must be a value of the type, which has no padding that matters.
pub(super) unsafe trait Plain {}

// SAFETY: it has no bytes.
unsafe impl Plain for () {}
// SAFETY: all fields are numbers or a handle, which is a number to the kernel.
unsafe impl Plain for DUPLICATE_EXTENTS_DATA {}
// SAFETY: all fields are numbers.
unsafe impl Plain for FSCTL_GET_INTEGRITY_INFORMATION_BUFFER {}
// SAFETY: all fields are numbers.
unsafe impl Plain for FSCTL_SET_INTEGRITY_INFORMATION_BUFFER {}

/// Sends the control `number`, and waits for its answer.
pub(super) fn call<I: Plain, O: Plain>(
    file: &File,
    number: u32,
    input: &I,
    output: &mut O,
) -> io::Result<()> {
    let mut written = 0;
    // SAFETY: the handle stays open for the call. Both buffers are as long as the call is told and live for it, and
    // any bytes that it writes are a value of `O`. It does not return before it is done: the file was not opened
    // for overlapped calls, or the call fails without the structure for them.
    let ok = unsafe {
        DeviceIoControl(
            file.as_raw_handle(),
            number,
            (&raw const *input).cast(),
            size_of::<I>() as u32,
            (&raw mut *output).cast(),
            size_of::<O>() as u32,
            &raw mut written,
            std::ptr::null_mut(),
        )
    };
    if ok == 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

/// The error with one of Windows' codes.
pub(super) fn code(code: u32) -> io::Error {
    io::Error::from_raw_os_error(code as i32)
}
