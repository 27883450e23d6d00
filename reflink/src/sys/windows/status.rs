//! What a file is.

use std::fs::File;
use std::io;

use windows_sys::Win32::Storage::FileSystem::FILE_STANDARD_INFO;

use super::file::{file_id, mode_of};
use super::information::information;
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
    let found = information::<FILE_STANDARD_INFO>(file);
    found.map_or(1, |found| found.NumberOfLinks.max(1).into())
}
