//! Where images and mount points are, and the new directories that tests get.

use std::fs::File;
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};
use rustix::fs::{FlockOperation, flock};

use super::mount::Mount;
use super::process::tool;

/// The directories of one run, and the lock that reserves them.
///
/// Mount points are on a tmpfs under /run, not beside the images: a test that gives up its
/// privileges must be able to reach them, and a home directory often prevents that.
pub(crate) struct Scratch {
    // Dropped in this order.
    points: Mount,
    _run_dir: Directory,
    images: Directory,
    _lock: File,
}

impl Scratch {
    /// Takes `work_dir` for this run, and removes what a killed run left there.
    pub(crate) fn new(work_dir: &Path) -> Result<Self> {
        let context = || format!("cannot use {} for disk images", work_dir.display());
        let lock = File::open(work_dir).with_context(context)?;
        flock(&lock, FlockOperation::NonBlockingLockExclusive).with_context(|| {
            format!(
                "another `cargo xtask` uses {}; --work-dir chooses a directory",
                work_dir.display()
            )
        })?;
        let images = Directory::emptied(work_dir.join("xtask-test"))?;
        // One name for each work directory, so that a later run finds it again.
        let id = lock.metadata().with_context(context)?;
        let run_dir = Directory::emptied(format!("/run/reflink-test-{}-{}", id.dev(), id.ino()))?;
        let points = Mount::new(
            &run_dir.0,
            None,
            ["--types", "tmpfs", "--options", "mode=755", "reflink-test"],
        )?;
        Ok(Self { points, _run_dir: run_dir, images, _lock: lock })
    }

    /// The path of the image `name`.
    pub(super) fn image(&self, name: &str) -> PathBuf {
        self.images.0.join(name).with_extension("img")
    }

    /// The path of the mount point `name`.
    pub(super) fn point(&self, name: &str) -> PathBuf {
        self.points.point().join(name)
    }
}

/// A directory of this program, removed on drop with its contents.
struct Directory(PathBuf);

impl Directory {
    fn emptied(path: impl Into<PathBuf>) -> Result<Self> {
        let path = path.into();
        let clear = || match std::fs::remove_dir_all(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
            _ => std::fs::create_dir(&path),
        };
        clear().with_context(|| format!("cannot clear {}", path.display()))?;
        Ok(Self(path))
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0) {
            eprintln!("warning: cannot remove {}: {error}", self.0.display());
        }
    }
}

/// A new directory for one test binary.
pub(super) struct Fresh(PathBuf);

impl Fresh {
    /// Creates `name`, a suite's name, in `parent`.
    pub(super) fn new(parent: &Path, name: &str) -> Result<Self> {
        let path = parent.join(name.replace('/', "-"));
        std::fs::create_dir(&path).with_context(|| format!("cannot create {}", path.display()))?;
        Ok(Self(path))
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    /// Removes it with everything that the tests left in it, which must succeed.
    pub(super) fn remove(self) -> Result<()> {
        let Err(error) = std::fs::remove_dir_all(&self.0) else { return Ok(()) };
        if error.kind() == ErrorKind::PermissionDenied {
            // A test that crashed may leave immutable files.
            tool(Command::new("chattr").args(["-R", "-f", "-i", "-a"]).arg(&self.0)).ok();
        }
        std::fs::remove_dir_all(&self.0)
            .with_context(|| format!("the tests' directory {} stays", self.0.display()))
    }
}
