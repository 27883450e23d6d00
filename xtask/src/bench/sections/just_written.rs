//! From which size on a clone of a source that is not on disk yet is worth waiting for.

use std::fs::File;

use anyhow::Result;

use super::methods::SHORT;
use crate::bench::ground::{Ground, remove, time, write_new};
use crate::bench::page::units::bytes;
use crate::bench::report::{Quantity, Section, Unit};
use crate::bench::space::Watch;
use crate::bench::turns::{Pace, Sample, burst};

static CALL: Quantity = Quantity {
    name: "call",
    x: ("size of the file", Unit::Bytes),
    y: ("time of the call", Unit::Seconds),
};

pub(super) fn measure(ground: &Ground<'_>, section: &mut Section) -> Result<()> {
    let ways = &ground.abilities.ways;
    let sizes = || ground.plan.sizes.iter().copied().filter(|size| *size <= ground.plan.to_disk);
    for size in sizes() {
        let mut kept = ground.kept("files")?;
        ground.turns(section, Pace::Short, ways, |way| {
            let mut once = || {
                let path = kept.next(ground.room(size))?;
                let dst = File::create_new(kept.next(ground.room(size))?)?;
                let src = write_new(&path, size)?;
                let took = time(|| way.copy(&src, &dst, size))?;
                if size > SHORT {
                    // Not timed: what is still to be written would hold up later copies.
                    src.sync_all()?;
                    dst.sync_all()?;
                }
                let (line, x) = (way.line(), size as f64);
                Ok(Sample { of: &CALL, line, x, value: took.as_secs_f64() })
            };
            if size <= SHORT { burst(once) } else { Ok(vec![once()?]) }
        })?;
        kept.end()?;
    }
    let (path, copy) = (ground.path("source"), ground.path("copy"));
    let size = sizes().max().unwrap_or(0);
    for way in ways {
        let watch = Watch::start(ground)?;
        write_new(&path, size)?;
        way.copy_to_new(&path, &copy, size)?;
        let what = format!("a file of {} and its copy", bytes(size as f64));
        section.space.push(watch.taken(what, Some(way.line()), &[&path, &copy])?);
        remove(&path)?;
        remove(&copy)?;
    }
    Ok(())
}
