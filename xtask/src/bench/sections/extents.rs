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
use crate::bench::way::clone;

const CLONE: Quantity = Quantity {
    name: "clone",
    x: ("extents of the file", Unit::Count),
    y: ("time of a clone", Unit::Seconds),
};

pub(super) fn measure(ground: &Ground<'_>, section: &mut Section) -> Result<()> {
    let (path, copy) = (ground.path("source"), ground.path("copy"));
    for &wanted in ground.plan.extents {
        scatter(&path, wanted, ground.abilities.block)?;
        // What the filesystem made of it is what counts.
        let extents = Sharing::of(&File::open(&path)?).map_or(wanted, |sharing| sharing.extents);
        ground.rounds(|| {
            let took = time(|| clone(&path, &copy))?;
            remove(&copy)?;
            section.add(&CLONE, Line::Clone, extents as f64, took.as_secs_f64());
            Ok(())
        })?;
        if Some(&wanted) == ground.plan.extents.last() {
            let watch = Watch::start(ground)?;
            clone(&path, &copy)?;
            let what = format!("a clone of {} extents", count(extents as f64));
            watch.note(section, what, Some(Line::Clone), &[&copy])?;
            remove(&copy)?;
        }
        remove(&path)?;
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
