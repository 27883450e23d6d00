//! The space that files take: what the filesystem has left, and what FIEMAP says.

use std::fs::File;
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use reflink::Sharing;

use super::ground::Ground;
use super::report::{Fiemap, Line, Section, Space};

/// How long free space must stay as it is to be believed, and how long that is waited for.
/// Filesystems free the blocks of removed files in the background.
const STILL: Duration = Duration::from_millis(60);
const PATIENCE: Duration = Duration::from_secs(3);

/// The bytes that are free on the filesystem of `dir`.
pub(super) fn available(dir: &Path) -> Result<u64> {
    let status = rustix::fs::statvfs(dir)
        .with_context(|| format!("cannot find out the free space of {}", dir.display()))?;
    Ok(status.f_bavail * status.f_frsize)
}

/// Notes what the files that are made from now on take.
pub(super) struct Watch<'w> {
    ground: &'w Ground<'w>,
    before: u64,
}

impl<'w> Watch<'w> {
    pub(super) fn start(ground: &'w Ground<'w>) -> Result<Self> {
        Ok(Self { ground, before: settled(ground.dir)? })
    }

    /// Adds what `files`, made since the start, take.
    pub(super) fn note<P: AsRef<Path>>(
        &self,
        section: &mut Section,
        what: String,
        line: Option<Line>,
        files: &[P],
    ) -> Result<()> {
        let after = settled(self.ground.dir)?;
        let statfs = i64::try_from(self.before)? - i64::try_from(after)?;
        let mut length = 0;
        let mut fiemap = Some(Fiemap::default());
        for file in files {
            let file = File::open(file)?;
            length += file.metadata()?.len();
            fiemap = fiemap.zip(Sharing::of(&file).ok()).map(|(sum, sharing)| Fiemap {
                shared: sum.shared + sharing.shared,
                exclusive: sum.exclusive + sharing.data() - sharing.shared,
                extents: sum.extents + sharing.extents,
            });
        }
        section.space.push(Space { what, line, length, statfs, fiemap });
        Ok(())
    }
}

/// The free bytes, once all is written and no more is being freed.
fn settled(dir: &Path) -> Result<u64> {
    rustix::fs::syncfs(File::open(dir)?).context("syncfs failed")?;
    let start = Instant::now();
    let mut free = available(dir)?;
    loop {
        sleep(STILL);
        let now = available(dir)?;
        if now == free || start.elapsed() > PATIENCE {
            return Ok(now);
        }
        free = now;
    }
}
