//! A subvolume of btrfs for one test.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::tool;

/// Deleted on drop.
pub(crate) struct Subvolume(PathBuf);

impl Subvolume {
    pub(crate) fn new(path: PathBuf) -> Self {
        tool(Command::new("btrfs").args(["subvolume", "create"]).arg(&path));
        Self(path)
    }

    /// One that exists.
    pub(crate) fn at(path: PathBuf) -> Self {
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn set_read_only(&self, yes: bool) {
        let mut command = Command::new("btrfs");
        command.args(["property", "set", "-t", "subvol"]).arg(&self.0);
        tool(command.args(["ro", &yes.to_string()]));
    }
}

impl Drop for Subvolume {
    fn drop(&mut self) {
        self.set_read_only(false);
        tool(Command::new("btrfs").args(["subvolume", "delete"]).arg(&self.0));
    }
}
