//! A failure, as it is printed.

use std::fmt::Display;
use std::fs;
use std::io;
use std::path::Path;

use reflink::display::{KernelText, Quoted};
use reflink::{Error, Operation, Progress, Reason};

use crate::exit::Exit;

/// One failure: the line for a person, and the parts for a program.
#[derive(Debug)]
pub(crate) struct Failure {
    /// One line that ends with the kernel's message, safe to print.
    pub(crate) message: String,
    /// The kernel's errno.
    pub(crate) errno: Option<i32>,
    /// The cause, if more is known than the errno.
    pub(crate) reason: Option<String>,
    /// What the user can do.
    pub(crate) hint: Option<String>,
    /// The state of the destination, if it has changed.
    pub(crate) left: Option<Box<Left>>,
    /// The exit status for it.
    pub(crate) exit: Exit,
}

impl Failure {
    /// A failure that the command itself detects.
    pub(crate) fn new(message: String) -> Self {
        Self { message, errno: None, reason: None, hint: None, left: None, exit: Exit::Error }
    }

    /// A failure of a system call: `what` was tried.
    pub(crate) fn io(what: impl Display, error: &io::Error) -> Self {
        let message = format!("{what}: {}", KernelText(error));
        Self { errno: error.raw_os_error(), ..Self::new(message) }
    }

    /// The failure of a copy, with the state of `destination`. `is_removed`: it was a new file and
    /// has been removed.
    pub(crate) fn of_copy(error: &Error, destination: &Path, is_removed: bool) -> Self {
        let changed = error.changed().filter(|_| !is_removed);
        let mut failure = Self::from(error);
        if let Error::Cancelled { .. } = error {
            failure.message = cancelled(error, destination, changed.is_some());
        }
        failure.left = changed.map(|progress| Left::by(error, destination, progress).into());
        failure
    }

    /// As [`of_copy`](Self::of_copy), of what is complete before it has its name.
    pub(crate) fn of_new(error: &Error, destination: &Path) -> Self {
        let mut failure = Self::of_copy(error, destination, false);
        if failure.left.is_some() && matches!(error, Error::Io { operation: Operation::Sync, .. }) {
            failure.left = Some(Left::not_flushed(destination).into());
        }
        failure
    }

    /// Whether the disk of the destination is full.
    pub(crate) fn is_of_a_full_disk(&self) -> bool {
        let kind = self.errno.map(|errno| io::Error::from_raw_os_error(errno).kind());
        kind == Some(io::ErrorKind::StorageFull)
    }

    /// Adds a hint.
    pub(crate) fn with_hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    /// Reason and hint on one line, if there is at least one of them.
    pub(crate) fn explanation(&self) -> Option<String> {
        match (&self.reason, &self.hint) {
            (Some(reason), Some(hint)) => Some(format!("{reason}; {hint}")),
            (Some(one), None) | (None, Some(one)) => Some(one.clone()),
            (None, None) => None,
        }
    }
}

/// A destination that has changed.
#[derive(Debug, Default)]
pub(crate) struct Left {
    /// Lines that report the change, unless the message itself does.
    pub(crate) lines: Vec<String>,
    /// How far the copy came, if bytes are missing.
    pub(crate) incomplete: Option<Progress>,
}

impl Left {
    fn by(error: &Error, destination: &Path, progress: Progress) -> Self {
        let name = Quoted(destination);
        let is_complete = progress.done == progress.total;
        let (lines, incomplete) = match error {
            // The message reports it.
            Error::Cancelled { .. } => (vec![], Some(progress)),
            // How much a failed clone has done is unknown.
            Error::Io { operation: Operation::Clone, .. } if progress.done == 0 => {
                return Self::uncertain(destination);
            }
            // A name is flushed after all else.
            Error::Io { operation: Operation::SyncDirectory, .. } => {
                return Self::not_flushed(destination);
            }
            _ if !is_complete => {
                (vec![format!("{name} is incomplete: {progress}")], Some(progress))
            }
            Error::Io { operation, .. } if is_about_metadata(*operation) => {
                (vec![format!("{name} has all bytes of the source")], None)
            }
            _ => return Self::uncertain(destination),
        };
        Self { lines, incomplete }
    }

    /// The destination is the complete copy by now, but its directory could not be flushed.
    fn not_flushed(destination: &Path) -> Self {
        let name = Quoted(destination);
        let line = format!("{name} is the complete copy now, but a crash can undo that");
        Self { lines: vec![line], incomplete: None }
    }

    /// A new file, which was not removed.
    pub(crate) fn empty(destination: &Path) -> Self {
        let line = format!("{} is new and empty, and stays", Quoted(destination));
        Self { lines: vec![line], incomplete: None }
    }

    /// All bytes were written, or may have been, but some may be lost.
    pub(crate) fn uncertain(destination: &Path) -> Self {
        Self { lines: vec![format!("{} may be incomplete", Quoted(destination))], incomplete: None }
    }
}

impl From<&Error> for Failure {
    fn from(error: &Error) -> Self {
        let mut cause = error;
        while let Error::LeftBehind { error, .. } = cause {
            cause = error;
        }
        let exit = match cause {
            Error::Unsupported | Error::NotReflinkable { .. } => Exit::NotReflinkable,
            _ => Exit::Error,
        };
        let hint = error.hint().or_else(|| match error.kind() {
            io::ErrorKind::NotSeekable => Some(STREAM.to_owned()),
            io::ErrorKind::FileTooLarge => Some(TOO_LARGE.to_owned()),
            _ => None,
        });
        Self {
            errno: error.raw_os_error(),
            reason: error.reason().map(Reason::to_string),
            hint,
            exit,
            ..Self::new(error.to_string())
        }
    }
}

/// A FUSE filesystem can refuse offsets (nonseekable_open).
const STREAM: &str = "a file here is read or written only in order, from its start; copy the whole file, or \
                      copy to another filesystem first";

/// On Linux RLIMIT_FSIZE is a reason.
const TOO_LARGE: &str = if cfg!(any(target_os = "linux", target_os = "android", windows)) {
    "the destination's filesystem has no files of this length"
} else {
    "the destination's filesystem has no files of this length, or this process may not write them (ulimit -f)"
};

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::from(&error)
    }
}

/// "cancelled after 1.2 GiB of 4.0 GiB: 'copy' was not created".
fn cancelled(error: &Error, destination: &Path, is_changed: bool) -> String {
    let is_absent = fs::symlink_metadata(destination)
        .is_err_and(|error| error.kind() == io::ErrorKind::NotFound);
    let text = error.to_string();
    match text.split_once(": ") {
        Some((how_far, _)) if is_absent && !is_changed => {
            format!("{how_far}: {} was not created", Quoted(destination))
        }
        _ => text,
    }
}

fn is_about_metadata(operation: Operation) -> bool {
    use Operation::{ReadXattrs, SetOwner, SetPermissions, SetTimes, SetXattrs};
    matches!(operation, ReadXattrs | SetOwner | SetPermissions | SetTimes | SetXattrs)
}

#[cfg(test)]
mod tests {
    use super::*;
    use reflink::Side;

    #[test]
    fn a_place_without_offsets_has_a_hint() {
        let illegal_seek = io::Error::from(io::ErrorKind::NotSeekable);
        let path = Path::new("b");
        let error = Error::on_path(Operation::Create, Side::Destination, path, illegal_seek);
        assert_eq!(Failure::from(&error).hint.as_deref(), Some(STREAM));
    }

    #[test]
    fn a_length_that_the_filesystem_lacks_has_a_hint() {
        let too_large = io::Error::from(io::ErrorKind::FileTooLarge);
        let path = Path::new("b");
        let error = Error::on_path(Operation::SetLength, Side::Destination, path, too_large);
        assert_eq!(Failure::from(&error).hint.as_deref(), Some(TOO_LARGE));
    }
}
