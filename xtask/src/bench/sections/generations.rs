//! Clones of clones, and many clones of one file.

use std::fs::File;
use std::path::PathBuf;

use anyhow::Result;

use crate::bench::ground::{Ground, time};
use crate::bench::page::units::count;
use crate::bench::report::{Line, Quantity, Section, Space, Unit};
use crate::bench::space::Watch;
use crate::bench::turns::{Pace, Sample};
use crate::bench::way::Way;

static CLONE: Quantity = Quantity {
    name: "clone",
    x: ("clones made so far", Unit::Count),
    y: ("time of the next", Unit::Seconds),
};

/// The size of the file that is cloned.
const SIZE: u64 = 1 << 20;

pub(super) fn measure(ground: &Ground<'_>, section: &mut Section) -> Result<()> {
    let base = ground.source("base", SIZE)?;
    let steps = ground.plan.generations;
    let last = steps.iter().copied().max().unwrap_or(0);
    let mut space: Vec<Space> = Vec::new();
    let mut kept = ground.kept("clones")?;
    ground.turns(section, Pace::Long, &[Line::Depth, Line::Width], |line| {
        // Each for itself: the number of clones is what is looked at.
        kept.clear()?;
        let note = space.iter().all(|space| space.line != Some(line));
        let watch = note.then(|| Watch::start(ground)).transpose()?;
        let mut made: Vec<PathBuf> = Vec::new();
        let mut samples = Vec::new();
        for number in 1..=last {
            ground.interrupt.check()?;
            let from = made.last().filter(|_| line == Line::Depth).unwrap_or(&base);
            let (src, to) = (File::open(from)?, kept.next(0)?);
            let dst = File::create_new(&to)?;
            let took = time(|| Way::Clone.copy(&src, &dst, SIZE))?;
            made.push(to);
            if steps.contains(&number) {
                let (x, value) = (number as f64, took.as_secs_f64());
                samples.push(Sample { of: &CLONE, line, x, value });
            }
        }
        if let Some(watch) = watch {
            space.push(watch.taken(format!("{} clones", count(last as f64)), Some(line), &made)?);
        }
        Ok(samples)
    })?;
    section.space.extend(space);
    kept.end()
}
