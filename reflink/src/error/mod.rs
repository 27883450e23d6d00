//! What can go wrong, told apart by what a caller can do about it.

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

/// Why a copy, or a question about sharing, did not succeed.
///
/// The variants are what callers act on: [`Unsupported`](Error::Unsupported) and
/// [`NotReflinkable`](Error::NotReflinkable) mean that a clone cannot be had and that a copy
/// would work; everything else would stop a copy too.
///
/// The text names the operation and, where a path was given, the path, and ends with the kernel's
/// own words. [`reason`](Error::reason) and [`hint`](Error::hint) say more than the errno does;
/// [`raw_os_error`](Error::raw_os_error) is the errno itself.
///
/// [`source`](std::error::Error::source) returns the kernel's [`io::Error`], if there is one; for
/// [`LeftBehind`](Error::LeftBehind), the error of the failed copy. The text has the kernel's words all
/// the same, because it must be complete for a program that prints an error alone. A program that prints
/// a whole chain of errors therefore shows them twice, and can leave out the sources of this type.
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

    /// This filesystem, or these two files, cannot be cloned or deduped. Nothing was changed, unless the
    /// refusal came in the middle of the work.
    ///
    /// The Go package's `ErrReflinkFailed`.
    #[error("cannot {operation} {}: {}", Subject(*.operation, *.side, .path, .destination), KernelText(.error))]
    #[non_exhaustive]
    NotReflinkable {
        /// What was being done: [`Operation::Clone`], [`Operation::Dedupe`] or [`Operation::Snapshot`].
        operation: Operation,
        /// The file that the operation changes; the source, if it cannot be deduped with any file.
        side: Side,
        /// Which of the known causes it is.
        reason: Reason,
        /// The source, where the caller gave a path.
        path: Option<PathBuf>,
        /// The destination, where the caller gave a path.
        destination: Option<PathBuf>,
        /// How far the copy came, if it has changed the destination: see [`Error::changed`].
        changed: Option<Box<Progress>>,
        /// What the kernel answered.
        #[source]
        error: io::Error,
    },

    /// A system call failed for a reason that is not about cloning, or what was asked for is
    /// impossible (and then the error is what the kernel says, or would have said, to it).
    #[error("cannot {operation} {}: {}", Subject(*.operation, *.side, .path, .destination), KernelText(.error))]
    #[non_exhaustive]
    Io {
        /// What was being done.
        operation: Operation,
        /// To which of the two files; for an operation on both, the one that it changes. The source, if it
        /// cannot be deduped with any file.
        side: Side,
        /// The file that `side` names (the source, for an operation on both), where the caller
        /// gave a path.
        path: Option<PathBuf>,
        /// The destination of an operation on both files, where the caller gave a path.
        destination: Option<PathBuf>,
        /// The cause, where more is known than the errno says.
        reason: Option<Reason>,
        /// How far the copy came, if it has changed the destination: see [`Error::changed`].
        changed: Option<Box<Progress>>,
        /// What the kernel answered.
        #[source]
        error: io::Error,
    },

    /// The source lost bytes that were still to be copied: somebody shortened it meanwhile.
    #[error("cannot copy {}: it shrank to {found} bytes during the copy, and {expected} were to be read", OneFile(Side::Source, .path))]
    #[non_exhaustive]
    SourceShrank {
        /// The source, where the caller gave a path.
        path: Option<PathBuf>,
        /// The length, in bytes, that it would have to have.
        expected: u64,
        /// The length found now, in bytes.
        found: u64,
        /// How far the copy came, if it has changed the destination: see [`Error::changed`].
        changed: Option<Box<Progress>>,
    },

    /// The kernel reported success, and yet the destination does not have the source's length.
    #[error("cannot trust the copy {}: it has {found} bytes instead of {expected}", OneFile(Side::Destination, .path))]
    #[non_exhaustive]
    WrongLength {
        /// The destination, where the caller gave a path.
        path: Option<PathBuf>,
        /// The length that the destination should have, in bytes.
        expected: u64,
        /// The length that it has, in bytes.
        found: u64,
        /// How far the copy came, if it has changed the destination: see [`Error::changed`].
        changed: Option<Box<Progress>>,
    },

    /// The copy failed, and a file that it had made could not be removed.
    ///
    /// Reason, hint and errno are those of the failed copy.
    #[error("{error}; and {} stays, as it cannot be removed: {}", Quoted(.path), KernelText(.removal))]
    #[non_exhaustive]
    LeftBehind {
        /// Why the copy failed.
        #[source]
        error: Box<Error>,
        /// The file that stays.
        path: PathBuf,
        /// Why it could not be removed.
        removal: io::Error,
    },

    /// The progress callback asked to stop.
    #[error("{}: {} {}", Stopped(*.done, *.total), OneFile(Side::Destination, .path), State(*.changed))]
    #[non_exhaustive]
    Cancelled {
        /// The destination, where the caller gave a path.
        path: Option<PathBuf>,
        /// Bytes done when the callback stopped the work.
        done: u64,
        /// Bytes there were to do; 0 if the copy was still waiting to open a file.
        total: u64,
        /// Whether the destination has been changed, and is incomplete.
        changed: bool,
    },
}
