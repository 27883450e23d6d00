//! What the first write to a clone costs.

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::time::Duration;

use anyhow::Result;
use fastrand::Rng;

use crate::bench::ground::{Ground, time};
use crate::bench::page::units::count;
use crate::bench::report::{Line, Quantity, Section, Unit};
use crate::bench::space::Watch;
use crate::bench::turns::{Pace, Sample};
use crate::bench::way::clone;

static RANDOM: Quantity = Quantity {
    name: "random",
    x: ("blocks overwritten before a sync, at random places", Unit::Count),
    y: ("time a block", Unit::Seconds),
};
static SEQUENTIAL: Quantity = Quantity {
    name: "sequential",
    x: ("bytes overwritten before a sync, in order", Unit::Bytes),
    y: ("time", Unit::Seconds),
};

/// Sequential overwrites are done in pieces of this size.
const PIECE: u64 = 1 << 20;

/// How many blocks of the free space a first write to one block may take: xfs reserves so many
/// around each block that it copies.
const RESERVED: u64 = 32;

/// What is written to, and how: the offsets are drawn anew for each turn.
#[derive(Clone, Copy)]
struct Write {
    /// In a fresh clone, twice, or in the file that shares nothing.
    clone: bool,
    /// How many pieces, of what size.
    pieces: u64,
    piece: u64,
    random: bool,
}

pub(super) fn measure(ground: &Ground<'_>, section: &mut Section) -> Result<()> {
    let len = ground.plan.overwritten;
    let block = ground.abilities.block;
    let base = ground.source("base", len)?;
    let unshared = ground.source("unshared", len)?;
    let mut random = Rng::with_seed(0);
    let at_random = ground.plan.overwrites.iter().filter(|wanted| **wanted <= len / block);
    let at_random = at_random.map(|&wanted| (true, wanted, block));
    let in_order = ground.plan.whole_sizes(block).filter(|size| *size <= len).map(|size| {
        let piece = size.min(PIECE);
        (false, size / piece, piece)
    });
    for (is_random, pieces, piece) in at_random.chain(in_order) {
        let write = |clone| Write { clone, pieces, piece, random: is_random };
        let mut kept = ground.kept("copies")?;
        ground.turns(section, Pace::Short, &[write(true), write(false)], |write| {
            let offsets = write.offsets(&mut random, len);
            if !write.clone {
                let file = File::options().write(true).open(&unshared)?;
                return Ok(vec![write.sample(Line::Unshared, overwrite(&file, &offsets, piece)?)]);
            }
            let copy = kept.next(len.min(pieces * piece.max(RESERVED * block)))?;
            clone(&base, &copy)?;
            let file = File::options().write(true).open(copy)?;
            file.sync_all()?;
            let first = overwrite(&file, &offsets, piece)?;
            let second = overwrite(&file, &offsets, piece)?;
            Ok(vec![write.sample(Line::FirstWrite, first), write.sample(Line::SecondWrite, second)])
        })?;
        kept.end()?;
    }
    space(ground, section, &base, &mut random)
}

impl Write {
    fn offsets(&self, random: &mut Rng, len: u64) -> Vec<u64> {
        if self.random {
            distinct(random, len / self.piece, self.pieces).map(|at| at * self.piece).collect()
        } else {
            (0..self.pieces).map(|at| at * self.piece).collect()
        }
    }

    fn sample(&self, line: Line, took: Duration) -> Sample {
        let took = took.as_secs_f64();
        if self.random {
            let pieces = self.pieces as f64;
            Sample { of: &RANDOM, line, x: pieces, value: took / pieces }
        } else {
            Sample { of: &SEQUENTIAL, line, x: (self.pieces * self.piece) as f64, value: took }
        }
    }
}

/// The space that a clone takes after the most random overwrites.
fn space(ground: &Ground<'_>, section: &mut Section, base: &Path, random: &mut Rng) -> Result<()> {
    let block = ground.abilities.block;
    let blocks = ground.plan.overwritten / block;
    let writes = ground.plan.overwrites.iter().copied().filter(|number| *number <= blocks);
    let writes = writes.max().unwrap_or(0);
    let copy = ground.path("copy");
    let watch = Watch::start(ground)?;
    clone(base, &copy)?;
    let file = File::options().write(true).open(&copy)?;
    let offsets: Vec<_> = distinct(random, blocks, writes).map(|index| index * block).collect();
    overwrite(&file, &offsets, block)?;
    let what = format!("a clone with {} blocks overwritten", count(writes as f64));
    section.space.push(watch.taken(what, Some(Line::FirstWrite), &[&copy])?);
    Ok(())
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
