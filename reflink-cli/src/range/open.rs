//! Opening the destination of a range.

use std::fs::{self, File, Metadata};
use std::io;
use std::path::Path;

use reflink::{Error, Operation, Options, Result, Side};

use crate::failure::{Failure, Left};

/// Opens the file to write into, or creates it.
pub(super) fn destination<'p>(
    options: &Options<'_>,
    path: &'p Path,
    may_create: bool,
) -> Result<(File, Option<Created<'p>>), Failure> {
    match open_or_create(options, path, may_create)? {
        (file, false) => Ok((file, None)),
        // Without its status nobody could tell after a failure whether the file is still this one. So it is not
        // removed either.
        (file, true) => match file.metadata() {
            Ok(status) => Ok((file, Some(Created { path, status }))),
            Err(error) => {
                let error = Error::on_path(Operation::Inspect, Side::Destination, path, error);
                let left = Some(Left::empty(path).into());
                Err(Failure { left, ..Failure::from(error) })
            }
        },
    }
}

/// The file, and whether it was created.
fn open_or_create(options: &Options<'_>, path: &Path, may_create: bool) -> Result<(File, bool)> {
    // A path that ends in a slash can only be a directory, which is not created.
    let may_create = may_create && !path.as_os_str().as_encoded_bytes().ends_with(b"/");
    match options.open_for_writing(path) {
        Err(error) if may_create && is(io::ErrorKind::NotFound, error.io_error()) => {}
        opened => return opened.map(|file| (file, false)),
    }
    // Nobody has a lease on a new file, and it is not a FIFO.
    match File::options().write(true).create_new(true).open(path) {
        Ok(file) => Ok((file, true)),
        // Another process was faster, or the path is a dangling symbolic link and stays one.
        Err(error) if is(io::ErrorKind::AlreadyExists, Some(&error)) => {
            options.open_for_writing(path).map(|file| (file, false))
        }
        Err(error) => Err(Error::on_path(Operation::Create, Side::Destination, path, error)),
    }
}

fn is(kind: io::ErrorKind, error: Option<&io::Error>) -> bool {
    error.is_some_and(|error| error.kind() == kind)
}

/// A file that this process created.
pub(super) struct Created<'a> {
    path: &'a Path,
    status: Metadata,
}

impl Created<'_> {
    /// Flushes the directory that has its name.
    pub(super) fn sync_directory(&self) -> io::Result<()> {
        // Windows opens no directory as a file, and flushes names with their file.
        if cfg!(not(unix)) {
            return Ok(());
        }
        let parent = self.path.parent().filter(|parent| !parent.as_os_str().is_empty());
        File::open(parent.unwrap_or(Path::new(".")))?.sync_all()
    }

    /// Removes it if it still has its name: after a failure it contains nothing that anybody asked
    /// for. Returns whether it is gone.
    pub(super) fn remove(self) -> bool {
        let named = fs::symlink_metadata(self.path);
        named.is_ok_and(|named| is_same(&self.status, &named)) && fs::remove_file(self.path).is_ok()
    }
}

/// Whether both are known to be the same file.
#[cfg(unix)]
fn is_same(first: &Metadata, second: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    first.dev() == second.dev() && first.ino() == second.ino()
}

/// Always false: on other systems the metadata does not identify a file.
#[cfg(not(unix))]
fn is_same(_first: &Metadata, _second: &Metadata) -> bool {
    false
}
