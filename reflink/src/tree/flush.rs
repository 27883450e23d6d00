//! Sources that were just written.
//!
//! A clone waits until its source is on disk, one source after the other. One flush of the
//! filesystem writes all of them in a tenth of the time.

use std::fs::File;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use crate::sys::{self, Status};

/// How many clones of just-written files lead to a flush.
const ENOUGH: usize = 16;
/// By default the kernel writes bytes to disk after 30 seconds.
const RECENT: Duration = Duration::from_secs(30);

/// How many just-written files have been cloned.
#[derive(Debug, Default)]
pub(super) struct Flush(AtomicUsize);

impl Flush {
    /// Records a clone, and flushes the filesystem once there have been enough.
    pub(super) fn note_clone(&self, file: &File, source: &Status) {
        let is_enough = self.0.load(Ordering::Relaxed) > ENOUGH;
        if !sys::FLUSHES_FILESYSTEMS || is_enough || source.len() == 0 {
            return;
        }
        let age = SystemTime::now().duration_since(source.modified);
        if age.is_ok_and(|age| age < RECENT) && self.0.fetch_add(1, Ordering::Relaxed) == ENOUGH {
            // On btrfs the flush commits a transaction, which takes longer than the waiting clones.
            if !is_on_btrfs(file) {
                // A failed write shows when the file is read; the clone flushes anyway.
                let _ = sys::sync_filesystem(file);
            }
        }
    }
}

/// Whether the file is on btrfs.
pub(super) fn is_on_btrfs(file: &File) -> bool {
    sys::fs_type(file).is_some_and(|found| found.name() == Some("btrfs"))
}
