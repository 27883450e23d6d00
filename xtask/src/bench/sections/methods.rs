//! Which method is the fastest at which size.

use std::fs::File;

use anyhow::Result;

use crate::bench::ground::{Ground, remove, time};
use crate::bench::page::units::bytes;
use crate::bench::report::{Quantity, Section, Unit};
use crate::bench::space::Watch;

const CALL: Quantity = Quantity {
    name: "call",
    x: ("size of the file", Unit::Bytes),
    y: ("time of the call", Unit::Seconds),
};
const DURABLE: Quantity = Quantity {
    name: "durable",
    x: ("size of the file", Unit::Bytes),
    y: ("time of the call and fsync", Unit::Seconds),
};

pub(super) fn measure(ground: &Ground<'_>, section: &mut Section) -> Result<()> {
    let copy = ground.path("copy");
    for &size in ground.plan.sizes {
        let path = ground.source("source", size)?;
        let src = File::open(&path)?;
        ground.rounds(|| {
            for way in &ground.abilities.ways {
                let dst = File::create_new(&copy)?;
                let call = time(|| way.copy(&src, &dst, size))?;
                let sync = time(|| Ok(dst.sync_all()?))?;
                remove(&copy)?;
                section.add(&CALL, way.line(), size as f64, call.as_secs_f64());
                section.add(&DURABLE, way.line(), size as f64, (call + sync).as_secs_f64());
            }
            Ok(())
        })?;
        if Some(&size) == ground.plan.sizes.last() {
            for way in &ground.abilities.ways {
                let watch = Watch::start(ground)?;
                way.copy_to_new(&path, &copy, size)?;
                let what = format!("a copy of {}", bytes(size as f64));
                watch.note(section, what, Some(way.line()), &[&copy])?;
                remove(&copy)?;
            }
        }
        remove(&path)?;
    }
    Ok(())
}
