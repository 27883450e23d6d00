//! What an extent costs.

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use anyhow::{Context as _, Result};
use reflink::Sharing;

use crate::bench::ground::{Ground, remove, time};
use crate::bench::page::units::count;
use crate::bench::report::{Line, Quantity, Section, Unit};
use crate::bench::space::Watch;
use crate::bench::turns::{Pace, Sample};
use crate::bench::way::{Way, clone};

static CLONE: Quantity = Quantity {
    name: "clone",
    x: ("extents of the file", Unit::Count),
    y: ("time of a clone", Unit::Seconds),
};

pub(super) fn measure(ground: &Ground<'_>, section: &mut Section) -> Result<()> {
    let (path, copy) = (ground.path("source"), ground.path("copy"));
    let block = ground.abilities.block;
    let room = ground.plan.kept / block;
    let numbers: Vec<_> = ground.plan.extents.iter().filter(|number| **number <= room).collect();
    for &&wanted in &numbers {
        scatter(&path, wanted, block)?;
        let src = File::open(&path)?;
        // What the filesystem made of it is what counts.
        let extents = Sharing::of(&src).map_or(wanted, |sharing| sharing.extents);
        let mut kept = ground.kept("copies")?;
        ground.turns(section, Pace::Short, &[()], |()| {
            let dst = File::create_new(kept.next(0)?)?;
            let took = time(|| Way::Clone.copy(&src, &dst, 0))?;
            let (line, x) = (Line::Clone, extents as f64);
            Ok(vec![Sample { of: &CLONE, line, x, value: took.as_secs_f64() }])
        })?;
        kept.end()?;
        if Some(&&wanted) == numbers.last() {
            let watch = Watch::start(ground)?;
            clone(&path, &copy)?;
            let what = format!("a clone of {} extents", count(extents as f64));
            section.space.push(watch.taken(what, Some(Line::Clone), &[&copy])?);
            remove(&copy)?;
        }
        remove(&path)?;
        ground.settle()?;
    }
    Ok(())
}

/// Makes a file of `extents` blocks with a hole behind each.
fn scatter(path: &Path, extents: u64, block: u64) -> Result<()> {
    let data = vec![0x5a; usize::try_from(block)?];
    let write = || {
        let file = File::create_new(path)?;
        // Otherwise xfs allocates ahead of a file's growing end, and fills the holes.
        file.set_len(extents * 2 * block)?;
        for extent in 0..extents {
            file.write_all_at(&data, extent * 2 * block)?;
        }
        file.sync_all()
    };
    write().with_context(|| format!("cannot write {}", path.display()))
}
