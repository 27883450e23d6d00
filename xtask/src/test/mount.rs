//! Guards for mounts.

use std::ffi::OsStr;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread::sleep;
use std::time::Duration;

use anyhow::{Context as _, Result};

use super::process::tool;

/// A mount, undone on drop.
pub(super) struct Mount {
    point: PathBuf,
    /// Declared last, because the image can be removed only after nothing uses it.
    _image: Option<Image>,
}

impl Mount {
    /// Runs `mount`, which gets its arguments from `arguments`, on the new directory `point`.
    pub(super) fn new<A: AsRef<OsStr>>(
        point: &Path,
        image: Option<Image>,
        arguments: impl IntoIterator<Item = A>,
    ) -> Result<Self> {
        std::fs::create_dir_all(point)
            .with_context(|| format!("cannot create {}", point.display()))?;
        tool(Command::new("mount").args(arguments).arg(point))?;
        Ok(Self { point: point.to_owned(), _image: image })
    }

    /// Mounts the filesystem in `image`; the loop device detaches itself with its last user.
    pub(super) fn image(point: &Path, image: Image) -> Result<Self> {
        let path = image.0.clone();
        Self::new(
            point,
            Some(image),
            [OsStr::new("--options"), OsStr::new("loop"), path.as_os_str()],
        )
    }

    pub(super) fn point(&self) -> &Path {
        &self.point
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        // Under load the processes of a test take a while to end.
        for _ in 0..100 {
            if tool(Command::new("umount").arg(&self.point)).is_ok() {
                return;
            }
            sleep(Duration::from_millis(100));
        }
        let point = self.point.display();
        match tool(Command::new("umount").arg("--lazy").arg(&self.point)) {
            Ok(()) => eprintln!("warning: {point} is busy; it goes when its last user does"),
            Err(error) => eprintln!("warning: cannot unmount {point}: {error:#}"),
        }
    }
}

/// A disk image, removed on drop.
pub(super) struct Image(PathBuf);

impl Image {
    /// A sparse file of `size` bytes.
    pub(super) fn new(path: PathBuf, size: u64) -> Result<Self> {
        let make = || File::create_new(&path)?.set_len(size);
        make().with_context(|| format!("cannot create {}", path.display()))?;
        Ok(Self(path))
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Image {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_file(&self.0) {
            eprintln!("warning: cannot remove {}: {error}", self.0.display());
        }
    }
}
