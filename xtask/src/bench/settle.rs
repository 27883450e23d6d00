//! Waiting until a filesystem has nothing left to do.

use std::cell::Cell;
use std::fs::File;
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};

/// How often the filesystem is asked, and how many equal answers in a row are believed.
const TICK: Duration = Duration::from_millis(20);
const STILL: u32 = 3;

/// What a filesystem holds.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Usage {
    /// Bytes that are free for everyone.
    pub(super) available: u64,
    /// Inodes in use; always 0 if the filesystem does not count them (btrfs).
    pub(super) inodes: u64,
}

impl Usage {
    pub(super) fn of(dir: &Path) -> Result<Self> {
        // On xfs this call also starts the worker that frees removed files, which otherwise waits.
        let status = rustix::fs::statvfs(dir)
            .with_context(|| format!("cannot find out the free space of {}", dir.display()))?;
        Ok(Self {
            available: status.f_bavail * status.f_frsize,
            inodes: status.f_files.saturating_sub(status.f_ffree),
        })
    }
}

/// Waits until a filesystem rests, again and again.
pub(super) struct Settler {
    /// How long the filesystem may take. Every time it takes longer this is halved: if others use
    /// it all the time, it never rests.
    patience: Cell<Duration>,
    /// How many times it has come to rest, and how many times it has not.
    rests: Cell<(u32, u32)>,
}

impl Settler {
    /// With a patience of 0 nothing is waited for.
    pub(super) fn new(patience: Duration) -> Self {
        Self { patience: Cell::new(patience), rests: Cell::default() }
    }

    /// How many times the filesystem has come to rest, and how many times it has not.
    pub(super) fn rests(&self) -> (u32, u32) {
        self.rests.get()
    }

    /// Waits until everything is written and nothing more is being freed.
    pub(super) fn settle(&self, dir: &Path) -> Result<Usage> {
        self.settle_to(dir, u64::MAX)
    }

    /// Waits, after files were removed, until no more than `inodes` are in use and nothing changes.
    ///
    /// xfs frees removed files in a background worker (inodegc). The free space cannot tell when it
    /// is done: a clone has no blocks to give back, but each of its extents has a reference to drop.
    /// Its inode is freed last. btrfs drops references when it commits, which syncfs waits for.
    pub(super) fn settle_to(&self, dir: &Path, inodes: u64) -> Result<Usage> {
        let mut last = Usage::of(dir)?;
        let patience = self.patience.get();
        if patience.is_zero() {
            return Ok(last);
        }
        rustix::fs::syncfs(File::open(dir)?).context("syncfs failed")?;
        let start = Instant::now();
        let mut equal = 0;
        while equal < STILL && start.elapsed() < patience {
            sleep(TICK);
            let now = Usage::of(dir)?;
            equal = if now == last && now.inodes <= inodes { equal + 1 } else { 0 };
            last = now;
        }
        let (rested, not) = self.rests.get();
        if equal == STILL {
            self.rests.set((rested + 1, not));
        } else {
            self.rests.set((rested, not + 1));
            self.patience.set(patience / 2);
        }
        Ok(last)
    }
}
