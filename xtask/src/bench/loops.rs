//! Plain loops of system calls, as anyone would write them to check a figure: one call again and
//! again, each time onto a new file that stays, and the median. They share no code with the
//! evaluation.

use std::fs::{self, File};
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context as _, Result};
use rustix::fs::{ioctl_ficlone, syncfs};

const BLOCK: usize = 4096;

/// The extents of the file of many extents.
pub(super) const EXTENTS: u64 = 1000;

/// The size of the large file.
pub(super) const LARGE: u64 = 1 << 30;

/// Medians in seconds.
#[derive(Clone, Copy)]
pub(super) struct Medians {
    pub(super) clone_small: f64,
    pub(super) clone_large: f64,
    pub(super) read_write_small: f64,
    pub(super) clone_extents: f64,
    pub(super) clone_dirty: f64,
}

/// Measures in `parent`, and leaves nothing there.
pub(super) fn measure(parent: &Path) -> Result<Medians> {
    let dir = tempfile::tempdir_in(parent)?;
    let path = |name: &str| dir.path().join(name);
    let small = new(&path("small"))?;
    write(&small, BLOCK as u64)?;
    let large = new(&path("large"))?;
    write(&large, LARGE)?;
    let extents = new(&path("extents"))?;
    extents.set_len(2 * EXTENTS * BLOCK as u64)?;
    for extent in 0..EXTENTS {
        extents.write_all_at(&[1; BLOCK], 2 * extent * BLOCK as u64)?;
    }
    let mut number = 0;
    let mut next = || {
        number += 1;
        new(&path(&number.to_string()))
    };
    syncfs(&small)?;

    let mut clones = |from: &File, times| {
        median(times, || {
            let to = next()?;
            let start = Instant::now();
            ioctl_ficlone(&to, from).context("FICLONE failed")?;
            Ok(start.elapsed().as_secs_f64())
        })
    };
    let clone_small = clones(&small, 301)?;
    let clone_large = clones(&large, 31)?;
    let clone_extents = clones(&extents, 31)?;
    let clone_dirty = median(101, || {
        let (from, to) = (next()?, next()?);
        from.write_all_at(&[2; BLOCK], 0)?;
        let start = Instant::now();
        ioctl_ficlone(&to, &from).context("FICLONE failed")?;
        Ok(start.elapsed().as_secs_f64())
    })?;
    let read_write_small = median(301, || {
        let to = next()?;
        let mut block = [0; BLOCK];
        let start = Instant::now();
        small.read_exact_at(&mut block, 0)?;
        to.write_all_at(&block, 0)?;
        Ok(start.elapsed().as_secs_f64())
    })?;
    syncfs(&small)?;
    Ok(Medians { clone_small, clone_large, read_write_small, clone_extents, clone_dirty })
}

fn new(path: &Path) -> Result<File> {
    let mut options = fs::OpenOptions::new();
    Ok(options.read(true).write(true).create_new(true).open(path)?)
}

fn write(file: &File, len: u64) -> Result<()> {
    for offset in (0..len).step_by(BLOCK) {
        file.write_all_at(&[3; BLOCK], offset)?;
    }
    Ok(())
}

fn median(times: usize, mut once: impl FnMut() -> Result<f64>) -> Result<f64> {
    let mut all = (0..times).map(|_| once()).collect::<Result<Vec<_>>>()?;
    all.sort_by(f64::total_cmp);
    Ok(all[times / 2])
}
