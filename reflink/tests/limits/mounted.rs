//! A small filesystem for one test.

use std::path::Path;
use std::process::Command;

use rustix::fs::{Mode, chmod};
use tempfile::TempDir;

use crate::common::{MIB, dir, tool, unmount};

pub(crate) struct Mounted(TempDir);

impl Mounted {
    /// Makes a filesystem with `mkfs` in a file of `mib` MiB, and mounts it with `options`.
    pub(crate) fn new(mib: u64, mkfs: &[&str], options: &str) -> Self {
        let image = tempfile::NamedTempFile::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        image.as_file().set_len(mib * MIB).unwrap();
        tool(Command::new(mkfs[0]).args(&mkfs[1..]).arg(image.path()));
        // The loop device keeps the image after its name is removed.
        Self::mount(&["-o", &format!("loop,{options}")], image.path())
    }

    pub(crate) fn tmpfs(options: &str) -> Self {
        Self::mount(&["-t", "tmpfs", "-o", options], "tmpfs".as_ref())
    }

    fn mount(args: &[&str], what: &Path) -> Self {
        let mounted = Self(dir());
        tool(Command::new("mount").args(args).arg(what).arg(mounted.path()));
        chmod(mounted.path(), Mode::from_raw_mode(0o777)).unwrap();
        mounted
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        unmount(self.path());
    }
}
