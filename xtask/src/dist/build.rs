//! The static binary.
//!
//! glibc is linked in, so that the binary runs on any Linux. The command uses nothing of it that needs
//! its other files at run time: no names of users or hosts, no locales. The standard library is built
//! from source, with the command: Debian's compilers link it for a processor for which no Rust is
//! installed, and it leaves out what a program that aborts on a panic does not need.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use super::source::Source;
use super::target::Target;
use crate::systems::source::build_std;
use crate::test::suites;

pub(super) fn binary(
    source: &Source,
    work: &Path,
    target: Target,
    library: &Path,
) -> Result<PathBuf> {
    let triple = target.triple();
    let build = work.join("target");
    let linker = format!("CARGO_TARGET_{}_LINKER", triple.replace('-', "_").to_uppercase());
    let mut cargo = Command::new(suites::cargo());
    cargo.args(["build", "--locked", "--release", "--package=reflink-cli", "--target-dir"]);
    cargo.arg(&build);
    build_std(&mut cargo, library, "std,panic_abort", &triple);
    let status = cargo
        .env(linker, target.linker())
        .env_remove("RUSTFLAGS")
        .env("CARGO_ENCODED_RUSTFLAGS", flags(source, &build, library)?.join("\u{1f}"))
        .env("SOURCE_DATE_EPOCH", source.time.to_string())
        .current_dir(&source.path)
        .status()
        .context("cannot run cargo")?;
    ensure!(status.success(), "the binary for {triple} does not build");
    Ok(build.join(&triple).join("release/reflink"))
}

/// rustc's flags. They replace every directory of this machine that would show in the binary.
fn flags(source: &Source, build: &Path, library: &Path) -> Result<Vec<String>> {
    let cargo_home = match env::var_os("CARGO_HOME") {
        Some(home) => PathBuf::from(home),
        None => PathBuf::from(env::var_os("HOME").context("HOME is not set")?).join(".cargo"),
    };
    let remap = |from: &Path, to| format!("--remap-path-prefix={}={to}", from.display());
    Ok(vec![
        "-Ctarget-feature=+crt-static".to_owned(),
        remap(&cargo_home, "/cargo"),
        remap(library, "/rust/library"),
        remap(build, "/reflink/target"),
        remap(&source.path, "/reflink"),
    ])
}
