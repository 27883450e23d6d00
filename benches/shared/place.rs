//! Where the benchmarks run, and the files that they work on.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use reflink::{Probe, Support};
use tempfile::TempDir;

pub(crate) const MIB: u64 = 1 << 20;
pub(crate) const GIB: u64 = 1 << 30;

/// A directory for the benchmarks' files, removed on drop with all that is in it.
pub(crate) struct Place {
    dir: TempDir,
    probe: Probe,
}

/// Where to measure, and where to copy to if that is another filesystem, both from the
/// environment; they are printed.
pub(crate) fn places() -> Result<(Place, Option<Place>)> {
    let place = match Place::from_env("REFLINK_BENCH_DIR")? {
        Some(place) => place,
        None => Place::new(Path::new(env!("CARGO_TARGET_TMPDIR")))?,
    };
    println!("measuring in {}", place.describe());
    let other = Place::from_env("REFLINK_BENCH_OTHER_DIR")?;
    if let Some(other) = &other {
        println!("copying to {}", other.describe());
    }
    Ok((place, other))
}

impl Place {
    /// A place in the directory that `variable` names, if it is set.
    fn from_env(variable: &str) -> Result<Option<Self>> {
        std::env::var_os(variable).map(|parent| Self::new(Path::new(&parent))).transpose()
    }

    /// A place in `parent`.
    fn new(parent: &Path) -> Result<Self> {
        let context = || format!("cannot use {} for benchmarks", parent.display());
        // Absolute, as what is printed is read elsewhere.
        let parent = parent.canonicalize().with_context(context)?;
        let probe = reflink::probe(&parent).with_context(context)?;
        let mut builder = tempfile::Builder::new();
        let dir = builder.prefix("reflink-bench-").tempdir_in(&parent).with_context(context)?;
        Ok(Self { dir, probe })
    }

    /// Where this is, on what filesystem, and whether that clones: a line for a person.
    fn describe(&self) -> String {
        let parent = self.dir.path().parent().unwrap_or(self.dir.path()).display();
        let filesystem = self.filesystem();
        match self.probe.support {
            Support::No(reason) => format!("{parent} ({filesystem}; no clones: {reason})"),
            _ => format!("{parent} ({filesystem}; it clones)"),
        }
    }

    /// The filesystem's type.
    pub(crate) fn filesystem(&self) -> String {
        self.probe.filesystem.map_or("unknown".to_owned(), |filesystem| filesystem.to_string())
    }

    /// Whether files can be cloned here. Each clone that is measured is checked all the same.
    pub(crate) fn clones(&self) -> bool {
        !matches!(self.probe.support, Support::No(_))
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Makes the file `name` with `len` bytes, all of it on disk.
    pub(crate) fn source(&self, name: &str, len: u64) -> Result<PathBuf> {
        let path = self.path(name);
        self.write(&path, len)?.sync_all()?;
        Ok(path)
    }

    /// Makes a file of `len` bytes that no compression shortens; it is not synced.
    pub(crate) fn write(&self, path: &Path, len: u64) -> Result<File> {
        let write = || {
            let mut file = File::create(path)?;
            let mut block = vec![0; MIB as usize];
            fastrand::fill(&mut block);
            let mut rest = len;
            while rest > 0 {
                let part = &block[..rest.min(MIB) as usize];
                file.write_all(part)?;
                rest -= part.len() as u64;
            }
            Ok(file)
        };
        let written: std::io::Result<File> = write();
        written.with_context(|| format!("cannot write {}", path.display()))
    }
}
