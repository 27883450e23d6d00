//! Where the benchmarks run, and the files that they work on.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};
use tempfile::TempDir;

pub(crate) const KIB: u64 = 1 << 10;
pub(crate) const MIB: u64 = 1 << 20;
pub(crate) const GIB: u64 = 1 << 30;

/// A directory for the benchmarks' files, removed on drop with all that is in it.
pub(crate) struct Place {
    dir: TempDir,
    filesystem: String,
    /// The error of the trial, where the filesystem refuses to clone.
    refusal: Option<reflink::Error>,
}

impl Place {
    /// A place in the directory that `variable` names, if it is set.
    pub(crate) fn from_env(variable: &str) -> Result<Option<Self>> {
        std::env::var_os(variable).map(|parent| Self::new(Path::new(&parent))).transpose()
    }

    /// A place in `parent`.
    pub(crate) fn new(parent: &Path) -> Result<Self> {
        let context = || format!("cannot use {} for benchmarks", parent.display());
        // Absolute, as error messages and plots are read elsewhere.
        let parent = parent.canonicalize().with_context(context)?;
        let dir = tempfile::Builder::new()
            .prefix("reflink-bench-")
            .tempdir_in(&parent)
            .with_context(context)?;
        let filesystem = filesystem_of(dir.path())?;
        let mut place = Self { dir, filesystem, refusal: None };
        let trial = place.path("trial");
        place.write(&trial, 4 * KIB)?;
        match reflink::always(&trial, place.path("trial-clone")) {
            Ok(_) => {}
            Err(error @ reflink::Error::NotReflinkable { .. }) => place.refusal = Some(error),
            Err(error) => return Err(error).context("cannot try a clone"),
        }
        Ok(place)
    }

    /// Where this is, on what filesystem, and whether that clones: a line for a person.
    pub(crate) fn describe(&self) -> String {
        let parent = self.dir.path().parent().unwrap_or(self.dir.path()).display();
        let filesystem = &self.filesystem;
        match self.refusal.as_ref().map(reflink::Error::reason) {
            None => format!("{parent}, on {filesystem}, which clones"),
            Some(Some(reason)) => {
                format!("{parent}, on {filesystem}, which clones nothing: {reason}")
            }
            Some(None) => format!("{parent}, on {filesystem}, which clones nothing"),
        }
    }

    /// The filesystem's type.
    pub(crate) fn filesystem(&self) -> &str {
        &self.filesystem
    }

    /// Whether files can be cloned here.
    pub(crate) fn clones(&self) -> bool {
        self.refusal.is_none()
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
        write().map_err(|error: std::io::Error| {
            anyhow::Error::new(error).context(format!("cannot write {}", path.display()))
        })
    }
}

/// The filesystem type of `dir`, as mount(8) calls it.
fn filesystem_of(dir: &Path) -> Result<String> {
    let output = Command::new("findmnt")
        .args(["--noheadings", "--output", "FSTYPE", "--target"])
        .arg(dir)
        .output()
        .context("cannot run findmnt (package util-linux)")?;
    let name = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    Ok(if name.is_empty() { "an unknown filesystem".to_owned() } else { name })
}
