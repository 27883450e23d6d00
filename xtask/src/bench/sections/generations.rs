//! Clones of clones, and many clones of one file.

use std::path::PathBuf;

use anyhow::Result;

use crate::bench::ground::{Ground, time};
use crate::bench::page::units::count;
use crate::bench::report::{Line, Quantity, Section, Unit};
use crate::bench::space::Watch;
use crate::bench::way::clone;

const CLONE: Quantity = Quantity {
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
    for line in [Line::Depth, Line::Width] {
        let mut noted = false;
        ground.rounds(|| {
            let watch = Watch::start(ground)?;
            let dir = ground.subdir("clones")?;
            let mut made: Vec<PathBuf> = Vec::new();
            for number in 1..=last {
                ground.interrupt.check()?;
                let from = made.last().filter(|_| line == Line::Depth).unwrap_or(&base);
                let to = dir.join(number.to_string());
                let took = time(|| clone(from, &to))?;
                made.push(to);
                if steps.contains(&number) {
                    section.add(&CLONE, line, number as f64, took.as_secs_f64());
                }
            }
            if !noted {
                let what = format!("{} clones", count(last as f64));
                watch.note(section, what, Some(line), &made)?;
                noted = true;
            }
            Ok(std::fs::remove_dir_all(dir)?)
        })?;
    }
    Ok(())
}
