//! A tree that is written to, and cloned again and again: snapshots, as a backup or a build takes
//! them.

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;
use fastrand::Rng;

use super::fragmentation::cold_read;
use crate::bench::ground::{Ground, time, write_new};
use crate::bench::page::units::{bytes, count};
use crate::bench::report::{Line, Quantity, Section, Space, Unit};
use crate::bench::settle::Usage;
use crate::bench::space::Watch;
use crate::bench::turns::{Pace, Sample};
use crate::bench::way::Way;
use crate::test::process::printed;

const ROUND: (&str, Unit) = ("rounds", Unit::Count);
static COPY: Quantity =
    Quantity { name: "copy", x: ROUND, y: ("time of copying the tree", Unit::Seconds) };
static WRITE: Quantity =
    Quantity { name: "write", x: ROUND, y: ("time of the writes and a sync", Unit::Seconds) };
static READ: Quantity =
    Quantity { name: "read", x: ROUND, y: ("speed of reading the tree", Unit::BytesPerSecond) };
static SPACE: Quantity =
    Quantity { name: "space", x: ROUND, y: ("free space used so far", Unit::Bytes) };

/// What is written to each file in each round.
const CHANGE: [u8; 16] = *b"sixteen bytes!!\n";

/// How the tree is copied.
#[derive(Clone, Copy, PartialEq, Eq)]
enum How {
    /// File by file.
    Files(Way),
    /// As a btrfs subvolume.
    Snapshot,
}

impl How {
    fn line(self) -> Line {
        match self {
            Self::Files(way) => way.line(),
            Self::Snapshot => Line::Snapshot,
        }
    }

    /// Makes the directory of the first tree.
    fn make(self, dir: &Path) -> Result<()> {
        match self {
            Self::Files(_) => Ok(std::fs::create_dir(dir)?),
            Self::Snapshot => make_subvolume(dir),
        }
    }

    /// Copies a tree to a new place.
    fn copy(self, from: &Tree, to: &Tree, size: u64) -> Result<()> {
        match self {
            Self::Files(way) => {
                std::fs::create_dir(&to.dir)?;
                let mut pairs = from.files.iter().zip(&to.files);
                pairs.try_for_each(|(from, to)| way.copy_to_new(from, to, size))
            }
            Self::Snapshot => Ok(reflink::tree::snapshot(&from.dir, &to.dir)?),
        }
    }
}

pub(super) fn measure(ground: &Ground<'_>, section: &mut Section) -> Result<()> {
    let (files, size, _) = ground.plan.snapshots;
    let mut random = Rng::with_seed(0);
    let mut space: Vec<Space> = Vec::new();
    let mut kept = ground.kept("trees")?;
    let mut all = vec![How::Files(Way::Clone), How::Files(Way::ReadWrite)];
    if makes_snapshots(ground) {
        all.push(How::Snapshot);
    }
    ground.turns(section, Pace::Long, &all, |how| {
        // Each for itself: the copies of one way fill the disk.
        kept.clear()?;
        let live = Tree::new(kept.next(0)?, files);
        how.make(&live.dir)?;
        for file in &live.files {
            write_new(file, size)?;
        }
        let watch = Watch::start(ground)?;
        let (samples, last) = rounds(ground, how, &live, &mut random, || kept.next(0))?;
        if space.iter().all(|space| space.line != Some(how.line())) {
            let what =
                format!("the last copy of {} files of {}", count(files as f64), bytes(size as f64));
            space.push(watch.taken(what, Some(how.line()), &last.files)?);
        }
        Ok(samples)
    })?;
    section.space.extend(space);
    kept.end()
}

/// Whether there are snapshots here, and they can be removed like directories: as root on btrfs.
fn makes_snapshots(ground: &Ground<'_>) -> bool {
    let path = ground.path("subvolume");
    rustix::process::geteuid().is_root()
        && make_subvolume(&path).is_ok()
        && std::fs::remove_dir(&path).is_ok()
}

fn make_subvolume(dir: &Path) -> Result<()> {
    printed(Command::new("btrfs").args(["subvolume", "create"]).arg(dir)).map(drop)
}

/// Copies `live` in this way, changes it, and reads it, again and again. Also the last copy.
fn rounds(
    ground: &Ground<'_>,
    how: How,
    live: &Tree,
    random: &mut Rng,
    mut path: impl FnMut() -> Result<PathBuf>,
) -> Result<(Vec<Sample>, Tree)> {
    let (files, size, rounds) = ground.plan.snapshots;
    let before = Usage::of(ground.dir)?.available as f64;
    let mut samples = Vec::new();
    let mut copy = Tree::new(PathBuf::new(), 0);
    for round in 1..=rounds {
        ground.interrupt.check()?;
        let mut add =
            |of, value| samples.push(Sample { of, line: how.line(), x: round as f64, value });
        copy = Tree::new(path()?, files);
        let took = time(|| how.copy(live, &copy, size))?;
        add(&COPY, took.as_secs_f64());
        // Outside of what is timed: a copy by reads and writes is not on disk yet.
        ground.sync()?;
        let took = time(|| {
            for file in &live.files {
                let file = File::options().write(true).open(file)?;
                file.write_all_at(&CHANGE, random.u64(0..=size - CHANGE.len() as u64))?;
            }
            ground.sync()
        })?;
        add(&WRITE, took.as_secs_f64());
        let mut seconds = 0.0;
        for file in &live.files {
            let mut file = File::open(file)?;
            seconds += size as f64 / cold_read(&mut file, size)?;
        }
        add(&READ, (files * size) as f64 / seconds);
        // Metadata may shrink; a plot has no place for less than nothing.
        let used = (before - Usage::of(ground.dir)?.available as f64).max(1.0);
        add(&SPACE, used);
    }
    Ok((samples, copy))
}

/// A directory and its files.
struct Tree {
    dir: PathBuf,
    files: Vec<PathBuf>,
}

impl Tree {
    fn new(dir: PathBuf, files: u64) -> Self {
        let files = (0..files).map(|number| dir.join(number.to_string())).collect();
        Self { dir, files }
    }
}
