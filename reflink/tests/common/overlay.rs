//! An overlay for one test, on the filesystem under test.

use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use super::{Fs, dir, fs, lower_dir, tool};

/// Mounted until dropped.
pub(crate) struct Overlay(TempDir);

impl Overlay {
    /// An overlay with `lower` as its lower layer. The upper layer of an overlay cannot be on
    /// another overlay; then it is on the filesystem below.
    pub(crate) fn new(lower: &Path) -> Self {
        let overlay = Self(if fs() == Fs::Overlay { lower_dir() } else { dir() });
        let [upper, work, merged] = ["upper", "work", "merged"].map(|name| overlay.path(name));
        for dir in [&upper, &work, &merged] {
            std::fs::create_dir(dir).unwrap();
        }
        let [lower, upper, work] = [lower, &upper, &work].map(|path| path.to_str().unwrap());
        let options = format!("lowerdir={lower},upperdir={upper},workdir={work}");
        tool(Command::new("mount").args(["-t", "overlay", "-o", &options, "overlay"]).arg(&merged));
        overlay
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// The merged view.
    pub(crate) fn merged(&self) -> PathBuf {
        self.path("merged")
    }

    pub(crate) fn upper(&self) -> PathBuf {
        self.path("upper")
    }
}

impl Drop for Overlay {
    fn drop(&mut self) {
        let mut umount = Command::new("umount");
        umount.arg("--lazy").arg(self.merged());
        // It is not mounted if that is what failed.
        if std::thread::panicking() {
            let _ = umount.output();
        } else {
            tool(&mut umount);
        }
    }
}
