//! Opening the two files of a range copy: without waiting for anybody, without asking what they
//! are. The kernel refuses what is no file, now or when it is to copy.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::Path;

use reflink::display::Quoted;
use reflink::{Reason, Side};

use crate::failure::Failure;

/// Opens the file to read.
pub(super) fn source(path: &Path) -> Result<File, Failure> {
    options().read(true).open(path).map_err(|error| failure("open", path, Side::Source, &error))
}

/// Opens the file to write into, or creates it.
pub(super) fn destination(path: &Path, may_create: bool) -> Result<Destination<'_>, Failure> {
    let failure = |what, error| failure(what, path, Side::Destination, &error);
    let existing = |file| Destination { file, created: None };
    match options().write(true).open(path) {
        Ok(file) => return Ok(existing(file)),
        Err(error) if may_create && error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(failure("open", error)),
    }
    match options().write(true).create_new(true).open(path) {
        Ok(file) => Ok(Destination { file, created: Some(path) }),
        // Somebody else was faster; or it is a symbolic link to nowhere, and stays one.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            options().write(true).open(path).map(existing).map_err(|error| failure("open", error))
        }
        Err(error) => Err(failure("create", error)),
    }
}

/// The file to write into.
pub(super) struct Destination<'a> {
    file: File,
    /// Its path, where this process created it.
    created: Option<&'a Path>,
}

impl Destination<'_> {
    pub(super) fn file(&self) -> &File {
        &self.file
    }

    /// Removes what was created, as long as it still has its name: after a failure there is
    /// nothing in it that anybody asked for.
    pub(super) fn remove_if_created(self) {
        if let Some(path) = self.created {
            if is_named(&self.file, path).unwrap_or(false) {
                // What does not work stays; the failure that led here is what is reported.
                let _ = fs::remove_file(path);
            }
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

/// For an open that does not wait for the other end of a FIFO and takes no terminal.
#[cfg(unix)]
fn options() -> OpenOptions {
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut options = OpenOptions::new();
    options.custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY);
    options
}

#[cfg(not(unix))]
fn options() -> OpenOptions {
    OpenOptions::new()
}

fn failure(what: &str, path: &Path, side: Side, error: &io::Error) -> Failure {
    let failure = Failure::io(format!("cannot {what} {}", Quoted(path)), error);
    match cause(side, error) {
        Some(reason) => failure.because(&reason),
        None => failure,
    }
}

/// What an errno of such an open says about the file.
#[cfg_attr(not(unix), expect(unused_variables, reason = "errno is Unix's"))]
fn cause(side: Side, error: &io::Error) -> Option<Reason> {
    match error.raw_os_error()? {
        #[cfg(unix)]
        libc::EISDIR => Some(Reason::Directory { side }),
        // A FIFO without a reader, a socket, a device without a driver.
        #[cfg(unix)]
        libc::ENXIO => Some(Reason::NotRegular { side }),
        _ => None,
    }
}
