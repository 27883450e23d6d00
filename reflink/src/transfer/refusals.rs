//! What cannot be done, found out before anything changes.

use std::io;

use super::{Job, clone, inspect};
use crate::choices::Mode;
use crate::error::{Error, Operation, Reason, Result, Side};
use crate::piece::Piece;
use crate::{diagnose, direct, regular, sys};

impl Job<'_> {
    /// Finds out before a copy changes anything what would stop it: the clone call, which looks for
    /// the same, was not made or gave another answer first.
    pub(super) fn require_copyable(&self) -> Result<()> {
        let refuse =
            |side, reason, error| Err(Error::explained(Operation::Copy, side, Some(reason), error));
        for (file, side) in [(self.src, Side::Source), (self.dst, Side::Destination)] {
            regular::require(&inspect(file, side)?, Operation::Copy, side)?;
        }
        let bad_descriptor = sys::errors::bad_descriptor;
        let access = sys::access(self.src).map_err(Error::on(Operation::Inspect, Side::Source))?;
        if !access.reads {
            return refuse(Side::Source, Reason::NotReadable, bad_descriptor());
        }
        let access =
            sys::access(self.dst).map_err(Error::on(Operation::Inspect, Side::Destination))?;
        if !access.writes {
            return refuse(Side::Destination, Reason::NotWritable, bad_descriptor());
        }
        if access.appends {
            return refuse(Side::Destination, Reason::OpenedForAppend, bad_descriptor());
        }
        self.require_buffered()?;
        if self.mode == Mode::Auto && sys::HAS_REFLINK {
            return self.ask_copy_file_range();
        }
        Ok(())
    }

    pub(super) fn require_buffered(&self) -> Result<()> {
        self.only_clones.map_or(Ok(()), |side| Err(direct::refusal(Operation::Copy, side)))
    }

    /// A call that copies nothing is refused as one that copies: for an immutable destination, for an
    /// active swap file. A refusal without a reason is left to the call that copies.
    fn ask_copy_file_range(&self) -> Result<()> {
        let Err(error) = sys::copy_file_range(self.src, 0, self.dst, 0, 0) else { return Ok(()) };
        let (operation, side) = (Operation::CopyFileRange, Side::Destination);
        let error = diagnose::explain(self.src, self.dst, operation, side, error);
        // Read and write may do what this call may not: an active swap file can be read.
        let prevents_any_copy =
            error.reason().is_some_and(|reason| !reason.prevents_only_cloning());
        if prevents_any_copy { Err(error) } else { Ok(()) }
    }

    /// The error for a request that cannot be met. The kernel is asked first where it has a say, so
    /// that its own answer stands where another one comes before EINVAL.
    pub(super) fn impossible(&self, piece: Piece, why: Reason) -> Error {
        // An SMB server can have changed the destination by the time it refuses.
        let asks = self.mode != Mode::Never && !sys::may_be_on_smb(self.dst);
        let answer = match why {
            _ if !asks => Ok(()),
            Reason::PastEnd { .. } => clone::ask_for_nothing(self, piece.dst),
            _ => clone::retrying(|| {
                sys::clone_range(self.src, piece.src, piece.len.max(1), self.dst, piece.dst)
            }),
        };
        match answer {
            Err(error) => match diagnose::clone(self.src, self.dst, piece, &error) {
                // What stands against clones only does not make the request possible as a copy; and
                // behind EINVAL is what we know, and not what else could be found.
                Some(reason)
                    if reason.prevents_only_cloning()
                        && (self.mode != Mode::Always
                            || error.kind() == io::ErrorKind::InvalidInput) =>
                {
                    self.refused_by_us(why)
                }
                reason => Error::explained(self.operation(), Side::Destination, reason, error),
            },
            Ok(()) => self.refused_by_us(why),
        }
    }

    /// What the request was.
    fn operation(&self) -> Operation {
        if self.mode == Mode::Always { Operation::Clone } else { Operation::Copy }
    }

    pub(super) fn refused_by_us(&self, why: Reason) -> Error {
        let error = match why {
            Reason::Directory { .. } => sys::errors::is_directory(),
            _ => sys::errors::invalid(),
        };
        Error::explained(self.operation(), Side::Destination, Some(why), error)
    }
}
