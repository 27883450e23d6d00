//! Clippy, for another target.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

use super::source;
use crate::test::suites;

/// What rustc calls for windows-gnu to make an import library of the functions that a crate declares. Nothing
/// is linked, so that one without functions will do.
const DLLTOOL: &str = "#!/bin/sh
while [ \"$1\" != -l ]; do shift; done
printf '!<arch>\\n' >\"$2\"
";

/// Checks one target after the other.
pub(super) struct Checker {
    /// The sources of the standard library.
    library: PathBuf,
    dlltool: PathBuf,
    target_dir: PathBuf,
}

impl Checker {
    pub(super) fn new(work: &Path, library: PathBuf) -> Result<Self> {
        let dlltool = work.join("dlltool");
        fs::write(&dlltool, DLLTOOL)?;
        fs::set_permissions(&dlltool, fs::Permissions::from_mode(0o755))?;
        Ok(Self { library, dlltool, target_dir: work.join("build") })
    }

    /// Whether library and command type-check for `target`, without a warning.
    pub(super) fn check(&self, target: &str) -> Result<bool> {
        // Cargo builds the standard library as for running; without its code in half the time.
        let flags = format!("-Zno-codegen -Cdlltool={}", self.dlltool.display());
        let status = cargo("clippy", &self.library, "std", target)
            .arg("--target-dir")
            .arg(&self.target_dir)
            .args(["--", "-Dwarnings"])
            .env("RUSTFLAGS", flags)
            .status()
            .context("cannot run cargo")?;
        Ok(status.success())
    }
}

/// A cargo that does its work for `target`, with the standard library's `crates` built from `library`.
pub(super) fn cargo(work: &str, library: &Path, crates: &str, target: &str) -> Command {
    let mut cargo = Command::new(suites::cargo());
    cargo
        .args([work, "--locked", "--quiet", "--package=reflink", "--package=reflink-cli"])
        .env("CARGO_PROFILE_DEV_DEBUG", "false")
        .env("CARGO_INCREMENTAL", "0")
        .current_dir(suites::root());
    source::build_std(&mut cargo, library, crates, target);
    cargo
}
