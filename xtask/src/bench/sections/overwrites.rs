//! What the first write to a clone costs.

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::time::Duration;

use anyhow::Result;
use fastrand::Rng;

use crate::bench::ground::{Ground, remove, time};
use crate::bench::page::units::count;
use crate::bench::report::{Line, Quantity, Section, Unit};
use crate::bench::space::Watch;
use crate::bench::way::clone;

const RANDOM: Quantity = Quantity {
    name: "random",
    x: ("blocks overwritten before a sync, at random places", Unit::Count),
    y: ("time a block", Unit::Seconds),
};
const SEQUENTIAL: Quantity = Quantity {
    name: "sequential",
    x: ("bytes overwritten before a sync, in order", Unit::Bytes),
    y: ("time", Unit::Seconds),
};

/// Sequential overwrites are done in pieces of this size.
const PIECE: u64 = 1 << 20;

pub(super) fn measure(ground: &Ground<'_>, section: &mut Section) -> Result<()> {
    let len = ground.plan.overwritten;
    let files = Files {
        base: &ground.source("base", len)?,
        unshared: &ground.source("unshared", len)?,
        copy: &ground.path("copy"),
    };
    let block = ground.abilities.block;
    let blocks = len / block;
    let mut random = Rng::with_seed(0);
    for &wanted in ground.plan.overwrites {
        let writes = wanted.min(blocks);
        ground.rounds(|| {
            let offsets = distinct(&mut random, blocks, writes).map(|index| index * block);
            let took = files.overwrite(&offsets.collect::<Vec<_>>(), block)?;
            for (line, took) in took {
                let each = took.as_secs_f64() / writes as f64;
                section.add(&RANDOM, line, writes as f64, each);
            }
            Ok(())
        })?;
    }
    for &size in ground.plan.sizes.iter().filter(|size| **size <= len) {
        ground.rounds(|| {
            let piece = size.min(PIECE);
            let offsets = (0..size / piece).map(|index| index * piece);
            let took = files.overwrite(&offsets.collect::<Vec<_>>(), piece)?;
            for (line, took) in took {
                section.add(&SEQUENTIAL, line, size as f64, took.as_secs_f64());
            }
            Ok(())
        })?;
    }
    space(ground, section, &files, &mut random)
}

/// The space that a clone takes after the most random overwrites.
fn space(
    ground: &Ground<'_>,
    section: &mut Section,
    files: &Files<'_>,
    random: &mut Rng,
) -> Result<()> {
    let block = ground.abilities.block;
    let blocks = ground.plan.overwritten / block;
    let writes = ground.plan.overwrites.iter().max().map_or(0, |most| blocks.min(*most));
    let watch = Watch::start(ground)?;
    clone(files.base, files.copy)?;
    let file = File::options().write(true).open(files.copy)?;
    let offsets: Vec<_> = distinct(random, blocks, writes).map(|index| index * block).collect();
    overwrite(&file, &offsets, block)?;
    let what = format!("a clone with {} blocks overwritten", count(writes as f64));
    watch.note(section, what, Some(Line::FirstWrite), &[files.copy])
}

struct Files<'f> {
    /// Is cloned.
    base: &'f Path,
    /// Shares nothing, and is written to all the time.
    unshared: &'f Path,
    /// Becomes the clone.
    copy: &'f Path,
}

impl Files<'_> {
    /// Overwrites the same places of a fresh clone twice, and of the unshared file.
    fn overwrite(&self, offsets: &[u64], piece: u64) -> Result<[(Line, Duration); 3]> {
        clone(self.base, self.copy)?;
        let file = File::options().write(true).open(self.copy)?;
        file.sync_all()?;
        let first = overwrite(&file, offsets, piece)?;
        let second = overwrite(&file, offsets, piece)?;
        remove(self.copy)?;
        let file = File::options().write(true).open(self.unshared)?;
        let unshared = overwrite(&file, offsets, piece)?;
        Ok([(Line::Unshared, unshared), (Line::FirstWrite, first), (Line::SecondWrite, second)])
    }
}

/// Overwrites pieces of a file, and waits until they are on disk.
pub(super) fn overwrite(file: &File, offsets: &[u64], piece: u64) -> Result<Duration> {
    let mut data = vec![0; usize::try_from(piece)?];
    fastrand::fill(&mut data);
    time(|| {
        for &offset in offsets {
            file.write_all_at(&data, offset)?;
        }
        Ok(file.sync_data()?)
    })
}

/// So many different numbers below `below`.
pub(super) fn distinct(random: &mut Rng, below: u64, many: u64) -> impl Iterator<Item = u64> {
    let mut all: Vec<u64> = (0..below).collect();
    random.shuffle(&mut all);
    all.into_iter().take(usize::try_from(many).unwrap_or(usize::MAX))
}
