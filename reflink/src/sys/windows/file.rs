//! What Windows has.

use std::fs::{File, Metadata};
use std::io;
use std::os::windows::fs::{FileExt as _, MetadataExt as _};
use std::os::windows::io::AsRawHandle as _;

use windows_sys::Win32::Foundation::{ERROR_CRC, ERROR_IO_DEVICE};
use windows_sys::Win32::Storage::FileSystem::{
    BY_HANDLE_FILE_INFORMATION, FILE_ATTRIBUTE_ARCHIVE, FILE_ATTRIBUTE_HIDDEN,
    FILE_ATTRIBUTE_NORMAL, FILE_ATTRIBUTE_READONLY, FILE_ATTRIBUTE_SYSTEM, FILE_BASIC_INFO,
    FILE_ID_INFO, FileBasicInfo, GetFileInformationByHandle, SetFileInformationByHandle,
};

use super::errors;
use super::information::information;
use crate::sys::types::{Access, FileId};

/// `winnt.h`: the attributes that a copy keeps, which stand for permission bits: FILE_ATTRIBUTE_READONLY, HIDDEN,
/// SYSTEM and ARCHIVE. The others say how the bytes are stored.
const KEPT: u32 = FILE_ATTRIBUTE_READONLY
    | FILE_ATTRIBUTE_HIDDEN
    | FILE_ATTRIBUTE_SYSTEM
    | FILE_ATTRIBUTE_ARCHIVE;

/// The attributes that stand for permission bits.
pub(super) fn mode_of(status: &Metadata) -> u32 {
    status.file_attributes() & KEPT
}

pub(super) fn file_id(file: &File) -> io::Result<FileId> {
    let Ok(found) = information::<FILE_ID_INFO>(file) else { return short_file_id(file) };
    Ok((found.VolumeSerialNumber, u128::from_le_bytes(found.FileId.Identifier)))
}

/// The numbers of a filesystem that has no longer ones, as FAT. On ReFS they are not unique.
fn short_file_id(file: &File) -> io::Result<FileId> {
    let mut found = BY_HANDLE_FILE_INFORMATION::default();
    // SAFETY: the handle stays open for the call, which writes the one struct.
    let ok = unsafe { GetFileInformationByHandle(file.as_raw_handle(), &raw mut found) };
    if ok == 0 {
        return Err(io::Error::last_os_error());
    }
    let [high, low] = [found.nFileIndexHigh, found.nFileIndexLow].map(u128::from);
    Ok((found.dwVolumeSerialNumber.into(), high << 32 | low))
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

/// Sets the attributes that stand for permission bits, and leaves the others.
pub(crate) fn set_mode(file: &File, mode: u32) -> io::Result<()> {
    let others = file.metadata()?.file_attributes() & !KEPT;
    // No attributes at all would mean that they stay.
    let attributes = match others | mode & KEPT {
        0 => FILE_ATTRIBUTE_NORMAL,
        attributes => attributes,
    };
    // Times of 0 stay.
    let basic = FILE_BASIC_INFO { FileAttributes: attributes, ..Default::default() };
    // SAFETY: the handle stays open for the call, which reads the one struct of the size that is passed.
    let ok = unsafe {
        SetFileInformationByHandle(
            file.as_raw_handle(),
            FileBasicInfo,
            (&raw const basic).cast(),
            size_of::<FILE_BASIC_INFO>() as u32,
        )
    };
    if ok == 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
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

/// Whether the disk failed.
pub(crate) fn is_input_output(error: &io::Error) -> bool {
    let code = error.raw_os_error().map(|code| code as u32);
    matches!(code, Some(ERROR_CRC | ERROR_IO_DEVICE))
}

/// Windows renames wherever it creates.
pub(crate) fn forbids_renaming(_error: &io::Error) -> bool {
    false
}

pub(crate) fn close(_file: File) -> io::Result<()> {
    Ok(())
}
