//! The space that files take: what the filesystem has left, and what FIEMAP says.

use std::fs::File;
use std::path::Path;

use anyhow::Result;
use reflink::Sharing;

use super::ground::Ground;
use super::report::{Fiemap, Line, Space};

/// Notes what the files that are made from now on take.
pub(super) struct Watch<'w> {
    ground: &'w Ground<'w>,
    before: u64,
}

impl<'w> Watch<'w> {
    pub(super) fn start(ground: &'w Ground<'w>) -> Result<Self> {
        Ok(Self { ground, before: ground.settle()?.available })
    }

    /// What `files`, made since the start, take.
    pub(super) fn taken<P: AsRef<Path>>(
        &self,
        what: String,
        line: Option<Line>,
        files: &[P],
    ) -> Result<Space> {
        let after = self.ground.settle()?.available;
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
        Ok(Space { what, line, length, statfs, fiemap })
    }
}
