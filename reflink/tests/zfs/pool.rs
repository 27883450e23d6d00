//! Pools and datasets of ZFS, and what they report.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::common::tool;

fn variable(name: &str) -> String {
    std::env::var(name)
        .unwrap_or_else(|_| panic!("{name} is not set: run this by `cargo xtask vm`"))
}

/// The pool under test, which clones blocks.
pub(crate) fn pool() -> String {
    variable("REFLINK_TEST_POOL")
}

/// Another pool on this machine.
pub(crate) fn other_pool() -> String {
    variable("REFLINK_TEST_OTHER_POOL")
}

/// A new dataset, which is destroyed when it is dropped.
pub(crate) struct Dataset {
    name: String,
    path: PathBuf,
}

impl Dataset {
    /// With properties like `recordsize=4K`.
    pub(crate) fn new(pool: &str, properties: &[&str]) -> Self {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("{pool}/{}-{number}", std::process::id());
        let mut create = Command::new("zfs");
        create.arg("create");
        for property in properties {
            create.args(["-o", property]);
        }
        tool(create.arg(&name));
        let path =
            tool(Command::new("zfs").args(["get", "-H", "-o", "value", "mountpoint", &name]));
        Self { name, path: path.trim().into() }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn set(&self, property: &str) {
        tool(Command::new("zfs").args(["set", property, &self.name]));
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }
}

impl Drop for Dataset {
    fn drop(&mut self) {
        let mut destroy = Command::new("zfs");
        let destroyed = destroy.args(["destroy", "-f", &self.name]).status();
        if !std::thread::panicking() {
            assert!(destroyed.unwrap().success());
        }
    }
}

/// Writes everything in the pool to its disk.
pub(crate) fn to_disk(pool: &str) {
    tool(Command::new("zpool").args(["sync", pool]));
}

/// The bytes on the disk of this pool that more than one file has, each counted once.
pub(crate) fn shared(pool: &str) -> u64 {
    to_disk(pool);
    let mut get = Command::new("zpool");
    let text = tool(get.args(["get", "-Hp", "-o", "value", "bcloneused", pool]));
    text.trim().parse().unwrap()
}

/// A parameter of the module, which gets its old value back when this is dropped.
pub(crate) struct Parameter {
    path: PathBuf,
    old: String,
}

impl Parameter {
    pub(crate) fn set(name: &str, value: &str) -> Self {
        let path = Path::new("/sys/module/zfs/parameters").join(name);
        let old = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, value).unwrap();
        Self { path, old }
    }
}

impl Drop for Parameter {
    fn drop(&mut self) {
        let restored = std::fs::write(&self.path, self.old.trim());
        if !std::thread::panicking() {
            restored.unwrap();
        }
    }
}
