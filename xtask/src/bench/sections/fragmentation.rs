//! What many writes make of a clone: extents, and time to read it.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use anyhow::{Result, ensure};
use fastrand::Rng;
use reflink::Sharing;
use rustix::fs::{Advice, fadvise};

use super::overwrites::{distinct, overwrite};
use crate::bench::ground::{Ground, remove, write_new};
use crate::bench::report::{Line, Quantity, Section, Space, Unit};
use crate::bench::space::Watch;
use crate::bench::turns::{Pace, Sample};
use crate::bench::way::clone;

static EXTENTS: Quantity = Quantity {
    name: "extents",
    x: ("blocks overwritten at random places", Unit::Count),
    y: ("extents", Unit::Count),
};
static READ: Quantity = Quantity {
    name: "read",
    x: ("blocks overwritten at random places", Unit::Count),
    y: ("speed of reading it all", Unit::BytesPerSecond),
};

/// What is cut up.
#[derive(Clone, Copy)]
enum Victim {
    Clone,
    /// A clone with xfs's hint to copy in pieces of 1 MiB.
    Hinted,
    Unshared,
}

pub(super) fn measure(ground: &Ground<'_>, section: &mut Section) -> Result<()> {
    let (len, _) = ground.plan.fragmented;
    let base = ground.source("base", len)?;
    let mut random = Rng::with_seed(0);
    let mut kept = ground.kept("copies")?;
    let mut victims = vec![Victim::Clone, Victim::Unshared];
    if hint(&base).is_ok() {
        victims.push(Victim::Hinted);
    }
    // The hint is inherited by clones, and must not be.
    remove(&base)?;
    let base = ground.source("base", len)?;
    let mut space = Vec::new();
    ground.turns(section, Pace::Long, &victims, |victim| {
        // Each for itself: what one leaves behind is much, and is freed before the next.
        kept.clear()?;
        let copy = kept.next(len)?;
        let line = match victim {
            Victim::Clone => Line::Clone,
            Victim::Hinted => Line::Hinted,
            Victim::Unshared => Line::Unshared,
        };
        let watch = Watch::start(ground)?;
        match victim {
            Victim::Unshared => write_new(&copy, len)?.sync_all()?,
            Victim::Clone | Victim::Hinted => clone(&base, &copy)?,
        }
        if let Victim::Hinted = victim {
            hint(&copy)?;
        }
        let samples = cut_up(ground, &copy, line, &mut random)?;
        if space.iter().all(|space: &Space| space.line != Some(line)) {
            space.push(watch.taken("a file after all of these".into(), Some(line), &[&copy])?);
        }
        Ok(samples)
    })?;
    section.space.extend(space);
    kept.end()
}

/// Asks xfs to copy shared blocks of a file in pieces of 1 MiB; an error elsewhere.
fn hint(path: &Path) -> Result<()> {
    let output = Command::new("xfs_io").args(["-c", "cowextsize 1m"]).arg(path).output()?;
    // It succeeds whatever happens.
    ensure!(output.status.success() && output.stderr.is_empty(), "there is no such hint here");
    Ok(())
}

/// Overwrites more and more blocks of a file, and looks at it from time to time.
fn cut_up(ground: &Ground<'_>, path: &Path, line: Line, random: &mut Rng) -> Result<Vec<Sample>> {
    let (len, steps) = ground.plan.fragmented;
    let block = ground.abilities.block;
    let blocks = len / block;
    let mut places = distinct(random, blocks, blocks).map(|index| index * block);
    let mut file = File::options().read(true).write(true).open(path)?;
    let mut written = 0;
    let mut samples = Vec::new();
    for &step in steps.iter().filter(|step| **step <= blocks) {
        ground.interrupt.check()?;
        let more = places.by_ref().take(usize::try_from(step - written)?).collect::<Vec<_>>();
        written += more.len() as u64;
        overwrite(&file, &more, block)?;
        let x = written as f64;
        if let Ok(sharing) = Sharing::of(&file) {
            samples.push(Sample { of: &EXTENTS, line, x, value: sharing.extents as f64 });
        }
        let value = cold_read(&mut file, len)?;
        samples.push(Sample { of: &READ, line, x, value });
    }
    Ok(samples)
}

/// Reads a file that is not in the page cache; bytes a second.
pub(super) fn cold_read(file: &mut File, len: u64) -> Result<f64> {
    file.sync_all()?;
    fadvise(&*file, 0, None, Advice::DontNeed)?;
    file.seek(SeekFrom::Start(0))?;
    let mut buffer = vec![0; 1 << 20];
    let start = Instant::now();
    while file.read(&mut buffer)? > 0 {}
    Ok(len as f64 / start.elapsed().as_secs_f64())
}
