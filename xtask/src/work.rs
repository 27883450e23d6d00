//! A directory below the target directory, for one run at a time and with enough room.

use std::fs::File;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use rustix::fs::{FlockOperation, flock};

/// Takes `work` for this run. The kernel drops the lock when this process ends.
pub(crate) fn lock(work: &Path) -> Result<File> {
    let lock = File::create(work.join("lock"))?;
    flock(&lock, FlockOperation::NonBlockingLockExclusive)
        .with_context(|| format!("another run uses {}", work.display()))?;
    Ok(lock)
}

/// Returns an error unless `bytes` are free in `work`.
pub(crate) fn check_room(work: &Path, bytes: u64) -> Result<()> {
    let disk = rustix::fs::statvfs(work).context("cannot ask for free space")?;
    let free = disk.f_bavail * disk.f_frsize;
    ensure!(
        free >= bytes,
        "{} has {} MiB free, and {} are needed",
        work.display(),
        free >> 20,
        bytes >> 20
    );
    Ok(())
}
