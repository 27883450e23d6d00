//! Where a source has data and where it has holes: SEEK_DATA and SEEK_HOLE.

use std::fs::File;

use crate::{Error, Operation, Result, Side, sys};

/// A stretch of a file, with its length in bytes. Allocated blocks that were never written count as
/// a hole, as the filesystems that have them report them so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Segment {
    Data(u64),
    Hole(u64),
}

impl Segment {
    pub(super) fn len(self) -> u64 {
        match self {
            Self::Data(len) | Self::Hole(len) => len,
        }
    }
}

/// Walks through a file from stretch to stretch.
pub(super) struct Segments<'f>(Walk<'f>);

enum Walk<'f> {
    /// The offset of this file may be moved.
    Borrowed(&'f File),
    /// The same file, opened once more for its offset.
    Reopened(File),
    /// Holes cannot be found here, so that all is data.
    Dense,
}

impl<'f> Segments<'f> {
    /// `owned`: nobody else uses the file's offset. Of a file that is not, the offset stays where it
    /// is: another descriptor finds the holes and, where there is none to be had (no /proc, no
    /// right to open), the file is read as it is.
    pub(super) fn new(file: &'f File, owned: bool) -> Self {
        Self(if owned {
            Walk::Borrowed(file)
        } else {
            sys::private_description(file).map_or(Walk::Dense, Walk::Reopened)
        })
    }

    /// Of a file whose holes are to be read as zeros.
    pub(super) fn dense() -> Self {
        Self(Walk::Dense)
    }

    /// The stretch that begins at `from`, cut off at `end`.
    pub(super) fn next(&mut self, from: u64, end: u64) -> Result<Segment> {
        let file = match &self.0 {
            Walk::Borrowed(file) => file,
            Walk::Reopened(file) => file,
            Walk::Dense => return Ok(Segment::Data(end - from)),
        };
        let data = match sys::next_data(file, from) {
            Ok(data) => data.unwrap_or(end),
            // The filesystem cannot tell (EINVAL, EOPNOTSUPP), and read will show what cannot be read.
            Err(_) => {
                self.0 = Walk::Dense;
                return Ok(Segment::Data(end - from));
            }
        };
        if data > from {
            return Ok(Segment::Hole(data.min(end) - from));
        }
        let hole = sys::next_hole(file, from)
            .map_err(Error::on(Operation::FindData, Side::Source))?
            .min(end);
        // A file that changes meanwhile may answer nonsense; reading it tells.
        Ok(Segment::Data(if hole > from { hole - from } else { end - from }))
    }
}
