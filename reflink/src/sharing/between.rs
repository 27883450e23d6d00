//! Where two files point at the same blocks.

use std::collections::HashMap;
use std::fs::File;

use super::extents::{Extent, ExtentFlags, extents_after_sync};
use super::totals::tells_sharing;
use crate::{Error, Operation, Result, Side, sys};

/// A run of bytes that two files have in the same blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SharedRange {
    /// Where it starts in the first file, in bytes.
    pub first: u64,
    /// Where it starts in the second file, in bytes.
    pub second: u64,
    /// Its length in bytes.
    pub len: u64,
}

/// What two files have in common.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SharedBetween {
    /// The ranges that lie in the same blocks, in the first file's order. Where the second file has
    /// one block in several places, one of them is named.
    pub ranges: Vec<SharedRange>,
    /// Bytes of data of the first file of which nothing can be said, as one of the filesystems does
    /// not tell where they are.
    pub unknown: u64,
}

impl SharedBetween {
    /// Bytes in the same blocks.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.ranges.iter().map(|range| range.len).sum()
    }
}

/// Finds the ranges of `first` and `second` that lie in the same blocks: whether one is a reflink
/// of the other, and how much of it still.
///
/// Both are written back first. Files of different filesystems have nothing in common. Takes memory
/// for each extent of both: 100 bytes or so. Of compressed extents (btrfs) it is assumed that
/// both files use the same part, as the kernel does not tell which.
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
pub fn shared_between(first: &File, second: &File) -> Result<SharedBetween> {
    let first_extents = data(first, Side::Source)?;
    let second_extents = data(second, Side::Destination)?;
    let mut common = SharedBetween::default();
    if !on_one_filesystem(first, second)? {
        return Ok(common);
    }
    let tells = tells_sharing(first) && tells_sharing(second);
    let (first_len, second_len) =
        (length(first, Side::Source)?, length(second, Side::Destination)?);
    let blocks = Blocks::of(&second_extents);
    for extent in &first_extents {
        let Some(physical) = extent.physical.filter(|_| tells) else {
            common.unknown += extent.end().min(first_len).saturating_sub(extent.offset);
            continue;
        };
        for (start, second, len) in blocks.overlaps(physical, extent) {
            let first = extent.offset + (start - physical);
            let len =
                len.min(first_len.saturating_sub(first)).min(second_len.saturating_sub(second));
            push(&mut common.ranges, SharedRange { first, second, len });
        }
    }
    Ok(common)
}

/// The extents that hold data.
fn data(file: &File, side: Side) -> Result<Vec<Extent>> {
    let extents = extents_after_sync(file).map_err(|error| error.about(side))?;
    extents
        .filter(
            |extent| !matches!(extent, Ok(extent) if extent.flags.contains(ExtentFlags::UNWRITTEN)),
        )
        .collect::<Result<_>>()
        .map_err(|error| error.about(side))
}

fn length(file: &File, side: Side) -> Result<u64> {
    Ok(file.metadata().map_err(Error::on(Operation::Inspect, side))?.len())
}

/// Adds a range, to the one before where they are one.
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

/// Where on the device a file's data is.
struct Blocks {
    /// (start on the device, end on the device, offset in the file), in order and without overlap.
    runs: Vec<(u64, u64, u64)>,
    /// Compressed extents, whose length on the device is not known: start → (offset, length).
    encoded: HashMap<u64, (u64, u64)>,
}

impl Blocks {
    fn of(extents: &[Extent]) -> Self {
        let is_encoded = |extent: &&Extent| extent.flags.contains(ExtentFlags::ENCODED);
        let placed = || extents.iter().filter_map(|e| e.physical.map(|start| (start, e)));
        let encoded = placed()
            .filter(|(_, extent)| is_encoded(extent))
            .map(|(start, extent)| (start, (extent.offset, extent.len)))
            .collect();
        let mut all: Vec<_> = placed()
            .filter(|(_, extent)| !is_encoded(extent))
            .map(|(start, extent)| (start, start.saturating_add(extent.len), extent.offset))
            .collect();
        all.sort_unstable();
        // A file can have one block in several places: the first stands for all.
        let mut runs: Vec<(u64, u64, u64)> = Vec::with_capacity(all.len());
        for (start, end, offset) in all {
            let covered = runs.last().map_or(0, |last| last.1).max(start);
            if end > covered {
                runs.push((covered, end, offset + (covered - start)));
            }
        }
        Self { runs, encoded }
    }

    /// (start on the device, offset in this file, length) of what `extent` of the other file, which
    /// starts at `physical`, has in common with this one.
    fn overlaps<'b>(
        &'b self,
        physical: u64,
        extent: &Extent,
    ) -> Box<dyn Iterator<Item = (u64, u64, u64)> + 'b> {
        if extent.flags.contains(ExtentFlags::ENCODED) {
            let len = extent.len;
            let found = self.encoded.get(&physical);
            return Box::new(
                found.map(|(offset, own)| (physical, *offset, len.min(*own))).into_iter(),
            );
        }
        let end = physical.saturating_add(extent.len);
        let from = self.runs.partition_point(|run| run.1 <= physical);
        Box::new(self.runs[from..].iter().take_while(move |run| run.0 < end).map(move |run| {
            let start = run.0.max(physical);
            (start, run.2 + (start - run.0), run.1.min(end) - start)
        }))
    }
}

/// Addresses of different filesystems mean different blocks.
#[cfg(unix)]
fn on_one_filesystem(first: &File, second: &File) -> Result<bool> {
    use std::os::unix::fs::MetadataExt as _;
    let device = |file: &File, side| {
        Ok::<_, Error>(file.metadata().map_err(Error::on(Operation::Inspect, side))?.dev())
    };
    if device(first, Side::Source)? == device(second, Side::Destination)? {
        return Ok(true);
    }
    // Subvolumes of one btrfs have different device numbers. The kernel knows, and asking it for a
    // clone from beyond any file's end changes nothing: only the errno for two filesystems is EXDEV.
    let beyond = i64::MAX as u64 & !0xffff;
    let answer = sys::clone_range(first, beyond, 4096, second, 0);
    Ok(answer.is_err_and(|error| error.kind() != std::io::ErrorKind::CrossesDevices))
}

#[cfg(not(unix))]
fn on_one_filesystem(_first: &File, _second: &File) -> Result<bool> {
    Ok(sys::HAS_REFLINK)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn extent(offset: u64, physical: u64, len: u64) -> Extent {
        Extent { offset, len, physical: Some(physical), flags: ExtentFlags::default() }
    }

    fn overlaps(blocks: &Blocks, of: &Extent) -> Vec<(u64, u64, u64)> {
        blocks.overlaps(of.physical.unwrap_or_default(), of).collect()
    }

    #[test]
    fn an_overlap_is_what_both_have() {
        let blocks = Blocks::of(&[extent(0, 1000, 100), extent(500, 1200, 100)]);
        assert_eq!(overlaps(&blocks, &extent(0, 1050, 200)), [(1050, 50, 50), (1200, 500, 50)]);
        assert_eq!(overlaps(&blocks, &extent(0, 1100, 100)), []);
    }

    #[test]
    fn a_block_in_several_places_of_a_file_is_named_once() {
        let blocks = Blocks::of(&[extent(0, 1000, 100), extent(700, 1050, 100)]);
        assert_eq!(overlaps(&blocks, &extent(0, 1000, 150)), [(1000, 0, 100), (1100, 750, 50)]);
    }

    #[test]
    fn neighbouring_ranges_are_one() {
        let mut ranges = Vec::new();
        push(&mut ranges, SharedRange { first: 0, second: 10, len: 5 });
        push(&mut ranges, SharedRange { first: 5, second: 15, len: 5 });
        push(&mut ranges, SharedRange { first: 10, second: 21, len: 5 });
        assert_eq!(ranges.len(), 2);
        assert_eq!(ranges[0].len, 10);
    }
}
