//! What can fail, grouped by what a caller can do about it.

use std::io;
use std::path::PathBuf;

use crate::display::{KernelText, Quoted};
use crate::progress::Progress;

mod answers;
mod convert;
mod fs_type;
mod make;
mod operation;
mod reason;
mod reason_text;
mod text;

pub use operation::{Operation, Side};
pub use reason::{FsType, Reason};
use text::{OneFile, State, Stopped, Subject};

/// The result of this crate's functions.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a copy, or a query about sharing, failed.
///
/// Callers act on the variants. [`Unsupported`](Error::Unsupported) and
/// [`NotReflinkable`](Error::NotReflinkable) mean that a clone is impossible and a copy would work;
/// everything else would stop a copy, too.
///
/// The text names the operation and, if the caller gave a path, the path. It ends with the kernel's
/// own message. [`reason`](Error::reason) and [`hint`](Error::hint) are more precise than the
/// errno; [`raw_os_error`](Error::raw_os_error) is the errno itself.
///
/// [`source`](std::error::Error::source) returns the kernel's [`io::Error`], if there is one; for
/// [`LeftBehind`](Error::LeftBehind), the error of the failed copy. The text includes the kernel's
/// message anyway, because it must be complete for a program that prints a single error. A program
/// that prints a whole chain of errors therefore shows the message twice, and can leave out the
/// sources of this type.
///
/// # Examples
///
/// ```no_run
/// match reflink::always("disk.img", "snapshot.img") {
///     Ok(_) => println!("cloned"),
///     Err(reflink::Error::NotReflinkable { reason, .. }) => println!("no clone here: {reason}"),
///     Err(error) => return Err(error),
/// }
/// # Ok::<(), reflink::Error>(())
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// This operating system has no call that clones a file.
    ///
    /// The Go package's `ErrReflinkUnsupported`.
    #[error("cannot clone: this operating system has no reflinks")]
    Unsupported,

    /// This filesystem, or these two files, cannot be cloned or deduped. Nothing was changed,
    /// unless the refusal came midway.
    ///
    /// The Go package's `ErrReflinkFailed`.
    #[error("cannot {operation} {}: {}", Subject(*.operation, *.side, .path, .destination), KernelText(.error))]
    #[non_exhaustive]
    NotReflinkable {
        /// The operation that failed: [`Operation::Clone`], [`Operation::Dedupe`] or [`Operation::Snapshot`].
        operation: Operation,
        /// The file that the operation changes, or the source if no file can be deduped with it.
        side: Side,
        /// The cause.
        reason: Reason,
        /// The source, if the caller gave a path.
        path: Option<PathBuf>,
        /// The destination, if the caller gave a path.
        destination: Option<PathBuf>,
        /// How far the copy came, if it changed the destination: see [`Error::changed`].
        changed: Option<Box<Progress>>,
        /// The kernel's error.
        #[source]
        error: io::Error,
    },

    /// A system call failed for a reason that is not about cloning, or the request is impossible
    /// (the error is then the one that the kernel returns for it, or would return).
    #[error("cannot {operation} {}: {}", Subject(*.operation, *.side, .path, .destination), KernelText(.error))]
    #[non_exhaustive]
    Io {
        /// The operation that failed.
        operation: Operation,
        /// The file that the operation was about. For an operation on both files, the one that it
        /// changes, or the source if no file can be deduped with it.
        side: Side,
        /// The file that `side` names (for an operation on both, the source), if the caller gave a
        /// path.
        path: Option<PathBuf>,
        /// The destination of an operation on both files, if the caller gave a path.
        destination: Option<PathBuf>,
        /// The cause, if more is known than the errno.
        reason: Option<Reason>,
        /// How far the copy came, if it changed the destination: see [`Error::changed`].
        changed: Option<Box<Progress>>,
        /// The kernel's error.
        #[source]
        error: io::Error,
    },

    /// The source lost bytes that were not copied yet: somebody shortened it during the copy.
    #[error("cannot copy {}: it shrank to {found} bytes during the copy, and {expected} were to be read", OneFile(Side::Source, .path))]
    #[non_exhaustive]
    SourceShrank {
        /// The source, if the caller gave a path.
        path: Option<PathBuf>,
        /// The length that the copy needs, in bytes.
        expected: u64,
        /// The length that the source has now, in bytes.
        found: u64,
        /// How far the copy came, if it changed the destination: see [`Error::changed`].
        changed: Option<Box<Progress>>,
    },

    /// The kernel reported success, but the destination does not have the source's length.
    #[error("cannot trust the copy {}: it has {found} bytes instead of {expected}", OneFile(Side::Destination, .path))]
    #[non_exhaustive]
    WrongLength {
        /// The destination, if the caller gave a path.
        path: Option<PathBuf>,
        /// The length that the destination should have, in bytes.
        expected: u64,
        /// The length that it has, in bytes.
        found: u64,
        /// How far the copy came, if it changed the destination: see [`Error::changed`].
        changed: Option<Box<Progress>>,
    },

    /// The copy failed, and a file that it had created could not be removed.
    ///
    /// Reason, hint and errno are those of the failed copy.
    #[error("{error}; and {} stays, as it cannot be removed: {}", Quoted(.path), KernelText(.removal))]
    #[non_exhaustive]
    LeftBehind {
        /// Why the copy failed.
        #[source]
        error: Box<Error>,
        /// The file that is left.
        path: PathBuf,
        /// Why it could not be removed.
        removal: io::Error,
    },

    /// The progress callback or the cancel flag stopped the copy.
    #[error("{}: {} {}", Stopped(*.done, *.total), OneFile(Side::Destination, .path), State(*.changed))]
    #[non_exhaustive]
    Cancelled {
        /// The destination, if the caller gave a path.
        path: Option<PathBuf>,
        /// Bytes done when the copy was stopped.
        done: u64,
        /// Bytes to do; 0 if the copy was still waiting to open a file.
        total: u64,
        /// Whether the destination was changed and is incomplete.
        changed: bool,
    },
}
