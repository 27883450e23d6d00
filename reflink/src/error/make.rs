//! Making errors: which operation failed on which file, and why.

use std::io;
use std::path::Path;

use super::Error;
use super::operation::{Operation, Side};
use super::reason::Reason;
use crate::diagnose;
use crate::progress::Progress;
use crate::sys::Dir;

impl Error {
    pub(crate) fn io(operation: Operation, side: Side, error: io::Error) -> Self {
        // The one errno whose meaning does not depend on the operation.
        let reason =
            (error.kind() == io::ErrorKind::ReadOnlyFilesystem).then_some(Reason::ReadOnly);
        Self::io_because(operation, side, reason, error)
    }

    /// A failure with its cause, whether or not that prevents only cloning.
    pub(crate) fn io_because(
        operation: Operation,
        side: Side,
        reason: Option<Reason>,
        error: io::Error,
    ) -> Self {
        Self::Io { operation, side, path: None, destination: None, reason, changed: None, error }
    }

    /// For `map_err`: the operation that failed, and on which side.
    pub(crate) fn on(operation: Operation, side: Side) -> impl FnOnce(io::Error) -> Self {
        move |error| Self::io(operation, side, error)
    }

    /// Moves an error of an operation on one file to that side.
    pub(crate) fn about(mut self, which: Side) -> Self {
        if let Self::Io { side, .. } = &mut self {
            *side = which;
        }
        self
    }

    /// A refusal that prevents only sharing.
    pub(crate) fn not_reflinkable(
        operation: Operation,
        side: Side,
        reason: Reason,
        error: io::Error,
    ) -> Self {
        let (path, destination, changed) = (None, None, None);
        Self::NotReflinkable { operation, side, reason, path, destination, changed, error }
    }

    /// A refusal with its cause: `NotReflinkable` if the cause is about cloning, otherwise `Io`.
    pub(crate) fn explained(
        operation: Operation,
        side: Side,
        why: Option<Reason>,
        error: io::Error,
    ) -> Self {
        match why {
            Some(reason) if reason.prevents_only_cloning() => {
                Self::not_reflinkable(operation, side, reason, error)
            }
            None => Self::io(operation, side, error),
            reason => Self::io_because(operation, side, reason, error),
        }
    }

    /// The error for a step that the caller takes, with its cause if one can be found. It is for
    /// callers who open the files of [`reflink`](crate::reflink()) or [`partial`](crate::partial)
    /// themselves and want to report every failed step in the same words.
    ///
    /// # Examples
    ///
    /// ```
    /// use reflink::{Error, Operation, Side};
    /// use std::{fs::File, path::Path};
    ///
    /// let path = Path::new("missing");
    /// let error = File::open(path)
    ///     .map_err(|error| Error::on_path(Operation::Open, Side::Source, path, error))
    ///     .unwrap_err();
    /// # #[cfg(unix)]
    /// assert_eq!(error.to_string(), "cannot open 'missing': No such file or directory");
    /// ```
    #[must_use]
    pub fn on_path(operation: Operation, side: Side, path: &Path, error: io::Error) -> Self {
        let reason = diagnose::path(&Dir::Working, path, side, &error)
            .or_else(|| diagnose::new_file(operation, path, &error));
        Self::explained(operation, side, reason, error).with_paths(path, path)
    }

    /// Adds the paths to an error of a function that was given open files.
    #[must_use]
    pub fn with_paths(mut self, src: &Path, dst: &Path) -> Self {
        match &mut self {
            Self::NotReflinkable { operation, side, path, destination, .. }
            | Self::Io { operation, side, path, destination, .. }
                if operation.concerns_both(*side) =>
            {
                *path = Some(src.to_owned());
                *destination = Some(dst.to_owned());
            }
            Self::NotReflinkable { side, path, .. } | Self::Io { side, path, .. } => {
                let given = if *side == Side::Source { src } else { dst };
                *path = Some(given.to_owned());
            }
            Self::SourceShrank { path, .. } => *path = Some(src.to_owned()),
            Self::LeftBehind { error, .. } => {
                let inner = std::mem::replace(&mut **error, Self::Unsupported);
                **error = inner.with_paths(src, dst);
            }
            Self::WrongLength { path, .. } | Self::Cancelled { path, .. } => {
                *path = Some(dst.to_owned());
            }
            Self::Unsupported => {}
        }
        self
    }

    /// Adds how far the copy came, if the destination now has other bytes or another length.
    pub(crate) fn having_changed(mut self, progress: Option<Progress>) -> Self {
        match &mut self {
            Self::NotReflinkable { changed, .. }
            | Self::Io { changed, .. }
            | Self::SourceShrank { changed, .. }
            | Self::WrongLength { changed, .. } => *changed = progress.map(Box::new),
            Self::Cancelled { changed, .. } => *changed = progress.is_some(),
            // These errors concern only new files.
            Self::LeftBehind { .. } | Self::Unsupported => {}
        }
        self
    }
}
