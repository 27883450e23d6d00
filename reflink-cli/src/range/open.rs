//! Opening the file that a range goes into.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use reflink::{Error, Operation, Result, Side};

use crate::open::options;

/// Opens the file to write into, or creates it.
pub(super) fn destination(path: &Path, may_create: bool) -> Result<Destination<'_>> {
    let cannot = |operation, error| Error::on_path(operation, Side::Destination, path, error);
    let existing = |file| Destination { file, path, was_created: false };
    match options().write(true).open(path) {
        Ok(file) => return Ok(existing(file)),
        Err(error) if may_create && error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(cannot(Operation::Open, error)),
    }
    match options().write(true).create_new(true).open(path) {
        Ok(file) => Ok(Destination { file, path, was_created: true }),
        // Somebody else was faster; or it is a symbolic link to nowhere, and stays one.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            let opened = options().write(true).open(path).map(existing);
            opened.map_err(|error| cannot(Operation::Open, error))
        }
        Err(error) => Err(cannot(Operation::Create, error)),
    }
}

/// The file to write into.
pub(super) struct Destination<'a> {
    file: File,
    path: &'a Path,
    /// Whether this process created it.
    was_created: bool,
}

impl Destination<'_> {
    pub(super) fn file(&self) -> &File {
        &self.file
    }

    /// Fails where something that was taken could not be written: the close of any descriptor of a file
    /// says so, where nothing before did.
    pub(super) fn check_written(&self) -> Result<()> {
        let cannot = |error| Error::on_path(Operation::Close, Side::Destination, self.path, error);
        reflink::close(self.file.try_clone().map_err(cannot)?)
    }

    /// Removes what was created, as long as it still has its name: after a failure there is
    /// nothing in it that anybody asked for.
    pub(super) fn remove_if_created(self) {
        if self.was_created && is_named(&self.file, self.path).unwrap_or(false) {
            // What does not work stays; the failure that led here is what is reported.
            let _ = fs::remove_file(self.path);
        }
    }
}

/// Whether `path` is still the name of `file`.
fn is_named(file: &File, path: &Path) -> io::Result<bool> {
    let (file, named) = (file.metadata()?, fs::symlink_metadata(path)?);
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        Ok(file.dev() == named.dev() && file.ino() == named.ino())
    }
    #[cfg(not(unix))]
    Ok(file.file_type() == named.file_type())
}
