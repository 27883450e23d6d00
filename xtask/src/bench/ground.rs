//! Where a section measures, with what, and for how long.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use reflink::{Sharing, Support};

use super::kept::Kept;
use super::plan::Plan;
use super::settle::{Settler, Usage};
use super::way::Way;
use crate::test::process::Interrupt;

/// What filesystems without another block size have.
const USUAL_BLOCK: u64 = 4096;

/// More than an inode and its name take.
const INODE: u64 = 8 << 10;

/// What a filesystem can do, found out by trying.
pub(super) struct Abilities {
    /// Why there are no clones here, if there are none.
    pub(super) no_clones: Option<String>,
    /// The methods that work.
    pub(super) ways: Vec<Way>,
    /// Whether copy_file_range shares blocks.
    pub(super) offload_shares: bool,
    /// The block size in bytes.
    pub(super) block: u64,
}

impl Abilities {
    pub(super) fn of(dir: &Path) -> Result<Self> {
        let probe = reflink::probe(dir)?;
        let no_clones = match probe.support {
            Support::No(reason) => Some(reason.to_string()),
            _ => None,
        };
        let block = probe.block_size.unwrap_or(USUAL_BLOCK);
        let trial = |way| Trial::of(way, dir, block);
        let mut ways = Vec::new();
        let mut offload_shares = false;
        for way in Way::BARE {
            let trial = trial(way)?;
            if trial != Trial::Failed && (way != Way::Clone || no_clones.is_none()) {
                ways.push(way);
            }
            offload_shares |= way == Way::CopyFileRange && trial == Trial::Shared;
        }
        Ok(Self { no_clones, ways, offload_shares, block })
    }

    /// Whether a copy made in this way takes no space.
    pub(super) fn shares(&self, way: Way) -> bool {
        match way {
            Way::Clone => true,
            Way::CopyFileRange => self.offload_shares,
            Way::ReadWrite => false,
            Way::Library => self.no_clones.is_none() || self.offload_shares,
        }
    }
}

/// What became of a block that was copied.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Trial {
    Failed,
    Copied,
    Shared,
}

impl Trial {
    /// Copies one block in `dir` in this way.
    fn of(way: Way, dir: &Path, block: u64) -> Result<Self> {
        let (src, dst) = (dir.join("trial"), dir.join("trial-copy"));
        write_new(&src, block)?.sync_all()?;
        let trial = match way.copy_to_new(&src, &dst, block) {
            Err(_) => Self::Failed,
            Ok(()) => match Sharing::of(&File::open(&dst)?) {
                Ok(sharing) if sharing.shared > 0 => Self::Shared,
                _ => Self::Copied,
            },
        };
        remove(&src)?;
        remove(&dst)?;
        Ok(trial)
    }
}

/// A directory to measure in, and what to measure there.
pub(super) struct Ground<'g> {
    pub(super) dir: &'g Path,
    pub(super) plan: &'g Plan,
    pub(super) abilities: &'g Abilities,
    pub(super) settler: &'g Settler,
    pub(super) interrupt: &'g Interrupt,
}

impl Ground<'_> {
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    /// A new directory.
    pub(super) fn subdir(&self, name: &str) -> Result<PathBuf> {
        let path = self.path(name);
        std::fs::create_dir(&path).with_context(|| format!("cannot create {}", path.display()))?;
        Ok(path)
    }

    /// Makes the file `name` of `len` bytes, all of it on disk, if there is none.
    pub(super) fn source(&self, name: &str, len: u64) -> Result<PathBuf> {
        let path = self.path(name);
        if !path.exists() {
            write_new(&path, len)?.sync_all()?;
        }
        Ok(path)
    }

    /// The space that a file of `len` bytes takes: whole blocks, and something for its inode.
    pub(super) fn room(&self, len: u64) -> u64 {
        len.next_multiple_of(self.abilities.block) + INODE
    }

    /// Waits until the filesystem has nothing left to do.
    pub(super) fn settle(&self) -> Result<Usage> {
        self.settler.settle(self.dir)
    }

    /// Writes everything to disk, so that the kernel does not hold up the next writes for it.
    pub(super) fn sync(&self) -> Result<()> {
        rustix::fs::syncfs(File::open(self.dir)?).context("syncfs failed")
    }

    /// Where samples leave what they make.
    pub(super) fn kept(&self, name: &str) -> Result<Kept<'_>> {
        Kept::new(self.path(name), self.plan.kept, self.settler)
    }
}

/// Makes a file of `len` bytes that no compression shortens; it is not synced.
pub(super) fn write_new(path: &Path, len: u64) -> Result<File> {
    const PIECE: usize = 1 << 20;
    let mut piece = vec![0; usize::try_from(len).unwrap_or(PIECE).min(PIECE)];
    fastrand::fill(&mut piece);
    let write = || {
        let mut file = File::options().read(true).write(true).create_new(true).open(path)?;
        let mut rest = len;
        while rest > 0 {
            let part = usize::try_from(rest).unwrap_or(PIECE).min(PIECE);
            file.write_all(&piece[..part])?;
            rest -= part as u64;
        }
        Ok(file)
    };
    let written: std::io::Result<File> = write();
    written.with_context(|| format!("cannot write {}", path.display()))
}

/// Removes a file that is there.
pub(super) fn remove(path: &Path) -> Result<()> {
    std::fs::remove_file(path).with_context(|| format!("cannot remove {}", path.display()))
}

/// The time that `work` takes.
pub(super) fn time(work: impl FnOnce() -> Result<()>) -> Result<Duration> {
    let start = Instant::now();
    work()?;
    Ok(start.elapsed())
}
