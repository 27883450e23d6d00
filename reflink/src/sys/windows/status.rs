//! What a file is.

use std::fs::File;
use std::io;

use super::file::{file_id, mode_of};
use crate::sys::types::{FileKind, Status};

pub(crate) fn status(file: &File) -> io::Result<Status> {
    let status = file.metadata()?;
    Ok(Status {
        kind: if status.is_dir() { FileKind::Directory } else { FileKind::Regular },
        len: status.len(),
        mode: mode_of(&status),
        owner: (0, 0),
        id: file_id(file)?,
        links: 1,
        allocated: None,
        accessed: status.accessed()?,
        modified: status.modified()?,
        changed: status.modified()?,
        born: None,
        mount: None,
    })
}
