//! What Windows has.

use std::fs::File;
use std::io;
use std::mem::MaybeUninit;
use std::os::windows::fs::FileExt as _;
use std::os::windows::io::AsRawHandle as _;

use super::errors;
use crate::sys::types::{Access, FileId};

#[repr(C)]
#[allow(dead_code)] // the layout is the kernel's, and few fields are read
struct FileInformation {
    attributes: u32,
    times: [[u32; 2]; 3],
    volume: u32,
    size: [u32; 2],
    links: u32,
    index: [u32; 2],
}

#[link(name = "kernel32")]
unsafe extern "system" {
    fn GetFileInformationByHandle(
        file: std::os::windows::io::RawHandle,
        information: *mut FileInformation,
    ) -> i32;
}

pub(super) fn file_id(file: &File) -> io::Result<FileId> {
    let mut information = MaybeUninit::<FileInformation>::zeroed();
    // SAFETY: the handle stays open for the call, which writes one BY_HANDLE_FILE_INFORMATION, whose
    // layout `FileInformation` has.
    let ok = unsafe { GetFileInformationByHandle(file.as_raw_handle(), information.as_mut_ptr()) };
    if ok == 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the struct is made of integers only, and was zeroed before the call wrote it.
    let information = unsafe { information.assume_init() };
    let [high, low] = information.index;
    Ok((information.volume.into(), u64::from(high) << 32 | u64::from(low)))
}

/// Windows does not tell: the first read or write does.
pub(crate) fn access(_file: &File) -> io::Result<Access> {
    Ok(Access { reads: true, writes: true, appends: false, direct: false })
}

/// Reads at `offset`. Windows moves the file's offset.
pub(crate) fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    file.seek_read(buffer, offset)
}

/// Writes at `offset`. Windows moves the file's offset.
pub(crate) fn write_at(file: &File, buffer: &[u8], offset: u64) -> io::Result<usize> {
    file.seek_write(buffer, offset)
}

pub(crate) fn set_mode(_file: &File, _mode: u32) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

pub(crate) fn set_owner(_file: &File, _user: Option<u32>, _group: Option<u32>) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Open files are not linked here.
pub(crate) fn cannot_link_this(error: &io::Error) -> bool {
    errors::is_not_supported(error)
}

/// A hard link serves.
pub(crate) fn lacks_rename_no_replace(error: &io::Error) -> bool {
    errors::is_not_supported(error)
}

pub(crate) fn is_input_output(_error: &io::Error) -> bool {
    false
}

/// Windows renames wherever it creates.
pub(crate) fn forbids_renaming(_error: &io::Error) -> bool {
    false
}

pub(crate) fn close(_file: File) -> io::Result<()> {
    Ok(())
}
