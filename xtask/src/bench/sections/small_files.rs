//! Many small files, on disk and just written.

use std::fs::File;
use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::bench::ground::{Ground, time, write_new};
use crate::bench::page::units::{bytes, count};
use crate::bench::report::{Line, Quantity, Section, Space, Unit};
use crate::bench::space::Watch;
use crate::bench::turns::{Pace, Sample};
use crate::bench::way::Way;

static CLEAN: Quantity = Quantity {
    name: "clean",
    x: ("size of each file", Unit::Bytes),
    y: ("time a file", Unit::Seconds),
};
static DIRTY: Quantity = Quantity { name: "dirty", x: CLEAN.x, y: CLEAN.y };

/// How many files are copied.
#[derive(Clone, Copy)]
struct Files {
    size: u64,
    many: u64,
}

/// How they are copied: after a sync of the filesystem, which counts, or not.
#[derive(Clone, Copy)]
struct How {
    way: Way,
    sync_first: bool,
}

pub(super) fn measure(ground: &Ground<'_>, section: &mut Section) -> Result<()> {
    let (sizes, many) = ground.plan.small;
    let mut plain: Vec<_> =
        ground.abilities.ways.iter().map(|&way| How { way, sync_first: false }).collect();
    for &size in sizes {
        let files = Files { size, many };
        clean(ground, section, files, &plain, Some(&size) == sizes.last())?;
    }
    if ground.abilities.no_clones.is_none() {
        plain.push(How { way: Way::Clone, sync_first: true });
    }
    for &size in sizes {
        dirty(ground, section, Files { size, many }, &plain)?;
    }
    Ok(())
}

/// Copies files that are on disk.
fn clean(
    ground: &Ground<'_>,
    section: &mut Section,
    files: Files,
    how: &[How],
    last: bool,
) -> Result<()> {
    let mut space: Vec<Space> = Vec::new();
    let dir = ground.subdir("sources")?;
    let sources = files.make(&dir)?;
    let mut kept = ground.kept("copies")?;
    ground.turns(section, Pace::Short, how, |how| {
        let to = kept.next_dir(files.room(ground))?;
        let note = last && space.iter().all(|space| space.line != Some(how.way.line()));
        let watch = note.then(|| Watch::start(ground)).transpose()?;
        ground.sync()?;
        let (took, copies) = files.copy_all(ground, how, &sources, &to)?;
        if let Some(watch) = watch {
            let what =
                format!("{} files of {}", count(files.many as f64), bytes(files.size as f64));
            space.push(watch.taken(what, Some(how.way.line()), &copies)?);
        }
        Ok(vec![files.sample(&CLEAN, how.way.line(), took)])
    })?;
    section.space.extend(space);
    kept.end()?;
    Ok(std::fs::remove_dir_all(&dir)?)
}

/// Copies files that were just written.
fn dirty(ground: &Ground<'_>, section: &mut Section, files: Files, how: &[How]) -> Result<()> {
    let mut kept = ground.kept("copies")?;
    ground.turns(section, Pace::Short, how, |how| {
        // One place for both: to make room for a second could remove the first.
        let place = kept.next_dir(2 * files.room(ground))?;
        let (from, to) = (place.join("from"), place.join("to"));
        std::fs::create_dir(&from)?;
        std::fs::create_dir(&to)?;
        // What other turns have written is none of this one's.
        ground.settle()?;
        let sources = files.make(&from)?;
        let (took, _) = files.copy_all(ground, how, &sources, &to)?;
        let line = if how.sync_first { Line::SyncFirst } else { how.way.line() };
        Ok(vec![files.sample(&DIRTY, line, took)])
    })?;
    kept.end()
}

impl Files {
    /// The bytes that they take.
    fn room(self, ground: &Ground<'_>) -> u64 {
        self.many * ground.room(self.size)
    }

    fn sample(self, of: &'static Quantity, line: Line, took: f64) -> Sample {
        Sample { of, line, x: self.size as f64, value: took / self.many as f64 }
    }

    fn make(self, dir: &Path) -> Result<Vec<PathBuf>> {
        (0..self.many)
            .map(|number| {
                let path = dir.join(number.to_string());
                write_new(&path, self.size)?;
                Ok(path)
            })
            .collect()
    }

    /// Copies `sources` into `dir`; the seconds it took, and the copies.
    fn copy_all(
        self,
        ground: &Ground<'_>,
        how: How,
        sources: &[PathBuf],
        dir: &Path,
    ) -> Result<(f64, Vec<PathBuf>)> {
        ground.interrupt.check()?;
        let copies: Vec<_> =
            (0..sources.len()).map(|number| dir.join(number.to_string())).collect();
        let took = time(|| {
            if how.sync_first {
                rustix::fs::syncfs(File::open(dir)?)?;
            }
            let mut pairs = sources.iter().zip(&copies);
            pairs.try_for_each(|(src, dst)| how.way.copy_to_new(src, dst, self.size))
        })?;
        Ok((took.as_secs_f64(), copies))
    }
}
