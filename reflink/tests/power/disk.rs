//! Filesystems in image files: mounted through device-mapper, or directly after a cut.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

use crate::common::{other_dir, tool, unmount};

/// The filesystems that are tried; the name of the place ends with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Xfs,
    Btrfs,
    Ext4,
}

impl Kind {
    /// The one of this place.
    pub(crate) fn here() -> Self {
        match std::env::var("REFLINK_TEST_FS").as_deref() {
            Ok("power-xfs") => Self::Xfs,
            Ok("power-btrfs") => Self::Btrfs,
            Ok("power-ext4") => Self::Ext4,
            other => panic!("run this by cargo xtask vm --fs power, not on {other:?}"),
        }
    }

    pub(crate) fn clones(self) -> bool {
        self != Self::Ext4
    }

    /// Close to the smallest size that its mkfs accepts.
    fn size(self) -> u64 {
        match self {
            Self::Xfs => 320 << 20,
            Self::Btrfs => 256 << 20,
            Self::Ext4 => 64 << 20,
        }
    }

    /// Makes the filesystem, without features that the kernels of 2020 do not support.
    pub(crate) fn make(self, device: &Path) {
        let mkfs: &[&str] = match self {
            Self::Xfs => &["mkfs.xfs", "-q", "-m", "reflink=1,bigtime=0,inobtcount=0"],
            Self::Btrfs => &["mkfs.btrfs", "-q"],
            Self::Ext4 => &["mkfs.ext4", "-q", "-F", "-b", "4096"],
        };
        tool(Command::new(mkfs[0]).args(&mkfs[1..]).arg(device));
    }

    /// The filesystem's own check, which changes nothing.
    #[track_caller]
    pub(crate) fn check(self, image: &Path, when: &str) {
        let check: &[&str] = match self {
            Self::Xfs => &["xfs_repair", "-n", "-f"],
            Self::Btrfs => &["btrfs", "check", "--readonly"],
            Self::Ext4 => &["e2fsck", "-f", "-n"],
        };
        let Output { status, stdout, stderr } =
            Command::new(check[0]).args(&check[1..]).arg(image).output().unwrap();
        let said =
            [stdout, stderr].map(|text| String::from_utf8_lossy(&text).into_owned()).concat();
        assert!(status.success(), "{when}: {check:?}: {status}: {said}");
    }
}

/// A directory for images, on a filesystem that clones them.
pub(crate) struct Images {
    dir: TempDir,
    pub(crate) kind: Kind,
}

impl Images {
    pub(crate) fn new() -> Self {
        Self { dir: other_dir(), kind: Kind::here() }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// A new sparse file.
    pub(crate) fn image(&self, name: &str, size: u64) -> PathBuf {
        let path = self.path(name);
        File::create_new(&path).unwrap().set_len(size).unwrap();
        path
    }

    /// An image of a new filesystem.
    pub(crate) fn filesystem(&self, name: &str) -> PathBuf {
        let image = self.image(name, self.kind.size());
        self.kind.make(&image);
        image
    }
}

/// A loop device.
pub(crate) struct Loop(PathBuf);

impl Loop {
    pub(crate) fn new(image: &Path) -> Self {
        Self(tool(Command::new("losetup").args(["--find", "--show"]).arg(image)).trim().into())
    }

    pub(crate) fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for Loop {
    fn drop(&mut self) {
        let _ = Command::new("losetup").arg("--detach").arg(&self.0).output();
    }
}

/// A device of device-mapper.
pub(crate) struct Mapped(String);

impl Mapped {
    pub(crate) fn new(name: &str, table: &str) -> Self {
        dmsetup(&["create", name, "--table", table]);
        Self(name.to_owned())
    }

    /// The kernel's own name for it: nobody else makes names in the guest.
    pub(crate) fn path(&self) -> PathBuf {
        let name = dmsetup(&["info", "--columns", "--noheadings", "-o", "blkdevname", &self.0]);
        Path::new("/dev").join(name.trim())
    }

    pub(crate) fn mark(&self, text: &str) {
        dmsetup(&["message", &self.0, "0", "mark", text]);
    }

    /// Another table from now on, without writing anything back first.
    pub(crate) fn becomes(&self, table: &str) {
        dmsetup(&["load", &self.0, "--table", table]);
        dmsetup(&["suspend", "--noflush", "--nolockfs", &self.0]);
        dmsetup(&["resume", &self.0]);
    }
}

impl Drop for Mapped {
    fn drop(&mut self) {
        let _ = Command::new("dmsetup").args(["remove", "--retry", &self.0]).output();
    }
}

/// There is no udev in the guest.
fn dmsetup(args: &[&str]) -> String {
    tool(Command::new("dmsetup").args(["--noudevsync", "--noudevrules"]).args(args))
}

/// The size of an image in sectors.
pub(crate) fn sectors(image: &Path) -> u64 {
    fs::metadata(image).unwrap().len() / 512
}

/// A mount, in a directory of its own.
pub(crate) struct Mount {
    kind: Kind,
    point: TempDir,
}

impl Mount {
    /// Without discards, which would be most of a log.
    pub(crate) fn new(kind: Kind, options: &str, device: &Path) -> Self {
        let point = tempfile::tempdir().unwrap();
        let no_discards = if kind == Kind::Xfs { "" } else { ",nodiscard" };
        let options = format!("{options}{no_discards}");
        tool(Command::new("mount").args(["-o", &options]).arg(device).arg(point.path()));
        Self { kind, point }
    }

    pub(crate) fn path(&self) -> &Path {
        self.point.path()
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        unmount(self.point.path());
        if self.kind == Kind::Btrfs {
            // Otherwise the kernel refuses an older state of the same filesystem.
            let _ = Command::new("btrfs").args(["device", "scan", "--forget"]).output();
        }
    }
}
