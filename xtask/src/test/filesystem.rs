//! The filesystems under test: how each is made and mounted.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail, ensure};
use clap::ValueEnum;

use super::mount::{Image, Mount};
use super::process::tool;
use super::scratch::Scratch;

const MIB: u64 = 1 << 20;

/// The directory below an overlay that is not part of it.
const PLAIN: &str = "plain";

/// Where suites run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Place {
    /// the target directory's own: `cargo test`, and the suites for which one place is enough
    Host,
    Xfs,
    /// xfs made with reflink=0
    XfsNoreflink,
    Btrfs,
    Ext4,
    Tmpfs,
    /// overlayfs; its lower, upper and work directories are on one xfs
    Overlay,
    /// xfs with blocks of 1 KiB, if named
    #[value(name = "xfs-1k")]
    Xfs1k,
    /// xfs with blocks of 64 KiB, if named; Linux 6.12 or later mounts it
    #[value(name = "xfs-64k")]
    Xfs64k,
    /// ext4 with blocks of 1 KiB, if named
    #[value(name = "ext4-1k")]
    Ext4OneK,
    /// ext4 with clusters of 64 KiB, if named
    Ext4Bigalloc,
}

impl Place {
    /// The places of a run that names none.
    pub(super) const USUAL: [Self; 7] = [
        Self::Host,
        Self::Xfs,
        Self::XfsNoreflink,
        Self::Btrfs,
        Self::Ext4,
        Self::Tmpfs,
        Self::Overlay,
    ];
}

impl fmt::Display for Place {
    /// The name on the command line and in `REFLINK_TEST_FS`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = self.to_possible_value();
        f.pad(value.as_ref().map_or("", |value| value.get_name()))
    }
}

/// The size of a filesystem.
#[derive(Clone, Copy)]
pub(crate) enum Size {
    /// With room for any test.
    Roomy,
    /// Quickly filled: close to the smallest size that its mkfs accepts without force.
    Small,
}

/// A mounted filesystem.
pub(crate) struct Volume {
    // The overlay is unmounted before the filesystem below it.
    top: Mount,
    base: Option<Mount>,
}

impl Volume {
    /// Makes a new filesystem for `place` and mounts it under `name`.
    pub(crate) fn new(place: Place, size: Size, scratch: &Scratch, name: &str) -> Result<Self> {
        Self::with_options(place, size, scratch, name, &[])
    }

    /// The same with more options for its mkfs.
    pub(crate) fn with_options(
        place: Place,
        size: Size,
        scratch: &Scratch,
        name: &str,
        options: &[String],
    ) -> Result<Self> {
        let disk = |mkfs: &[&str], small| {
            let size = match size {
                Size::Roomy => 24 << 30, // The image is sparse.
                Size::Small => small,
            };
            let image = Image::new(scratch.image(name), size)?;
            tool(Command::new(mkfs[0]).args(&mkfs[1..]).args(options).arg(image.path()))?;
            Ok(Self { top: Mount::image(&scratch.point(name), image)?, base: None })
        };
        match place {
            Place::Host => bail!("the host's filesystem is there already"),
            Place::Xfs => disk(&["mkfs.xfs", "-q", "-m", "reflink=1"], 320 * MIB),
            Place::Xfs1k => {
                disk(&["mkfs.xfs", "-q", "-m", "reflink=1", "-b", "size=1k"], 320 * MIB)
            }
            Place::Xfs64k => {
                disk(&["mkfs.xfs", "-q", "-m", "reflink=1", "-b", "size=64k"], 320 * MIB)
            }
            Place::XfsNoreflink => disk(&["mkfs.xfs", "-q", "-m", "reflink=0"], 320 * MIB),
            // Metadata has its own room, as on any disk: if the data's is full, files can still be
            // created and removed.
            Place::Btrfs => disk(&["mkfs.btrfs", "-q", "-d", "single", "-m", "dup"], 256 * MIB),
            // The small filesystem gets the block size of a large one, and no blocks reserved for
            // root, because the tests run as root.
            Place::Ext4 => disk(&["mkfs.ext4", "-q", "-F", "-b", "4096", "-m", "0"], 32 * MIB),
            Place::Ext4OneK => disk(&["mkfs.ext4", "-q", "-F", "-b", "1024", "-m", "0"], 32 * MIB),
            Place::Ext4Bigalloc => {
                let clusters = ["-O", "bigalloc", "-C", "65536"];
                let mkfs = ["mkfs.ext4", "-q", "-F", "-b", "4096", "-m", "0"];
                disk(&[&mkfs[..], &clusters].concat(), 32 * MIB)
            }
            Place::Tmpfs => {
                ensure!(options.is_empty(), "tmpfs has no mkfs, and so no options for it");
                let limit = match size {
                    Size::Roomy => "size=4G",
                    Size::Small => "size=16M",
                };
                let arguments = ["--types", "tmpfs", "--options", limit, name];
                Ok(Self { top: Mount::new(&scratch.point(name), None, arguments)?, base: None })
            }
            Place::Overlay => {
                let base = format!("{name}-base");
                let base = Self::with_options(Place::Xfs, size, scratch, &base, options)?.top;
                let dir = base.point();
                for part in ["lower", "upper", "work", PLAIN] {
                    std::fs::create_dir(dir.join(part)).context("cannot prepare the overlay")?;
                }
                // Mount points contain neither colons nor commas.
                let dir = dir.display();
                let options =
                    format!("lowerdir={dir}/lower,upperdir={dir}/upper,workdir={dir}/work");
                let arguments = ["--types", "overlay", "--options", &options, name];
                let top = Mount::new(&scratch.point(name), None, arguments)?;
                Ok(Self { top, base: Some(base) })
            }
        }
    }

    /// A directory for tests.
    pub(crate) fn dir(&self) -> &Path {
        self.top.point()
    }

    /// A directory for plain files on the filesystem below the overlay, if this is one.
    pub(super) fn lower_dir(&self) -> Option<PathBuf> {
        self.base.as_ref().map(|base| base.point().join(PLAIN))
    }
}
