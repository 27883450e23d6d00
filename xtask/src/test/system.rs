//! Builds of the library with the limits of other systems.

use std::path::Path;
use std::process::Command;

/// What a build of the library is limited to: what other systems can do. The Linux calls do the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum System {
    /// Clones to new names alone, which get all that the source has: macOS
    NewNames,
    /// Clones of whole clusters in files that are ready for it: Windows with ReFS
    Ranges,
}

impl System {
    /// The name on the command line and in `cfg(reflink_as)`.
    fn name(self) -> &'static str {
        match self {
            Self::NewNames => "new-names",
            Self::Ranges => "ranges",
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
