//! What a caller can find out from an error.

use std::io;
use std::path::Path;

use super::Error;
use super::operation::{Operation, Side};
use super::reason::Reason;
use crate::progress::Progress;

impl Error {
    /// How far the copy came, if it changed the destination. The destination can then be
    /// incomplete: some bytes are the source's and some are old. `None` if the destination is
    /// unchanged. (If a full or failing disk stops a clone, the kernel does not report how much was
    /// cloned, and the destination counts as changed.)
    ///
    /// Path copies change an existing destination only with
    /// [`Overwrite::InPlace`](crate::Overwrite::InPlace), except that
    /// [`Options::sync`](crate::Options::sync) flushes the directory after the complete copy has its
    /// name. If that flush fails, the copy stays, and `done` equals `total`.
    ///
    /// # Examples
    ///
    /// ```
    /// # let dir = tempfile::tempdir().unwrap();
    /// # let (a, b) = (dir.path().join("a"), dir.path().join("b"));
    /// # std::fs::write(&a, "data")?;
    /// # std::fs::write(&b, "old")?;
    /// use std::ops::ControlFlow;
    /// use reflink::{Options, Overwrite};
    ///
    /// let options = Options::new().on_progress(|_| ControlFlow::Break(()));
    /// let error = options.copy(&a, &b).unwrap_err();
    /// assert_eq!(error.changed(), None);
    ///
    /// let options = options.overwrite(Overwrite::InPlace);
    /// let error = options.copy(&a, &b).unwrap_err();
    /// assert!(error.changed().is_some());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    pub fn changed(&self) -> Option<Progress> {
        match self {
            Self::NotReflinkable { changed, .. }
            | Self::Io { changed, .. }
            | Self::SourceShrank { changed, .. }
            | Self::WrongLength { changed, .. } => changed.as_deref().copied(),
            Self::Cancelled { changed, done, total, .. } => {
                changed.then_some(Progress { done: *done, total: *total })
            }
            Self::LeftBehind { .. } | Self::Unsupported => None,
        }
    }

    /// The file that the failed operation was about: for an operation on two files, the source; for
    /// a cancelled copy, the destination. `None` if the caller gave open files.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::NotReflinkable { path, .. }
            | Self::Io { path, .. }
            | Self::SourceShrank { path, .. }
            | Self::WrongLength { path, .. }
            | Self::Cancelled { path, .. } => path.as_deref(),
            Self::LeftBehind { error, .. } => error.path(),
            Self::Unsupported => None,
        }
    }

    /// The destination, if the failed operation was about it, alone or together with the source.
    /// `None` if the operation was about the source alone, or if the caller gave open files.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// if let Err(error) = reflink::always("a", "/mnt/usb/b") {
    ///     // Some("a") and Some("/mnt/usb/b"), if the two are on different filesystems
    ///     println!("{:?} and {:?}", error.path(), error.destination());
    /// }
    /// ```
    #[must_use]
    pub fn destination(&self) -> Option<&Path> {
        match self {
            Self::NotReflinkable { operation, side: side @ Side::Destination, path, .. }
            | Self::Io { operation, side: side @ Side::Destination, path, .. }
                if !operation.concerns_both(*side) =>
            {
                path.as_deref()
            }
            Self::NotReflinkable { destination, .. } | Self::Io { destination, .. } => {
                destination.as_deref()
            }
            Self::WrongLength { path, .. } | Self::Cancelled { path, .. } => path.as_deref(),
            Self::LeftBehind { error, .. } => error.destination(),
            Self::SourceShrank { .. } | Self::Unsupported => None,
        }
    }

    /// The cause of the refusal, if more is known than the errno.
    #[must_use]
    pub fn reason(&self) -> Option<&Reason> {
        match self {
            Self::NotReflinkable { reason, .. } => Some(reason),
            Self::Io { reason, .. } => reason.as_ref(),
            Self::LeftBehind { error, .. } => error.reason(),
            _ => None,
        }
    }

    /// What the user can do about the error, as a sentence without a full stop.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            // The hints for refused clones suggest a copy, which does not replace a dedupe.
            Self::NotReflinkable { operation: Operation::Dedupe, .. } => None,
            Self::NotReflinkable { operation: Operation::Snapshot, .. } => {
                Reason::NotSubvolume.hint()
            }
            _ => self.reason().and_then(Reason::hint),
        }
    }

    /// The kind of the [`io::Error`] that this error converts into.
    ///
    /// | error | `kind()` | `raw_os_error()` |
    /// |---|---|---|
    /// | [`Error::Unsupported`] | `Unsupported` | `None` |
    /// | [`Error::NotReflinkable`], [`Error::Io`] | the errno's | the errno |
    /// | [`Error::SourceShrank`] | `UnexpectedEof` | `None` |
    /// | [`Error::WrongLength`] | `InvalidData` | `None` |
    /// | [`Error::LeftBehind`] | that of the failed copy | `None` once converted |
    /// | [`Error::Cancelled`] | `Other` | `None` |
    ///
    /// The standard library changes the kind of some errnos from one version to the next. To tell
    /// errnos apart, compare [`raw_os_error`](Error::raw_os_error).
    ///
    /// # Examples
    ///
    /// ```
    /// # let dir = tempfile::tempdir().unwrap();
    /// let error = reflink::auto(dir.path().join("missing"), dir.path().join("copy")).unwrap_err();
    /// assert_eq!(error.kind(), std::io::ErrorKind::NotFound);
    /// ```
    #[must_use]
    pub fn kind(&self) -> io::ErrorKind {
        match self {
            Self::NotReflinkable { error, .. } | Self::Io { error, .. } => error.kind(),
            Self::LeftBehind { error, .. } => error.kind(),
            Self::Unsupported => io::ErrorKind::Unsupported,
            Self::SourceShrank { .. } => io::ErrorKind::UnexpectedEof,
            Self::WrongLength { .. } => io::ErrorKind::InvalidData,
            // Not `Interrupted`, which asks for another attempt.
            Self::Cancelled { .. } => io::ErrorKind::Other,
        }
    }

    /// The kernel's errno, if there is one.
    #[must_use]
    pub fn raw_os_error(&self) -> Option<i32> {
        self.io_error().and_then(io::Error::raw_os_error)
    }

    pub(crate) fn is_not_found(&self) -> bool {
        self.io_error().is_some_and(|error| error.kind() == io::ErrorKind::NotFound)
    }

    /// The operating system's error, if there is one.
    #[must_use]
    pub fn io_error(&self) -> Option<&io::Error> {
        match self {
            Self::NotReflinkable { error, .. } | Self::Io { error, .. } => Some(error),
            Self::LeftBehind { error, .. } => error.io_error(),
            _ => None,
        }
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::super::operation::Side;
    use super::*;

    fn refused(operation: Operation, side: Side) -> Error {
        let error = io::Error::from_raw_os_error(libc::EXDEV);
        Error::not_reflinkable(operation, side, Reason::DifferentMounts, error)
            .with_paths(Path::new("a"), Path::new("b"))
    }

    #[test]
    fn a_refusal_names_its_operation_and_the_files_that_it_concerns() {
        for (operation, side, text, destination) in [
            (Operation::Clone, Side::Destination, "clone 'a' to 'b'", Some("b")),
            (Operation::Dedupe, Side::Destination, "dedupe 'a' to 'b'", Some("b")),
            (Operation::Dedupe, Side::Source, "dedupe 'a'", None),
        ] {
            let error = refused(operation, side);
            assert_eq!(error.to_string(), format!("cannot {text}: Invalid cross-device link"));
            let paths = (error.path(), error.destination());
            assert_eq!(paths, (Some(Path::new("a")), destination.map(Path::new)));
        }
    }

    #[test]
    fn only_a_refused_clone_suggests_a_copy() {
        assert!(refused(Operation::Clone, Side::Destination).hint().is_some());
        assert_eq!(refused(Operation::Dedupe, Side::Destination).hint(), None);
    }
}
