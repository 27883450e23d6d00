//! Opening the file that a range goes into.

use std::fs::{self, File, Metadata};
use std::io;
use std::path::Path;

use reflink::{Error, Operation, Result, Side};

use crate::open::options;

/// Opens the file to write into, or creates it.
pub(super) fn destination(path: &Path, may_create: bool) -> Result<(File, Option<Created<'_>>)> {
    let cannot = |operation, error| Error::on_path(operation, Side::Destination, path, error);
    match options().write(true).open(path) {
        Ok(file) => return Ok((file, None)),
        Err(error) if may_create && error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(cannot(Operation::Open, error)),
    }
    match options().write(true).create_new(true).open(path) {
        Ok(file) => {
            let created = file.metadata().ok().map(|status| Created { path, status });
            Ok((file, created))
        }
        // Somebody else was faster; or it is a symbolic link to nowhere, and stays one.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            let opened = options().write(true).open(path).map(|file| (file, None));
            opened.map_err(|error| cannot(Operation::Open, error))
        }
        Err(error) => Err(cannot(Operation::Create, error)),
    }
}

/// A file that this process created.
pub(super) struct Created<'a> {
    path: &'a Path,
    status: Metadata,
}

impl Created<'_> {
    /// Removes it, as long as it still has its name: after a failure there is nothing in it that
    /// anybody asked for.
    pub(super) fn remove(self) {
        if fs::symlink_metadata(self.path).is_ok_and(|named| is_same(&self.status, &named)) {
            // What does not work stays; the failure that led here is what is reported.
            let _ = fs::remove_file(self.path);
        }
    }
}

/// Whether both are of one file.
fn is_same(first: &Metadata, second: &Metadata) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        first.dev() == second.dev() && first.ino() == second.ino()
    }
    #[cfg(not(unix))]
    {
        first.file_type() == second.file_type()
    }
}
