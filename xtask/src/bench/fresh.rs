//! Fresh filesystems in image files, to measure on.

use std::path::Path;

use anyhow::{Result, ensure};
use clap::ValueEnum as _;
use clap::builder::{PossibleValuesParser, TypedValueParser};

use crate::test::filesystem::Place;
use crate::test::scratch::Scratch;
use crate::test::{install, namespace, suites};

/// The filesystems that can be made: the host's is there already, and `--dir` evaluates it.
pub(super) fn filesystems() -> impl TypedValueParser<Value = Place> {
    let made = Place::value_variants().iter().filter(|place| **place != Place::Host);
    PossibleValuesParser::new(made.filter_map(Place::to_possible_value))
        .try_map(|name| Place::from_str(&name, false))
}

/// What makes and mounts filesystems, and looks at them, each with its Debian package.
const TOOLS: &[(&str, &str)] = &[
    ("mkfs.xfs", "xfsprogs"),
    ("xfs_io", "xfsprogs"),
    ("mkfs.btrfs", "btrfs-progs"),
    ("mkfs.ext4", "e2fsprogs"),
    ("mount", "mount"),
    ("losetup", "mount"),
];

/// Makes sure that filesystems can be made and mounted.
pub(super) fn prepare(install: bool) -> Result<()> {
    ensure!(
        rustix::process::geteuid().is_root(),
        "loop mounts need root; --dir evaluates a mounted filesystem without"
    );
    namespace::enter()?;
    install::install(TOOLS, install)
}

/// Where their images are: in `work_dir`, or else in cargo's target directory.
pub(super) fn scratch(work_dir: Option<&Path>) -> Result<Scratch> {
    match work_dir {
        Some(dir) => Scratch::new(dir),
        None => Scratch::new(&suites::target_dir()?),
    }
}
