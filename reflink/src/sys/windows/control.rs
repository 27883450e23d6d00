//! Requests to a filesystem: DeviceIoControl.

use std::fs::File;
use std::io;
use std::os::windows::io::{AsRawHandle as _, FromRawHandle as _, OwnedHandle};
use std::ptr;

use windows_sys::Win32::Foundation::ERROR_IO_PENDING;
use windows_sys::Win32::System::IO::{DeviceIoControl, GetOverlappedResult, OVERLAPPED};
use windows_sys::Win32::System::Ioctl::{
    DUPLICATE_EXTENTS_DATA, FILE_ALLOCATED_RANGE_BUFFER, FILE_ZERO_DATA_INFORMATION,
    FSCTL_GET_INTEGRITY_INFORMATION_BUFFER, FSCTL_SET_INTEGRITY_INFORMATION_BUFFER,
};
use windows_sys::Win32::System::Threading::CreateEventW;

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
unsafe impl Plain for FILE_ALLOCATED_RANGE_BUFFER {}
// SAFETY: all fields are numbers.
unsafe impl Plain for FILE_ZERO_DATA_INFORMATION {}
// SAFETY: all fields are numbers.
unsafe impl Plain for FSCTL_SET_INTEGRITY_INFORMATION_BUFFER {}

/// Sends the control `number`, and waits for its answer.
pub(super) fn call<I: Plain, O: Plain>(
    file: &File,
    number: u32,
    input: &I,
    output: &mut O,
) -> io::Result<()> {
    let event = new_event()?;
    // The lowest bit keeps the answer from a completion port that the file may have.
    let tagged = event.as_raw_handle().map_addr(|address| address | 1);
    let mut overlapped = OVERLAPPED { hEvent: tagged, ..Default::default() };
    let overlapped = &raw mut overlapped;
    let mut written = 0;
    // SAFETY: the handle stays open for the call. Both buffers have the lengths that are passed, and any bytes that it
    // writes are a value of `O`. The buffers, the structure and its event live until the control is done: it is when
    // the call returns unless that is with ERROR_IO_PENDING (the file was opened for overlapped calls), and then
    // this function waits for it below.
    let ok = unsafe {
        DeviceIoControl(
            file.as_raw_handle(),
            number,
            (&raw const *input).cast(),
            size_of::<I>() as u32,
            (&raw mut *output).cast(),
            size_of::<O>() as u32,
            &raw mut written,
            overlapped,
        )
    };
    if ok != 0 {
        return Ok(());
    }
    let error = io::Error::last_os_error();
    if error.raw_os_error() != Some(ERROR_IO_PENDING as i32) {
        return Err(error);
    }
    // SAFETY: the handle is that of the call, and the structure, which the call has accepted, is still alive with
    // its event. It waits for that event, which nothing else sets.
    let ok = unsafe { GetOverlappedResult(file.as_raw_handle(), overlapped, &raw mut written, 1) };
    if ok == 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

/// An event that is not set, for one call.
fn new_event() -> io::Result<OwnedHandle> {
    // SAFETY: neither attributes nor a name are given; the other arguments are plain numbers.
    let event = unsafe { CreateEventW(ptr::null(), 1, 0, ptr::null()) };
    if event.is_null() {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the call has just returned this handle, and nobody else knows of it.
    Ok(unsafe { OwnedHandle::from_raw_handle(event) })
}

/// The error with one of Windows' codes.
pub(super) fn code(code: u32) -> io::Error {
    io::Error::from_raw_os_error(code as i32)
}
