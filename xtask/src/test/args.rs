//! The arguments of `cargo xtask test`.

use std::ffi::OsString;
use std::path::PathBuf;

use super::filesystem::Place;
use super::system::System;

/// Arguments of `cargo xtask test`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Only on these filesystems, separated by commas
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub(super) fs: Vec<Place>,
    /// Only these suites, separated by commas: `unit`, or a test binary such as `lib/sharing`
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub(super) suite: Vec<String>,
    /// Built to clone in no more ways than another system has; on xfs and btrfs if --fs names nothing
    #[arg(long = "as", value_name = "SYSTEM")]
    pub(super) as_system: Option<System>,
    /// A directory with some GiB of room, for disk images [default: cargo's target directory]
    #[arg(long, value_name = "DIR")]
    pub(super) work_dir: Option<PathBuf>,
    /// The operations of the model test on each filesystem [default: 20000]
    #[arg(long, value_name = "N")]
    pub(super) ops: Option<u64>,
    /// The minutes after which a test binary is killed
    #[arg(long, value_name = "MINUTES", default_value_t = 10)]
    pub(super) limit: u64,
    /// If Debian packages are missing, do not install them, but fail and name them
    #[arg(long)]
    pub(super) no_install: bool,
    /// Show the output of all test binaries, not only of those that fail
    #[arg(long, short)]
    pub(super) verbose: bool,
    /// Arguments for the test binaries, such as a part of a test's name
    #[arg(last = true, value_name = "ARGUMENTS")]
    pub(super) test_args: Vec<OsString>,
}
