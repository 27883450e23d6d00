//! Impossible requests, refused before anything changes.

use std::io;

use super::clone;
use super::job::Job;
use crate::choices::Mode;
use crate::error::{Error, Operation, Reason, Result, Side};
use crate::piece::Piece;
use crate::sys::{self, Status};
use crate::{diagnose, direct, regular};

impl Job<'_> {
    /// Finds out what would stop a copy before it changes anything. The clone call makes the same
    /// checks, but it was not made or failed with another errno first.
    pub(super) fn require_copyable(&self, src: &Status, dst: &Status) -> Result<()> {
        let refuse =
            |side, reason, error| Err(Error::explained(Operation::Copy, side, Some(reason), error));
        regular::require(src, Operation::Copy, Side::Source)?;
        regular::require(dst, Operation::Copy, Side::Destination)?;
        let bad_descriptor = sys::errors::bad_descriptor;
        let access = self.src.access().map_err(Error::on(Operation::Inspect, Side::Source))?;
        if !access.reads {
            return refuse(Side::Source, Reason::NotReadable, bad_descriptor());
        }
        let access = self.dst.access().map_err(Error::on(Operation::Inspect, Side::Destination))?;
        if !access.writes {
            return refuse(Side::Destination, Reason::NotWritable, bad_descriptor());
        }
        if access.appends {
            return refuse(Side::Destination, Reason::OpenedForAppend, bad_descriptor());
        }
        self.require_buffered()
    }

    /// Makes a call that copies nothing and is refused for the same reasons as one that copies: an
    /// active swap file, or an immutable destination, which some filesystems allow to be cut and
    /// written to through an open descriptor. A refusal without a reason is left to the call that
    /// copies.
    pub(super) fn ask_copy_file_range(&self) -> Result<()> {
        if self.mode != Mode::Auto || !sys::HAS_COPY_FILE_RANGE {
            return Ok(());
        }
        match sys::copy_file_range(self.src.file, 0, self.dst.file, 0, 0) {
            Err(error) => self.cannot_offload(error).map_or(Ok(()), Err),
            Ok(_) => Ok(()),
        }
    }

    /// The error for a refused copy_file_range, if its cause prevents every copy. Otherwise read
    /// and write may succeed.
    pub(super) fn cannot_offload(&self, error: io::Error) -> Option<Error> {
        let (operation, side) = (Operation::CopyFileRange, Side::Destination);
        let error = diagnose::explain(self.src.file, self.dst.file, operation, side, error);
        error.reason().is_some_and(|reason| !reason.prevents_only_cloning()).then_some(error)
    }

    pub(super) fn require_buffered(&self) -> Result<()> {
        self.only_clones.map_or(Ok(()), |side| Err(direct::refusal(Operation::Copy, side)))
    }

    /// The error for an impossible request. The kernel is called first if it checks the request,
    /// because another errno may come before EINVAL.
    pub(super) fn impossible(&self, piece: Piece, why: Reason) -> Error {
        // An SMB server can have changed the destination by the time it refuses.
        let asks = sys::CLONES_INTO_FILES && self.mode != Mode::Never && !self.dst.may_be_on_smb();
        let answer = match why {
            _ if !asks => Ok(()),
            Reason::PastEnd { .. } => clone::ask_for_nothing(self, piece.dst),
            _ => clone::retrying(|| {
                sys::clone_range(
                    self.src.file,
                    piece.src,
                    piece.len.max(1),
                    self.dst.file,
                    piece.dst,
                )
            }),
        };
        match answer {
            Err(error) => match diagnose::clone(&self.src, &self.dst, piece, &error) {
                // A reason that prevents only clones does not make the request possible as a copy.
                // For EINVAL, the reason is the known one, not another that could be found.
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

    /// The operation that was requested.
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
