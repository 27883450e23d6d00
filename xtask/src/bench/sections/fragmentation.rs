//! What many writes make of a clone: extents, and time to read it.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::time::Instant;

use anyhow::Result;
use fastrand::Rng;
use reflink::Sharing;
use rustix::fs::{Advice, fadvise};

use super::overwrites::{distinct, overwrite};
use crate::bench::ground::{Ground, remove, write_new};
use crate::bench::report::{Line, Quantity, Section, Unit};
use crate::bench::space::Watch;
use crate::bench::way::clone;

const EXTENTS: Quantity = Quantity {
    name: "extents",
    x: ("blocks overwritten at random places", Unit::Count),
    y: ("extents", Unit::Count),
};
const READ: Quantity = Quantity {
    name: "read",
    x: ("blocks overwritten at random places", Unit::Count),
    y: ("speed of reading it all", Unit::BytesPerSecond),
};

pub(super) fn measure(ground: &Ground<'_>, section: &mut Section) -> Result<()> {
    let (len, _) = ground.plan.fragmented;
    let base = ground.source("base", len)?;
    let copy = ground.path("copy");
    let mut random = Rng::with_seed(0);
    let mut noted = false;
    ground.rounds(|| {
        let watch = Watch::start(ground)?;
        clone(&base, &copy)?;
        cut_up(ground, section, &copy, Line::Clone, &mut random)?;
        if !noted {
            watch.note(
                section,
                "a clone after all of these".into(),
                Some(Line::Clone),
                &[&copy],
            )?;
            noted = true;
        }
        remove(&copy)?;
        write_new(&copy, len)?.sync_all()?;
        cut_up(ground, section, &copy, Line::Unshared, &mut random)?;
        remove(&copy)
    })
}

/// Overwrites more and more blocks of a file, and looks at it from time to time.
fn cut_up(
    ground: &Ground<'_>,
    section: &mut Section,
    path: &Path,
    line: Line,
    random: &mut Rng,
) -> Result<()> {
    let (len, steps) = ground.plan.fragmented;
    let block = ground.abilities.block;
    let blocks = len / block;
    let mut places = distinct(random, blocks, blocks).map(|index| index * block);
    let mut file = File::options().read(true).write(true).open(path)?;
    let mut written = 0;
    for &step in steps {
        ground.interrupt.check()?;
        let more = places.by_ref().take(usize::try_from(step - written)?).collect::<Vec<_>>();
        written += more.len() as u64;
        overwrite(&file, &more, block)?;
        let x = written as f64;
        if let Ok(sharing) = Sharing::of(&file) {
            section.add(&EXTENTS, line, x, sharing.extents as f64);
        }
        section.add(&READ, line, x, cold_read(&mut file, len)?);
    }
    Ok(())
}

/// Reads a file that is not in the page cache; bytes a second.
fn cold_read(file: &mut File, len: u64) -> Result<f64> {
    use std::io::{Seek as _, SeekFrom};
    file.sync_all()?;
    fadvise(&*file, 0, None, Advice::DontNeed)?;
    file.seek(SeekFrom::Start(0))?;
    let mut buffer = vec![0; 1 << 20];
    let start = Instant::now();
    while file.read(&mut buffer)? > 0 {}
    Ok(len as f64 / start.elapsed().as_secs_f64())
}
