//! What it costs to make equal data shared, and to find out that data are not equal.

use std::fs::File;
use std::os::unix::fs::FileExt as _;

use anyhow::{Result, bail};
use reflink::Deduped;

use crate::bench::ground::{Ground, time};
use crate::bench::page::units::bytes;
use crate::bench::report::{Line, Quantity, Section, Unit};
use crate::bench::space::Watch;
use crate::bench::turns::{Pace, Sample};
use crate::bench::way::Way;

static GIB: Quantity = Quantity {
    name: "gib",
    x: ("size of the file", Unit::Bytes),
    y: ("time for a GiB", Unit::Seconds),
};

/// The smallest file that is deduped: below it the time is that of the call, not of the data.
const LEAST: u64 = 64 << 10;

pub(super) fn measure(ground: &Ground<'_>, section: &mut Section) -> Result<()> {
    let sizes = ground.plan.whole_sizes(ground.abilities.block);
    let sizes: Vec<_> = sizes.filter(|size| (LEAST..=ground.plan.to_disk).contains(size)).collect();
    for &size in &sizes {
        let base = ground.source(&format!("base-{size}"), size)?;
        let src = File::open(&base)?;
        let mut kept = ground.kept("files")?;
        ground.turns(section, Pace::Short, &[Line::Equal, Line::Unequal], |line| {
            let dst =
                File::options().read(true).write(true).create_new(true).open(kept.next(size)?)?;
            Way::ReadWrite.copy(&src, &dst, size)?;
            if line == Line::Unequal {
                let mut last = [0];
                src.read_exact_at(&mut last, size - 1)?;
                dst.write_all_at(&[!last[0]], size - 1)?;
            }
            dst.sync_all()?;
            let took = time(|| dedupe(&src, &dst, line == Line::Equal))?;
            let value = took.as_secs_f64() * (1u64 << 30) as f64 / size as f64;
            Ok(vec![Sample { of: &GIB, line, x: size as f64, value }])
        })?;
        kept.end()?;
        if Some(&size) == sizes.last() {
            let copy = ground.path("copy");
            let watch = Watch::start(ground)?;
            Way::ReadWrite.copy_to_new(&base, &copy, size)?;
            dedupe(&src, &File::options().read(true).write(true).open(&copy)?, true)?;
            let what = format!("a deduped file of {}", bytes(size as f64));
            section.space.push(watch.taken(what, Some(Line::Equal), &[copy])?);
        }
    }
    Ok(())
}

/// Dedupes two files, which must be found to be equal or not.
fn dedupe(src: &File, dst: &File, equal: bool) -> Result<()> {
    match reflink::dedupe(src, .., [(dst, 0)])?.pop() {
        Some(Deduped::Shared { .. }) if equal => Ok(()),
        Some(Deduped::Differs { .. }) if !equal => Ok(()),
        other => bail!("a dedupe of files that are equal: {equal} became {other:?}"),
    }
}
