//! Which method is the fastest at which size.

use std::fs::File;

use anyhow::Result;

use crate::bench::ground::{Ground, remove, time};
use crate::bench::page::units::bytes;
use crate::bench::report::{Quantity, Section, Unit};
use crate::bench::space::Watch;
use crate::bench::turns::{Pace, Sample, burst};
use crate::bench::way::Way;

static CALL: Quantity = Quantity {
    name: "call",
    x: ("size of the file", Unit::Bytes),
    y: ("time of the call", Unit::Seconds),
};
static DURABLE: Quantity = Quantity {
    name: "durable",
    x: ("size of the file", Unit::Bytes),
    y: ("time of the call and fsync", Unit::Seconds),
};

/// Copying so many bytes takes a fraction of a millisecond.
pub(super) const SHORT: u64 = 1 << 20;

pub(super) fn measure(ground: &Ground<'_>, section: &mut Section) -> Result<()> {
    let mut ways = ground.abilities.ways.clone();
    ways.push(Way::Library);
    for &size in ground.plan.sizes {
        let path = ground.source("source", size)?;
        let src = File::open(&path)?;
        // Apart: after an fsync, which sleeps, the next call finds cold caches.
        for of in [&CALL, &DURABLE] {
            let durable = of.name == DURABLE.name;
            if durable && size > ground.plan.to_disk {
                continue;
            }
            let mut kept = ground.kept("copies")?;
            ground.turns(section, Pace::Short, &ways, |way| {
                let room = if ground.abilities.shares(way) { 0 } else { ground.room(size) };
                let mut once = || {
                    let dst = File::create_new(kept.next(room)?)?;
                    let took = time(|| {
                        way.copy(&src, &dst, size)?;
                        if durable {
                            dst.sync_all()?;
                        }
                        Ok(())
                    })?;
                    if room > 0 && size > SHORT {
                        // Not timed: what is still to be written would hold up later copies.
                        dst.sync_all()?;
                    }
                    let (line, x) = (way.line(), size as f64);
                    Ok(Sample { of, line, x, value: took.as_secs_f64() })
                };
                let short = (room == 0 || size <= SHORT) && !durable;
                if short { burst(once) } else { Ok(vec![once()?]) }
            })?;
            kept.end()?;
        }
        if Some(&size) == ground.plan.sizes.last() {
            let copy = ground.path("copy");
            for way in &ground.abilities.ways {
                let watch = Watch::start(ground)?;
                way.copy_to_new(&path, &copy, size)?;
                let what = format!("a copy of {}", bytes(size as f64));
                section.space.push(watch.taken(what, Some(way.line()), &[&copy])?);
                remove(&copy)?;
            }
        }
        remove(&path)?;
    }
    Ok(())
}
