//! The calls that a copy without a clone needs, one for one: open, fstat, a refused FICLONE,
//! copy_file_range, fstat, and what gives the file its name.

use std::fs::File;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Context as _, Result, ensure};
use rustix::fs::{self, AtFlags, Mode, OFlags};

/// The number in the next temporary name.
static UNUSED: AtomicU64 = AtomicU64::new(0);

/// The calls between two open files.
pub(crate) fn open_files(src: &File, dst: &File, asks_to_clone: bool) -> Result<()> {
    let len = fs::fstat(src)?.st_size as usize;
    if asks_to_clone {
        ensure!(fs::ioctl_ficlone(dst, src).is_err(), "a clone was made");
    }
    let (mut from, mut to) = (0, 0);
    let copied = fs::copy_file_range(src, Some(&mut from), dst, Some(&mut to), len)?;
    ensure!(copied == len, "{copied} of {len} bytes");
    fs::fstat(dst)?;
    Ok(())
}

/// Copies to a name that is free, atomically: the file gets its name when it is complete.
pub(crate) fn onto_new(src: &Path, dst: &Path) -> Result<()> {
    let src = File::open(src)?;
    let mode = Mode::from_raw_mode(fs::fstat(&src)?.st_mode);
    let (dir, name) = split(dst)?;
    let dir = fs::open(dir, OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?;
    let flags = OFlags::RDWR | OFlags::TMPFILE | OFlags::CLOEXEC;
    let file = File::from(fs::openat(&dir, c".", flags, mode)?);
    open_files(&src, &file, true)?;
    Ok(fs::linkat(&file, c"", &dir, name, AtFlags::EMPTY_PATH)?)
}

/// Copies over a name that is taken, in the cheapest way that is atomic: a file with a temporary name,
/// which a kill leaves behind.
pub(crate) fn replacing(src: &Path, dst: &Path) -> Result<()> {
    let src = File::open(src)?;
    let mode = Mode::from_raw_mode(fs::fstat(&src)?.st_mode);
    let (dir, name) = split(dst)?;
    let dir = fs::open(dir, OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?;
    let temporary = format!(".bare-{:016x}.tmp", UNUSED.fetch_add(1, Ordering::Relaxed));
    let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
    let file = File::from(fs::openat(&dir, &*temporary, flags, mode)?);
    open_files(&src, &file, true)?;
    Ok(fs::renameat(&dir, &*temporary, &dir, name)?)
}

fn split(path: &Path) -> Result<(&Path, &Path)> {
    let (dir, name) = (path.parent(), path.file_name());
    Ok((dir.context("no directory")?, name.context("no name")?.as_ref()))
}
