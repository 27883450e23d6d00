//! How much is measured.

use std::time::Duration;

use super::report::Effort;

const KIB: u64 = 1 << 10;
const MIB: u64 = 1 << 20;
const GIB: u64 = 1 << 30;

/// The sizes and counts of an evaluation.
pub(super) struct Plan {
    /// Sizes of single files.
    pub(super) sizes: &'static [u64],
    /// The largest file that every sample has to write to disk.
    pub(super) to_disk: u64,
    /// Samples of each figure, or more if they are far apart …
    pub(super) rounds: usize,
    /// … or fewer when this time is up …
    pub(super) patience: Duration,
    /// … but never less than this: fewer say nothing about noise.
    pub(super) least: usize,
    /// Bytes of what samples leave behind that are kept until the end of a series.
    pub(super) kept: u64,
    /// How long the filesystem may take to settle.
    pub(super) settling: Duration,
    /// Numbers of extents.
    pub(super) extents: &'static [u64],
    /// The size of files that are overwritten.
    pub(super) overwritten: u64,
    /// Numbers of overwrites of one block before the file is synced.
    pub(super) overwrites: &'static [u64],
    /// The size of files that are cut up, and after how many overwrites they are looked at.
    pub(super) fragmented: (u64, &'static [u64]),
    /// Which of the clones of clones are looked at.
    pub(super) generations: &'static [u64],
    /// Numbers of threads, and how many clones each of them makes.
    pub(super) threads: (&'static [u64], u64),
    /// Sizes of small files, and how many there are of each.
    pub(super) small: (&'static [u64], u64),
    /// A tree that is copied again and again: how many files, of what size, how many times.
    pub(super) snapshots: (u64, u64, u64),
    /// Numbers of small files in trees.
    pub(super) trees: &'static [u64],
    /// The space that must be free: about twice what is in use at any time.
    pub(super) space: u64,
}

impl Plan {
    /// Sizes of at least a block, for what works on whole blocks.
    pub(super) fn whole_sizes(&self, block: u64) -> impl Iterator<Item = u64> {
        self.sizes.iter().copied().filter(move |size| *size >= block)
    }

    pub(super) fn new(effort: Effort) -> Self {
        match effort {
            Effort::Smoke => Self {
                sizes: &[4 * KIB, 64 * KIB, MIB],
                to_disk: MIB,
                rounds: 5,
                patience: Duration::ZERO,
                least: 5,
                kept: 8 * MIB,
                settling: Duration::ZERO,
                extents: &[1, 10, 100],
                overwritten: MIB,
                overwrites: &[1, 10],
                fragmented: (MIB, &[1, 10]),
                generations: &[1, 10],
                threads: (&[1, 2], 5),
                small: (&[4 * KIB], 10),
                snapshots: (4, 256 * KIB, 2),
                trees: &[10],
                space: 64 * MIB,
            },
            Effort::Quick => Self {
                sizes: &[4 * KIB, 64 * KIB, MIB, 16 * MIB, GIB],
                to_disk: 16 * MIB,
                rounds: 31,
                patience: Duration::from_millis(800),
                least: 5,
                kept: 512 * MIB,
                settling: Duration::from_secs(10),
                extents: &[1, 10, 100, 1000, 10_000],
                overwritten: 32 * MIB,
                overwrites: &[1, 10, 100, 1000],
                fragmented: (64 * MIB, &[1, 10, 100, 1000]),
                generations: &[1, 3, 10, 30, 100, 300],
                threads: (&[1, 2, 4, 8], 50),
                small: (&[4 * KIB, 64 * KIB], 100),
                snapshots: (16, 256 * KIB, 8),
                trees: &[100, 500],
                space: 6 * GIB,
            },
            Effort::Full => Self {
                sizes: &[
                    4 * KIB,
                    16 * KIB,
                    64 * KIB,
                    256 * KIB,
                    MIB,
                    4 * MIB,
                    16 * MIB,
                    64 * MIB,
                    256 * MIB,
                    GIB,
                ],
                to_disk: 256 * MIB,
                rounds: 101,
                patience: Duration::from_secs(4),
                least: 5,
                kept: 2 * GIB,
                settling: Duration::from_secs(60),
                extents: &[1, 10, 100, 1000, 10_000, 100_000],
                overwritten: 128 * MIB,
                overwrites: &[1, 10, 100, 1000, 10_000],
                fragmented: (256 * MIB, &[1, 10, 100, 1000, 10_000, 50_000]),
                generations: &[1, 3, 10, 30, 100, 300, 1000],
                threads: (&[1, 2, 3, 4, 6, 8], 200),
                small: (&[KIB, 4 * KIB, 16 * KIB, 64 * KIB, 256 * KIB], 500),
                snapshots: (64, 4 * MIB, 16),
                trees: &[1000, 10_000],
                space: 8 * GIB,
            },
        }
    }
}
