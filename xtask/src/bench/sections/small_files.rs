//! Many small files, on disk and just written.

use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::bench::ground::{Ground, time, write_new};
use crate::bench::page::units::{bytes, count};
use crate::bench::report::{Quantity, Section, Unit};
use crate::bench::space::Watch;
use crate::bench::way::Way;

const CLEAN: Quantity = Quantity {
    name: "clean",
    x: ("size of each file", Unit::Bytes),
    y: ("time a file", Unit::Seconds),
};
const DIRTY: Quantity = Quantity { name: "dirty", ..CLEAN };

pub(super) fn measure(ground: &Ground<'_>, section: &mut Section) -> Result<()> {
    let (sizes, many) = ground.plan.small;
    for &size in sizes {
        let dir = ground.subdir("sources")?;
        let mut sources = make(&dir, size, many)?;
        sync(&dir)?;
        let mut noted = Some(&size) != sizes.last();
        ground.rounds(|| {
            for &way in &ground.abilities.ways {
                let watch = (!noted).then(|| Watch::start(ground)).transpose()?;
                let (took, copies) = copy_all(ground, way, &sources, size)?;
                section.add(&CLEAN, way.line(), size as f64, took / many as f64);
                if let Some(watch) = watch {
                    let what = format!("{} files of {}", count(many as f64), bytes(size as f64));
                    watch.note(section, what, Some(way.line()), &copies)?;
                }
                std::fs::remove_dir_all(ground.path("copies"))?;
            }
            noted = true;
            Ok(())
        })?;
        ground.rounds(|| {
            for &way in &ground.abilities.ways {
                std::fs::remove_dir_all(&dir)?;
                std::fs::create_dir(&dir)?;
                sources = make(&dir, size, many)?;
                let (took, _) = copy_all(ground, way, &sources, size)?;
                section.add(&DIRTY, way.line(), size as f64, took / many as f64);
                std::fs::remove_dir_all(ground.path("copies"))?;
            }
            Ok(())
        })?;
        std::fs::remove_dir_all(&dir)?;
    }
    Ok(())
}

fn make(dir: &Path, size: u64, many: u64) -> Result<Vec<PathBuf>> {
    (0..many)
        .map(|number| {
            let path = dir.join(number.to_string());
            write_new(&path, size)?;
            Ok(path)
        })
        .collect()
}

fn sync(dir: &Path) -> Result<()> {
    Ok(rustix::fs::syncfs(std::fs::File::open(dir)?)?)
}

/// Copies `sources` into a new directory; the seconds it took, and the copies.
fn copy_all(
    ground: &Ground<'_>,
    way: Way,
    sources: &[PathBuf],
    size: u64,
) -> Result<(f64, Vec<PathBuf>)> {
    ground.interrupt.check()?;
    let dir = ground.subdir("copies")?;
    let copies: Vec<_> = (0..sources.len()).map(|number| dir.join(number.to_string())).collect();
    let took = time(|| {
        sources.iter().zip(&copies).try_for_each(|(src, dst)| way.copy_to_new(src, dst, size))
    })?;
    Ok((took.as_secs_f64(), copies))
}
