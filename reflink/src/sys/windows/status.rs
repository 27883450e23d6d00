//! What a file is.

use std::fs::File;
use std::io;
use std::os::windows::io::AsRawHandle as _;

use windows_sys::Win32::Storage::FileSystem::{
    FILE_STANDARD_INFO, FileStandardInfo, GetFileInformationByHandleEx,
};

use super::file::{file_id, mode_of};
use crate::sys::types::{FileKind, Status};

pub(crate) fn status(file: &File) -> io::Result<Status> {
    let status = file.metadata()?;
    // A junction counts as a link, too.
    let kind = match () {
        () if status.is_symlink() => FileKind::Symlink,
        () if status.is_dir() => FileKind::Directory,
        () => FileKind::Regular,
    };
    Ok(Status {
        kind,
        len: status.len(),
        mode: mode_of(&status),
        owner: (0, 0),
        id: file_id(file)?,
        links: links(file),
        allocated: None,
        accessed: status.accessed()?,
        modified: status.modified()?,
        changed: status.modified()?,
        born: status.created().ok(),
        mount: None,
    })
}

/// How many names the file has; 1 if the filesystem does not report that.
fn links(file: &File) -> u64 {
    let mut found = FILE_STANDARD_INFO::default();
    // SAFETY: the handle stays open for the call, which writes the one struct of the size that is passed.
    let ok = unsafe {
        GetFileInformationByHandleEx(
            file.as_raw_handle(),
            FileStandardInfo,
            (&raw mut found).cast(),
            size_of::<FILE_STANDARD_INFO>() as u32,
        )
    };
    if ok == 0 { 1 } else { found.NumberOfLinks.max(1).into() }
}
