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
    /// So many samples are taken …
    pub(super) rounds: usize,
    /// … or fewer, but never less than [`Plan::MIN_ROUNDS`], when this time is up.
    pub(super) patience: Duration,
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
    /// The space that must be free: about twice what is in use at any time.
    pub(super) space: u64,
}

impl Plan {
    /// Fewer samples say nothing about noise.
    pub(super) const MIN_ROUNDS: usize = 5;

    pub(super) fn new(effort: Effort) -> Self {
        match effort {
            Effort::Smoke => Self {
                sizes: &[4 * KIB, 64 * KIB, MIB],
                rounds: Self::MIN_ROUNDS,
                patience: Duration::ZERO,
                extents: &[1, 10, 100],
                overwritten: MIB,
                overwrites: &[1, 10],
                fragmented: (MIB, &[1, 10]),
                generations: &[1, 10],
                threads: (&[1, 2], 5),
                small: (&[4 * KIB], 10),
                space: 64 * MIB,
            },
            Effort::Quick => Self {
                sizes: &[4 * KIB, 64 * KIB, MIB, 16 * MIB, 128 * MIB],
                rounds: 11,
                patience: Duration::from_millis(700),
                extents: &[1, 10, 100, 1000, 10_000],
                overwritten: 32 * MIB,
                overwrites: &[1, 10, 100, 1000],
                fragmented: (64 * MIB, &[1, 10, 100, 1000]),
                generations: &[1, 3, 10, 30, 100, 300],
                threads: (&[1, 2, 4, 8], 50),
                small: (&[4 * KIB, 64 * KIB], 100),
                space: GIB,
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
                rounds: 25,
                patience: Duration::from_secs(10),
                extents: &[1, 10, 100, 1000, 10_000, 50_000, 200_000],
                overwritten: 128 * MIB,
                overwrites: &[1, 10, 100, 1000, 10_000],
                fragmented: (256 * MIB, &[1, 10, 100, 1000, 10_000, 50_000]),
                generations: &[1, 3, 10, 30, 100, 300, 1000],
                threads: (&[1, 2, 3, 4, 6, 8], 200),
                small: (&[KIB, 4 * KIB, 16 * KIB, 64 * KIB, 256 * KIB], 1000),
                space: 5 * GIB,
            },
        }
    }
}
