//! Where two files have the same blocks.

use std::fs::File;

use super::blocks::Blocks;
use super::extent::{Extent, ExtentFlags};
use super::extents::extents_after_sync;
use super::shared_range::SharedRange;
use super::totals::tells_sharing;
use crate::error::{Error, Operation, Result, Side};
use crate::sys::{self, Status};

/// What two files have in common.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SharedBetween {
    /// The ranges in the same blocks, in the order of the first file. If the second file has one
    /// block in several places, one of them is listed.
    pub ranges: Vec<SharedRange>,
    /// Bytes of the first file's data that may or may not be shared, because the filesystem does
    /// not report where they are.
    pub unknown: u64,
}

impl SharedBetween {
    /// Bytes in the same blocks. A small file that btrfs or OCFS2 keeps in its metadata has none,
    /// and neither has a hole.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.ranges.iter().map(|range| range.len).sum()
    }
}

/// Finds the ranges of `first` and `second` that are in the same blocks: whether one is a reflink
/// of the other, and how much is still shared.
///
/// Both files are written back first. Files of different filesystems have nothing in common. Each
/// shared extent of both takes about 100 bytes of memory. The kernel does not report which part of
/// a compressed extent (btrfs) a file uses. It counts as the same part if both files have it at the
/// same offset or with the same length, and otherwise as unknown.
///
/// # Errors
///
/// As [`extents`](crate::extents).
///
/// # Examples
///
/// ```no_run
/// # use std::fs::File;
/// let (image, snapshot) = (File::open("disk.img")?, File::open("snapshot.img")?);
/// let common = reflink::shared_between(&image, &snapshot)?;
/// println!("{} bytes have not changed since", common.total());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "FIEMAP")]
pub fn shared_between(first: &File, second: &File) -> Result<SharedBetween> {
    let (status, other) = (status(first, Side::Source)?, status(second, Side::Destination)?);
    let one_file = status.id == other.id;
    let ours = Data::of(first, Side::Source, one_file)?;
    let theirs = Data::of(second, Side::Destination, one_file)?;
    let mut common = SharedBetween::default();
    let one_filesystem = sys::on_one_filesystem(first, second)
        .map_err(Error::on(Operation::Inspect, Side::Source))?;
    match one_filesystem {
        Some(false) => return Ok(common),
        Some(true) if tells_sharing(first) => {}
        Some(true) | None => return Ok(SharedBetween { unknown: ours.bytes, ..common }),
    }
    common.unknown = ours.lost;
    let blocks = Blocks::of(&theirs.shared);
    for extent in &ours.shared {
        let Some(ranges) = blocks.in_common_with(extent) else {
            common.unknown += extent.end().min(ours.len).saturating_sub(extent.offset);
            continue;
        };
        for SharedRange { first, second, len } in ranges {
            let len =
                len.min(ours.len.saturating_sub(first)).min(theirs.len.saturating_sub(second));
            push(&mut common.ranges, SharedRange { first, second, len });
        }
    }
    Ok(common)
}

/// Where a file's data is.
#[derive(Default)]
struct Data {
    /// The file's length.
    len: u64,
    /// Extents whose blocks are also used elsewhere.
    shared: Vec<Extent>,
    /// Bytes of data that can be shared.
    bytes: u64,
    /// Those of them whose place is unknown.
    lost: u64,
}

impl Data {
    /// With all extents that have a place, if the file is compared with itself.
    fn of(file: &File, side: Side, with_own: bool) -> Result<Self> {
        let len = status(file, side)?.len();
        let mut data = Self { len, ..Self::default() };
        for extent in extents_after_sync(file).map_err(|error| error.about(side))? {
            let extent = extent.map_err(|error| error.about(side))?;
            let has = |flag| extent.flags.contains(flag);
            let never_shared = [ExtentFlags::UNWRITTEN, ExtentFlags::INLINE, ExtentFlags::DELAYED];
            if never_shared.into_iter().any(has) {
                continue;
            }
            let bytes = extent.end().min(len).saturating_sub(extent.offset);
            data.bytes += bytes;
            if extent.physical.is_none() {
                data.lost += bytes;
            } else if extent.is_shared() || with_own {
                data.shared.push(extent);
            }
        }
        Ok(data)
    }
}

fn status(file: &File, side: Side) -> Result<Status> {
    sys::status(file).map_err(Error::on(Operation::Inspect, side))
}

/// Adds a range, merged with the previous one if they are adjacent.
fn push(ranges: &mut Vec<SharedRange>, range: SharedRange) {
    if range.len == 0 {
        return;
    }
    match ranges.last_mut() {
        Some(last)
            if last.first + last.len == range.first && last.second + last.len == range.second =>
        {
            last.len += range.len;
        }
        _ => ranges.push(range),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbouring_ranges_are_one() {
        let mut ranges = Vec::new();
        push(&mut ranges, SharedRange { first: 0, second: 10, len: 5 });
        push(&mut ranges, SharedRange { first: 5, second: 15, len: 5 });
        push(&mut ranges, SharedRange { first: 10, second: 20, len: 0 });
        push(&mut ranges, SharedRange { first: 10, second: 21, len: 5 });
        assert_eq!(ranges.len(), 2);
        assert_eq!(ranges[0].len, 10);
    }
}
