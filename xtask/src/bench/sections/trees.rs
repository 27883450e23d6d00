//! Directories of small files, copied whole: `reflink::tree` and `cp -a`.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use reflink::{Preserve, tree};

use crate::bench::ground::{Ground, time, write_new};
use crate::bench::page::units::count;
use crate::bench::report::{Line, Quantity, Section, Space, Unit};
use crate::bench::space::Watch;
use crate::bench::turns::{Pace, Sample};

const FILES: (&str, Unit) = ("files in the tree", Unit::Count);
const TIME: (&str, Unit) = ("time a file", Unit::Seconds);
static CLEAN: Quantity = Quantity { name: "clean", x: FILES, y: TIME };
static DIRTY: Quantity = Quantity { name: "dirty", x: FILES, y: TIME };

/// The size of the files, and how many are in one directory.
const SIZE: u64 = 4 << 10;
const IN_ONE: u64 = 100;

pub(super) fn measure(ground: &Ground<'_>, section: &mut Section) -> Result<()> {
    let tools = [Line::Tree, Line::CpArchive];
    let mut space: Vec<Space> = Vec::new();
    for &files in ground.plan.trees {
        let sample = |of, line, seconds: f64| {
            let x = files as f64;
            Ok(vec![Sample { of, line, x, value: seconds / x }])
        };
        let room = files * ground.room(SIZE);
        let source = ground.path("source");
        make(&source, files)?;
        // After the source: whether the copies are gone shows by the number of inodes before them.
        let mut kept = ground.kept("trees")?;
        ground.turns(section, Pace::Short, &tools, |tool| {
            let to = kept.next(room)?;
            let note = Some(&files) == ground.plan.trees.last()
                && space.iter().all(|space| space.line != Some(tool));
            let watch = note.then(|| Watch::start(ground)).transpose()?;
            ground.sync()?;
            let seconds = copy(tool, &source, &to)?;
            if let Some(watch) = watch {
                let what = format!("a tree of {} files", count(files as f64));
                space.push(watch.taken(what, Some(tool), &paths(&to, files))?);
            }
            sample(&CLEAN, tool, seconds)
        })?;
        kept.clear()?;
        ground.turns(section, Pace::Short, &tools, |tool| {
            let (from, to) = (kept.next(room)?, kept.next(room)?);
            // What other turns have written is none of this one's.
            ground.settle()?;
            make(&from, files)?;
            sample(&DIRTY, tool, copy(tool, &from, &to)?)
        })?;
        kept.end()?;
        std::fs::remove_dir_all(&source)?;
    }
    section.space.extend(space);
    Ok(())
}

fn paths(dir: &Path, files: u64) -> Vec<PathBuf> {
    let path = |number: u64| dir.join((number / IN_ONE).to_string()).join(number.to_string());
    (0..files).map(path).collect()
}

fn make(dir: &Path, files: u64) -> Result<()> {
    for path in paths(dir, files) {
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent)?;
        }
        write_new(&path, SIZE)?;
    }
    Ok(())
}

/// Copies a tree with all its metadata; the seconds that it took.
fn copy(tool: Line, from: &Path, to: &Path) -> Result<f64> {
    let took = time(|| {
        if tool == Line::Tree {
            let files = reflink::Options::new().preserve(Preserve::ALL);
            tree::Options::new().files(files).copy(from, to)?;
        } else {
            let output = Command::new("cp").arg("-a").args([from, to]).output();
            let output = output.context("cannot run cp")?;
            // One line of what may be many, one for each file.
            let error = String::from_utf8_lossy(&output.stderr);
            let error = error.lines().next().unwrap_or_default();
            ensure!(output.status.success(), "cp -a failed: {error}");
        }
        Ok(())
    })?;
    Ok(took.as_secs_f64())
}
