//! The operations, drawn near the numbers where mistakes are likely.

use reflink::{Mode, Overwrite};

use super::sparse::Sparse;
use crate::common::{ALL_MODES, GIB, KIB, MIB};

/// The number of files.
pub(crate) const FILES: usize = 5;

/// One step, in plain numbers, so that it can be repeated without the earlier ones.
#[derive(Clone, Debug)]
pub(crate) enum Op {
    Write {
        file: usize,
        at: u64,
        len: u64,
        seed: u64,
    },
    Truncate {
        file: usize,
        len: u64,
    },
    Punch {
        file: usize,
        at: u64,
        len: u64,
    },
    Allocate {
        file: usize,
        at: u64,
        len: u64,
        grow: bool,
    },
    /// To disk, and out of the page cache.
    Sync {
        file: usize,
    },
    Remove {
        file: usize,
    },
    /// `reflink::reflink`.
    Whole {
        src: usize,
        dst: usize,
        mode: Mode,
        watched: bool,
    },
    /// `reflink::partial`; without an end, up to the source's.
    Part {
        src: usize,
        start: u64,
        end: Option<u64>,
        dst: usize,
        at: u64,
        mode: Mode,
        watched: bool,
    },
    /// `Options::copy`.
    Copy {
        src: usize,
        dst: usize,
        mode: Mode,
        overwrite: Overwrite,
        watch: Watch,
    },
    Dedupe {
        src: usize,
        start: u64,
        end: u64,
        dst: usize,
        at: u64,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Watch {
    No,
    Yes,
    /// Stopped at the first opportunity.
    Stopped,
}

/// Random numbers (splitmix64), the same for each seed.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    pub(crate) fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    pub(crate) fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len() as u64) as usize]
    }

    /// An offset in a file: usually small, usually near a boundary.
    fn place(&mut self, ends: &[u64]) -> u64 {
        let base = match self.below(16) {
            0..6 => self.below(16) * 4 * KIB,
            6..10 => self.pick(ends),
            10 => self.pick(ends) / (4 * KIB) * (4 * KIB),
            11 => self.pick(&[64 * KIB, 128 * KIB, 256 * KIB, MIB]),
            12 => self.pick(&[256 * MIB, 512 * MIB, GIB, 2 * GIB, 3 * GIB]),
            _ => self.below(128 * KIB),
        };
        match self.below(12) {
            0 => base + 1,
            1 => base.saturating_sub(1),
            2 => base + 511,
            3 => base + 4 * KIB,
            4 => base.saturating_sub(4 * KIB),
            5 => base + self.below(4 * KIB),
            _ => base,
        }
    }

    fn length(&mut self) -> u64 {
        match self.below(8) {
            0 => self.pick(&[1, 511, 512, 4095, 4097]),
            1..4 => (1 + self.below(8)) * 4 * KIB,
            4 => 1 + self.below(128 * KIB),
            _ => 1 + self.below(16 * KIB),
        }
    }

    /// A step that makes sense with these files.
    pub(crate) fn op(&mut self, files: &[Option<Sparse>]) -> Op {
        let ends: Vec<u64> =
            files.iter().map(|file| file.as_ref().map_or(0, Sparse::len)).collect();
        let file = self.below(FILES as u64) as usize;
        let (src, dst) = (file, self.below(FILES as u64) as usize);
        let mode = self.pick(&ALL_MODES);
        let watched = self.one_in(4);
        // A file with too much data makes everything slow.
        if files[file].as_ref().is_some_and(|file| file.pages().count() > 400) {
            return Op::Truncate { file, len: self.below(64 * KIB) };
        }
        match self.below(32) {
            0..6 => {
                // With the same seed, two files get the same bytes at the same place.
                let seed = if self.one_in(3) { self.below(2) } else { self.next() >> 32 };
                Op::Write { file, at: self.place(&ends), len: self.length(), seed }
            }
            6 => Op::Truncate { file, len: self.place(&ends) },
            7 => Op::Punch { file, at: self.place(&ends), len: self.length() },
            8 => Op::Allocate {
                file,
                at: self.place(&ends),
                len: self.length(),
                grow: self.one_in(2),
            },
            9 => Op::Sync { file },
            10 => Op::Remove { file },
            11..15 => Op::Whole { src, dst, mode, watched },
            15..24 => self.part(&ends, src, dst, mode, watched),
            24..29 => {
                let overwrite =
                    self.pick(&[Overwrite::Replace, Overwrite::Never, Overwrite::InPlace]);
                let watch = self.pick(&[Watch::No, Watch::No, Watch::Yes, Watch::Stopped]);
                Op::Copy { src, dst, mode, overwrite, watch }
            }
            _ => {
                let start = self.place(&ends);
                let len =
                    if self.one_in(2) { ends[src].saturating_sub(start) } else { self.length() };
                // Equal bytes are at equal places.
                let at = if self.one_in(4) { self.place(&ends) } else { start };
                Op::Dedupe { src, start, end: start + len.min(512 * KIB), dst, at }
            }
        }
    }

    fn part(&mut self, ends: &[u64], src: usize, dst: usize, mode: Mode, watched: bool) -> Op {
        let start =
            if self.one_in(8) { self.place(ends) } else { self.place(ends) % (ends[src] + 1) };
        let end = match self.below(8) {
            0..3 => None,
            3 => Some(self.place(ends)),
            4 => Some(start + self.length()),
            _ => Some((start + self.length()).min(ends[src])),
        };
        let at = match self.below(6) {
            0 => self.place(ends),
            1 => start,
            2 => ends[dst],
            // At the same distance from a block boundary as the source.
            _ => self.place(ends) / (4 * KIB) * (4 * KIB) + start % (4 * KIB),
        };
        Op::Part { src, start, end, dst, at, mode, watched }
    }
}
