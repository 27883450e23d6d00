//! What samples leave behind.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use super::settle::{Settler, Usage};

/// The files that samples make, kept until the series ends.
///
/// To remove one between two samples would disturb the second: xfs frees removed files in the
/// background, and takes the same locks as a clone. What takes much space is removed in between,
/// and waited for.
pub(super) struct Kept<'g> {
    settler: &'g Settler,
    dir: PathBuf,
    /// The number in the next name.
    next: u64,
    /// The bytes that are kept, and how many may be.
    bytes: u64,
    limit: u64,
    before: Usage,
}

impl<'g> Kept<'g> {
    /// Keeps files in the new directory `dir`, as long as they take no more than `limit` bytes.
    pub(super) fn new(dir: PathBuf, limit: u64, settler: &'g Settler) -> Result<Self> {
        create(&dir)?;
        let before = settler.settle(&dir)?;
        Ok(Self { settler, dir, next: 0, bytes: 0, limit, before })
    }

    /// The path of a file or directory that is not there yet and will take `bytes`.
    pub(super) fn next(&mut self, bytes: u64) -> Result<PathBuf> {
        if self.bytes > 0 && self.bytes.saturating_add(bytes) > self.limit {
            self.clear()?;
        }
        self.bytes = self.bytes.saturating_add(bytes);
        self.next += 1;
        Ok(self.dir.join(self.next.to_string()))
    }

    /// The same for a directory, which is made.
    pub(super) fn next_dir(&mut self, bytes: u64) -> Result<PathBuf> {
        let path = self.next(bytes)?;
        create(&path)?;
        Ok(path)
    }

    /// Removes everything, and waits until the filesystem has freed it.
    pub(super) fn clear(&mut self) -> Result<()> {
        std::fs::remove_dir_all(&self.dir)
            .with_context(|| format!("cannot remove {}", self.dir.display()))?;
        create(&self.dir)?;
        self.settler.settle_to(&self.dir, self.before.inodes)?;
        self.bytes = 0;
        Ok(())
    }

    /// Removes everything, the directory, too.
    pub(super) fn end(mut self) -> Result<()> {
        self.clear()?;
        Ok(std::fs::remove_dir(&self.dir)?)
    }
}

fn create(path: &Path) -> Result<()> {
    std::fs::create_dir(path).with_context(|| format!("cannot create {}", path.display()))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn files_stay_until_they_take_too_much() {
        let dir = tempfile::tempdir().unwrap();
        let settler = Settler::new(Duration::ZERO);
        let mut kept = Kept::new(dir.path().join("kept"), 10, &settler).unwrap();
        let mut next = |bytes| {
            let path = kept.next(bytes).unwrap();
            std::fs::write(&path, "").unwrap();
            path
        };
        let (first, second) = (next(4), next(6));
        assert!(first.exists() && second.exists());
        let third = next(1);
        assert!(!first.exists() && !second.exists() && third.exists());
        // One that is larger than all that may be kept has the place for itself.
        let large = next(100);
        assert!(!third.exists() && large.exists());
        kept.end().unwrap();
        assert!(dir.path().read_dir().unwrap().next().is_none());
    }
}
