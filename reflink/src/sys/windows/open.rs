//! Opening by a path, with or without what a link there leads to.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::windows::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use windows_sys::Win32::Storage::FileSystem::{
    FILE_ATTRIBUTE_REPARSE_POINT, FILE_ATTRIBUTE_TAG_INFO, FILE_FLAG_BACKUP_SEMANTICS,
    FILE_FLAG_OPEN_REPARSE_POINT, FILE_NAME_NORMALIZED, GetFinalPathNameByHandleW, VOLUME_NAME_DOS,
    VOLUME_NAME_NT,
};

use super::errors;
use super::file::file_id;
use super::information::information;
use super::status::status;
use crate::sys::types::FileKind;

/// Opens what is at `path`, a directory, too. If `follow` is not set, a symbolic link or a junction is opened itself.
pub(super) fn open(path: &Path, access: u32, follow: bool) -> io::Result<File> {
    // Without this flag no directory is opened.
    let link = if follow { 0 } else { FILE_FLAG_OPEN_REPARSE_POINT };
    let flags = FILE_FLAG_BACKUP_SEMANTICS | link;
    OpenOptions::new().access_mode(access).custom_flags(flags).open(path)
}

/// As [`open`], but a link that is not followed is an error: ERROR_CANT_RESOLVE_FILENAME.
///
/// The bytes of a file that a filter driver keeps elsewhere (deduplicated, compressed or in the cloud) are also behind
/// a reparse point. That one is followed.
pub(super) fn open_no_link(path: &Path, access: u32, follow: bool) -> io::Result<File> {
    let file = open(path, access, follow)?;
    if follow || file.metadata()?.file_attributes() & FILE_ATTRIBUTE_REPARSE_POINT == 0 {
        return Ok(file);
    }
    if status(&file)?.kind() == FileKind::Symlink {
        return Err(errors::loops());
    }
    let behind = open(path, access, true)?;
    if file_id(&behind)? == file_id(&file)? { Ok(behind) } else { Err(errors::stale()) }
}

/// The type of the reparse point, if the file has one.
pub(super) fn reparse_tag(file: &File) -> io::Result<u32> {
    information::<FILE_ATTRIBUTE_TAG_INFO>(file).map(|found| found.ReparseTag)
}

/// A path to what is open, by its present name: `\\?\C:\…`, which has any length.
pub(super) fn path_of_handle(handle: std::os::windows::io::RawHandle) -> io::Result<PathBuf> {
    use std::os::windows::ffi::OsStringExt as _;

    let ask = |volume: u32| -> io::Result<std::ffi::OsString> {
        let mut buffer = vec![0_u16; 512];
        loop {
            let (at, len) = (buffer.as_mut_ptr(), buffer.len() as u32);
            // SAFETY: the handle stays open for the call, and the buffer has the length that is passed.
            let found = unsafe {
                GetFinalPathNameByHandleW(handle, at, len, FILE_NAME_NORMALIZED | volume)
            };
            match found as usize {
                0 => return Err(io::Error::last_os_error()),
                // The length, without the NUL.
                found if found < buffer.len() => {
                    return Ok(std::ffi::OsString::from_wide(&buffer[..found]));
                }
                // The length that it takes, with the NUL.
                found => buffer.resize(found + 1, 0),
            }
        }
    };
    match ask(VOLUME_NAME_DOS) {
        Ok(path) => Ok(path.into()),
        // A volume without a letter, or one that the mount manager does not know.
        Err(error) => ask(VOLUME_NAME_NT).map_err(|_| error).map(|device| {
            let mut path = std::ffi::OsString::from(r"\\?\GLOBALROOT");
            path.push(device);
            path.into()
        }),
    }
}
