//! Builds of the library with the limits of other systems.

use std::path::Path;
use std::process::Command;

use super::filesystem::Place;

/// What a build of the library is limited to: what other systems can do. The Linux calls do the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum System {
    /// Clones to new names alone, which get all that the source has: macOS
    NewNames,
    /// Clones of whole clusters in files that are ready for it: Windows with ReFS
    Ranges,
}

impl System {
    /// The places of a run that names none: each suite on filesystems that clone.
    pub(super) const PLACES: [Place; 2] = [Place::Xfs, Place::Btrfs];

    /// The name on the command line and in `cfg(reflink_as)`.
    fn name(self) -> &'static str {
        match self {
            Self::NewNames => "new-names",
            Self::Ranges => "ranges",
        }
    }

    /// Why a suite does not run with this build unless it is named.
    pub(super) fn leaves_out(self, suite: &str) -> Option<&'static str> {
        match (self, suite) {
            (Self::NewNames, "cli/faults") => {
                Some("it expects that a copy has no name until it is finished")
            }
            _ => None,
        }
    }

    /// Has `cargo` build it, beside the other builds in `target_dir`.
    pub(super) fn build_by(self, cargo: &mut Command, target_dir: &Path) {
        let name = self.name();
        cargo.env("CARGO_TARGET_DIR", target_dir.join(format!("as-{name}")));
        let flags = std::env::var("RUSTFLAGS").unwrap_or_default();
        cargo.env("RUSTFLAGS", format!("{flags} --cfg reflink_as=\"{name}\""));
    }
}
