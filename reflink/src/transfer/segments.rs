//! Finds the data and the holes of a source: SEEK_DATA and SEEK_HOLE or, if the offset may not be
//! moved, FIEMAP.

use std::fs::File;
use std::io;

use crate::sys::{self, RawExtent};

/// A stretch of a file, with its length in bytes. SEEK_HOLE reports allocated blocks that were
/// never written as a hole; [`Map`] treats them as data.
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
    /// The same file, reopened to get an offset of its own.
    Reopened(File),
    /// The list of extents, which needs no offset.
    Mapped(Map<'f>),
    /// Holes cannot be found here, so everything is data.
    Dense,
}

impl<'f> Segments<'f> {
    /// `owned`: nobody else uses the file's offset. Otherwise the offset is not moved: another
    /// descriptor finds the holes or, if the file cannot be reopened (no /proc, no permission, a
    /// lock that closing would release), the list of extents does.
    pub(super) fn new(file: &'f File, owned: bool) -> Self {
        Self(if owned || !sys::HOLES_MOVE_OFFSET {
            Walk::Borrowed(file)
        } else {
            sys::private_description(file)
                .map_or_else(|_| Walk::Mapped(Map::of(file)), Walk::Reopened)
        })
    }

    /// For a file whose holes are read as zeros.
    pub(super) fn dense() -> Self {
        Self(Walk::Dense)
    }

    /// The stretch that begins at `from`, cut off at `end`.
    pub(super) fn next(&mut self, from: u64, end: u64) -> Segment {
        let file: &File = match &mut self.0 {
            Walk::Borrowed(file) => file,
            Walk::Reopened(file) => file,
            Walk::Mapped(map) => {
                return map.next(from, end).unwrap_or_else(|_| {
                    // The filesystem lists no extents.
                    self.0 = Walk::Dense;
                    Segment::Data(end - from)
                });
            }
            Walk::Dense => return Segment::Data(end - from),
        };
        let data = match sys::next_data(file, from) {
            Ok(data) => data.unwrap_or(end),
            // The filesystem cannot find holes (EINVAL, EOPNOTSUPP). If the file cannot be read,
            // read returns the error.
            Err(_) => {
                self.0 = Walk::Dense;
                return Segment::Data(end - from);
            }
        };
        if data > from {
            return Segment::Hole(data.min(end) - from);
        }
        // If the file changes meanwhile, the result can be wrong, or ENXIO if the file was cut:
        // reading finds the actual bytes.
        let hole = sys::next_hole(file, from).map_or(end, |hole| hole.min(end));
        Segment::Data(if hole > from { hole - from } else { end - from })
    }
}

/// The extents of a file, in batches. Everything between them is a hole.
///
/// They are listed without a flush. So all of them count as data, including reserved ones, because
/// data that was just written to a reserved extent counts as unwritten until it is on disk.
struct Map<'f> {
    file: &'f File,
    /// Start and end of each.
    extents: Vec<(u64, u64)>,
    /// The offset up to which they are known.
    end: u64,
}

impl<'f> Map<'f> {
    fn of(file: &'f File) -> Self {
        Self { file, extents: Vec::new(), end: 0 }
    }

    fn next(&mut self, from: u64, end: u64) -> io::Result<Segment> {
        if from >= self.end {
            let extents = sys::map_extents(self.file, from, false)?;
            let range =
                |extent: &RawExtent| (extent.offset, extent.offset.saturating_add(extent.len));
            self.extents = extents.iter().map(range).collect();
            self.end = self.extents.last().map_or(u64::MAX, |(_, end)| *end);
            if self.end <= from {
                return Err(sys::errors::invalid());
            }
        }
        let next = self.extents.iter().find(|(_, end)| *end > from);
        Ok(match next {
            Some(&(start, stop)) if start <= from => Segment::Data(stop.min(end) - from),
            Some(&(start, _)) => Segment::Hole(start.min(end) - from),
            None => Segment::Hole(end - from),
        })
    }
}
