//! Trees to copy, and how much is in one.

use std::fs::{self, File};
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use reflink::{Mode, Options, Preserve, tree};

const FILES_EACH: usize = 200;
const FLAT: usize = 100_000;
const MOST_BYTES: u64 = 1 << 30;

/// Makes directories of 200 files whose sizes are spread around 4 KiB.
pub(crate) fn small_files(root: &Path, directories: usize) -> Result<()> {
    let mut bytes = vec![0; 1 << 20];
    fastrand::fill(&mut bytes);
    for directory in 0..directories {
        let directory = root.join(directory.to_string());
        fs::create_dir_all(&directory)?;
        for file in 0..FILES_EACH {
            // A sum of uniform numbers is nearly normal, so that the size is nearly log-normal.
            let exponent = (0..4).map(|_| fastrand::f64() - 0.5).sum::<f64>() * 3.0;
            let size = (4096.0 * exponent.exp2()) as usize;
            fs::write(directory.join(file.to_string()), &bytes[..size])?;
        }
    }
    Ok(())
}

/// Makes one directory of 100,000 empty files.
pub(crate) fn flat(root: &Path) -> Result<()> {
    fs::create_dir(root)?;
    for file in 0..FLAT {
        File::create(root.join(file.to_string()))?;
    }
    Ok(())
}

/// Makes a copy of a tree of the caller, which has at most 1 GiB, with data of its own.
pub(crate) fn real(given: &Path, root: &Path) -> Result<()> {
    let size = Size::of(given).with_context(|| format!("cannot use {}", given.display()))?;
    let Size { bytes, .. } = size;
    ensure!(bytes <= MOST_BYTES, "{} has {bytes} bytes, more than 1 GiB", given.display());
    let files = Options::new().mode(Mode::Never).preserve_if_possible(Preserve::ALL);
    tree::Options::new().files(files).copy(given, root)?;
    Ok(())
}

/// What is in a tree.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Size {
    pub(crate) entries: u64,
    /// The lengths of all regular files.
    pub(crate) bytes: u64,
}

impl Size {
    /// Counts what is below `root`.
    pub(crate) fn of(root: &Path) -> Result<Self> {
        let mut size = Self::default();
        let mut left = vec![root.to_owned()];
        while let Some(dir) = left.pop() {
            for entry in fs::read_dir(dir)? {
                let entry = entry?;
                let metadata = entry.metadata()?;
                size.entries += 1;
                if metadata.is_dir() {
                    left.push(entry.path());
                } else if metadata.is_file() {
                    size.bytes += metadata.len();
                }
            }
        }
        Ok(size)
    }
}
