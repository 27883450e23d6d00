//! The blocks of one file, searchable for those of another.

use std::collections::HashMap;

use super::extent::{Extent, ExtentFlags};
use super::shared_range::SharedRange;

pub(super) struct Blocks {
    /// In order of their place and without overlap.
    runs: Vec<Run>,
    /// Compressed extents by their place, because their length on the device is unknown.
    encoded: HashMap<u64, Vec<Run>>,
}

/// A part of the file.
#[derive(Clone, Copy)]
struct Run {
    /// Start and end: on the device for a plain extent, in the file for a compressed one.
    start: u64,
    end: u64,
    /// Where it starts in the file.
    offset: u64,
}

impl Blocks {
    pub(super) fn of(extents: &[Extent]) -> Self {
        let mut encoded = HashMap::<u64, Vec<Run>>::new();
        let mut plain = Vec::with_capacity(extents.len());
        for extent in extents {
            let Some(start) = extent.physical else { continue };
            let offset = extent.offset;
            if extent.flags.contains(ExtentFlags::ENCODED) {
                let run = Run { start: offset, end: extent.end(), offset };
                encoded.entry(start).or_default().push(run);
            } else {
                plain.push(Run { start, end: start.saturating_add(extent.len), offset });
            }
        }
        plain.sort_unstable_by_key(|run| (run.start, run.end, run.offset));
        // If the file has one block in several places, the first place stands for all.
        let mut runs: Vec<Run> = Vec::with_capacity(plain.len());
        for run in plain {
            let start = runs.last().map_or(0, |last| last.end).max(run.start);
            if run.end > start {
                runs.push(Run { start, offset: run.offset + (start - run.start), ..run });
            }
        }
        Self { runs, encoded }
    }

    /// What `extent` of the first file has in common with this second file, or `None` if that is
    /// unknown.
    pub(super) fn in_common_with(&self, extent: &Extent) -> Option<Vec<SharedRange>> {
        let Some(start) = extent.physical else { return Some(Vec::new()) };
        if extent.flags.contains(ExtentFlags::ENCODED) {
            let runs = self.encoded.get(&start).map_or(&[][..], Vec::as_slice);
            return in_common_with_encoded(extent, runs);
        }
        let end = start.saturating_add(extent.len);
        let from = self.runs.partition_point(|run| run.end <= start);
        let runs = self.runs[from..].iter().take_while(|run| run.start < end);
        let ranges = runs.map(|run| {
            let from = run.start.max(start);
            SharedRange {
                first: extent.offset + (from - start),
                second: run.offset + (from - run.start),
                len: run.end.min(end) - from,
            }
        });
        Some(ranges.collect())
    }
}

/// The kernel does not report which part of a compressed extent a file uses. If one file was cloned
/// from the other, the same part is at the same offset, whatever was overwritten since.
fn in_common_with_encoded(extent: &Extent, runs: &[Run]) -> Option<Vec<SharedRange>> {
    let in_place: Vec<_> = runs
        .iter()
        .map(|run| (run.start.max(extent.offset), run.end.min(extent.end())))
        .filter(|(start, end)| start < end)
        .map(|(start, end)| SharedRange { first: start, second: start, len: end - start })
        .collect();
    if runs.is_empty() || !in_place.is_empty() {
        return Some(in_place);
    }
    let moved = runs.iter().find(|run| run.end - run.start == extent.len)?;
    Some(vec![SharedRange { first: extent.offset, second: moved.offset, len: extent.len }])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn extent(offset: u64, physical: u64, len: u64) -> Extent {
        Extent { offset, len, physical: Some(physical), flags: ExtentFlags::SHARED }
    }

    fn encoded(offset: u64, physical: u64, len: u64) -> Extent {
        Extent { flags: ExtentFlags::ENCODED, ..extent(offset, physical, len) }
    }

    fn in_common(first: &Extent, second: &[Extent]) -> Option<Vec<(u64, u64, u64)>> {
        let ranges = Blocks::of(second).in_common_with(first)?;
        Some(ranges.iter().map(|range| (range.first, range.second, range.len)).collect())
    }

    #[test]
    fn an_overlap_is_what_both_have() {
        let second = [extent(0, 1000, 100), extent(500, 1200, 100)];
        let found = in_common(&extent(0, 1050, 200), &second);
        assert_eq!(found, Some(vec![(0, 50, 50), (150, 500, 50)]));
        assert_eq!(in_common(&extent(0, 1100, 100), &second), Some(vec![]));
    }

    #[test]
    fn a_block_in_several_places_of_a_file_is_named_once() {
        let second = [extent(0, 1000, 100), extent(700, 1050, 100)];
        let found = in_common(&extent(0, 1000, 150), &second);
        assert_eq!(found, Some(vec![(0, 0, 100), (100, 750, 50)]));
    }

    #[test]
    fn a_compressed_extent_that_was_overwritten_in_part_keeps_the_rest_in_place() {
        let second = [encoded(0, 1000, 60), encoded(70, 1000, 58)];
        let found = in_common(&encoded(0, 1000, 128), &second);
        assert_eq!(found, Some(vec![(0, 0, 60), (70, 70, 58)]));
        let found = in_common(&encoded(70, 1000, 58), &[encoded(0, 1000, 128)]);
        assert_eq!(found, Some(vec![(70, 70, 58)]));
    }

    #[test]
    fn a_compressed_extent_elsewhere_is_the_same_only_in_one_length() {
        let second = [encoded(500, 1000, 128)];
        assert_eq!(in_common(&encoded(0, 1000, 128), &second), Some(vec![(0, 500, 128)]));
        assert_eq!(in_common(&encoded(0, 1000, 64), &second), None);
        assert_eq!(in_common(&encoded(0, 2000, 64), &second), Some(vec![]));
    }
}
