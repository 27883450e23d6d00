//! Where the tests run: what `cargo xtask test` says in the environment.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard};

use tempfile::TempDir;

/// The filesystems with a row in the table of what each must do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fs {
    Xfs,
    XfsNoReflink,
    Btrfs,
    Ext4,
    Tmpfs,
    Overlay,
}

impl Fs {
    /// Whether it must share blocks.
    pub(crate) fn clones(self) -> bool {
        matches!(self, Self::Xfs | Self::Btrfs | Self::Overlay)
    }
}

/// The filesystem under test.
pub(crate) fn fs() -> Fs {
    match variable("REFLINK_TEST_FS").to_str() {
        Some("xfs") => Fs::Xfs,
        Some("xfs-noreflink") => Fs::XfsNoReflink,
        Some("btrfs") => Fs::Btrfs,
        Some("ext4") => Fs::Ext4,
        Some("tmpfs") => Fs::Tmpfs,
        Some("overlay") => Fs::Overlay,
        other => panic!("no filesystem of the table: {other:?}"),
    }
}

/// A fresh directory on the filesystem under test or, under a plain `cargo test`, in cargo's
/// target directory.
pub(crate) fn dir() -> TempDir {
    let base = std::env::var_os("REFLINK_TEST_DIR");
    fresh(&base.map_or_else(|| env!("CARGO_TARGET_TMPDIR").into(), PathBuf::from))
}

/// A fresh directory on a second filesystem, an xfs that clones.
pub(crate) fn other_dir() -> TempDir {
    fresh(&variable("REFLINK_TEST_OTHER_DIR"))
}

/// A fresh directory on the filesystem below the overlay.
pub(crate) fn lower_dir() -> TempDir {
    fresh(&variable("REFLINK_TEST_LOWER_DIR"))
}

/// A fresh directory on the small filesystem, for one test at a time: they fill it up.
pub(crate) struct Small {
    dir: TempDir,
    _alone: MutexGuard<'static, ()>,
}

impl Small {
    pub(crate) fn new() -> Self {
        static ALONE: Mutex<()> = Mutex::new(());
        let _alone = ALONE.lock().unwrap_or_else(|poison| poison.into_inner());
        Self { dir: fresh(&variable("REFLINK_TEST_SMALL_DIR")), _alone }
    }

    pub(crate) fn path(&self) -> &Path {
        self.dir.path()
    }
}

fn variable(name: &str) -> PathBuf {
    match std::env::var_os(name) {
        Some(value) => value.into(),
        None => panic!("{name} is not set: run this by `cargo xtask test`"),
    }
}

fn fresh(base: &Path) -> TempDir {
    tempfile::tempdir_in(base).unwrap_or_else(|error| panic!("{base:?}: {error}"))
}
