//! Where these tests run.

use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::common::*;

/// A new directory where blocks can be shared.
pub(crate) fn cloning_dir() -> TempDir {
    if fs().clones() { dir() } else { other_dir() }
}

/// The variable with the parent directory of [`cloning_dir`].
pub(crate) fn cloning_base() -> &'static str {
    if fs().clones() { "REFLINK_TEST_DIR" } else { "REFLINK_TEST_OTHER_DIR" }
}

/// For [`in_child`]: a user who is not root and owns nothing yet.
pub(crate) const AS_A_USER: [&str; 4] =
    ["setpriv", "--reuid=1234", "--regid=1234", "--clear-groups"];

/// For [`in_child`]: lets that user make directories in the directory of this variable.
pub(crate) fn open_to_all(base: &str) -> String {
    format!("chmod 1777 \"${base}\"")
}

/// A filesystem made for one test, in an image.
pub(crate) struct Volume {
    // Unmounted before its image is removed.
    mount: Mount,
    _image: TempDir,
}

impl Volume {
    pub(crate) fn new(mkfs: &[&str]) -> Self {
        let dir = other_dir();
        let [image, point] = ["image", "point"].map(|name| dir.path().join(name));
        std::fs::File::create(&image).unwrap().set_len(512 * MIB).unwrap();
        std::fs::create_dir(&point).unwrap();
        tool(Command::new(mkfs[0]).args(&mkfs[1..]).arg(&image));
        let image_and_point = [image.as_path(), &point].map(|path| path.to_str().unwrap());
        let [image, point] = image_and_point;
        Self { mount: Mount::new(&["-o", "loop", image], point.as_ref()), _image: dir }
    }

    pub(crate) fn btrfs() -> Self {
        Self::new(&["mkfs.btrfs", "-q"])
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.mount.point.join(name)
    }
}

/// A mount, undone on drop.
pub(crate) struct Mount {
    point: PathBuf,
}

impl Mount {
    pub(crate) fn new(args: &[&str], point: &Path) -> Self {
        tool(Command::new("mount").args(args).arg(point));
        Self { point: point.to_owned() }
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        unmount(&self.point);
    }
}
