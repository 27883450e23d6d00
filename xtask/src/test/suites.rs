//! The project's test binaries.

use std::io::{BufReader, Seek as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail, ensure};
use cargo_metadata::camino::Utf8Path;
use cargo_metadata::{Artifact, Message, Metadata, MetadataCommand, Target, TargetKind};

use super::process::{Interrupt, contained};
use super::system::System;

/// The suite for all of `cargo test`: unit tests, doctests, and tests that are the same on every
/// filesystem.
pub(super) const UNIT: &str = "unit";

/// What needs a server on the other side, ocfs2 or device-mapper: `cargo xtask vm` runs it.
const ELSEWHERE: [&str; 4] = ["server", "ocfs2", "power", "zfs"];

/// An integration test binary.
pub(super) struct Suite {
    /// `lib/copy` for reflink/tests/copy.rs, `cli/…` for reflink-cli.
    pub(super) name: String,
    pub(super) binary: PathBuf,
    /// Where cargo runs it.
    pub(super) package_dir: PathBuf,
}

impl Suite {
    fn of(artifact: Artifact) -> Option<Self> {
        let binary = artifact.executable?.into_std_path_buf();
        if !artifact.profile.test {
            return None;
        }
        let name = name_of(&artifact.target, &artifact.manifest_path)?;
        let package_dir = artifact.manifest_path.parent()?.into();
        Some(Self { name, binary, package_dir })
    }
}

/// The name of the suite, if this target of the package with this manifest is a suite.
fn name_of(target: &Target, manifest: &Utf8Path) -> Option<String> {
    if !target.kind.contains(&TargetKind::Test) || ELSEWHERE.contains(&target.name.as_str()) {
        return None;
    }
    let package = match manifest.parent()?.file_name()? {
        "reflink" => "lib",
        "reflink-cli" => "cli",
        // The kernel's definitions are the same on every filesystem: `cargo test` is enough.
        _ => return None,
    };
    Some(format!("{package}/{}", target.name))
}

/// The names of all suites, from the manifests: nothing needs to be built.
pub(super) fn names() -> Result<Vec<String>> {
    let mut names = vec![UNIT.to_owned()];
    for package in &metadata()?.packages {
        let targets = package.targets.iter();
        names.extend(targets.filter_map(|target| name_of(target, &package.manifest_path)));
    }
    names[1..].sort();
    Ok(names)
}

fn metadata() -> Result<Metadata> {
    Ok(MetadataCommand::new().current_dir(root()).no_deps().exec()?)
}

/// The workspace's root.
pub(crate) fn root() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here)
}

/// The cargo that runs this program.
pub(crate) fn cargo() -> PathBuf {
    std::env::var_os("CARGO").map_or_else(|| "cargo".into(), PathBuf::from)
}

/// Cargo's target directory.
pub(crate) fn target_dir() -> Result<PathBuf> {
    Ok(metadata()?.target_directory.into())
}

/// Builds the tests as `cargo test` does, and lists the integration tests by name.
pub(super) fn build(as_system: Option<System>, interrupt: &Interrupt) -> Result<Vec<Suite>> {
    let mut cargo = cargo_test(contained(cargo()));
    if let Some(system) = as_system {
        system.build_by(&mut cargo, &target_dir()?);
    }
    let artifacts = built(&mut cargo, interrupt)?;
    let mut suites: Vec<_> = artifacts.into_iter().filter_map(Suite::of).collect();
    suites.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(suites)
}

/// Makes `cargo` only build the tests.
pub(crate) fn cargo_test(mut cargo: Command) -> Command {
    cargo.args(["test", "--no-run", "--message-format=json-render-diagnostics"]);
    cargo.current_dir(root());
    cargo
}

/// Runs a [`cargo_test`] command and returns what it built.
pub(crate) fn built(cargo_test: &mut Command, interrupt: &Interrupt) -> Result<Vec<Artifact>> {
    let mut messages = tempfile::tempfile().context("cannot create a temporary file")?;
    let mut child = cargo_test.stdout(messages.try_clone()?).spawn().context("cannot run cargo")?;
    let status = interrupt.wait(&mut child, None, || Ok(()))?;
    if !status.is_some_and(|status| status.success()) {
        bail!("the tests do not build");
    }
    messages.rewind()?;
    let mut artifacts = Vec::new();
    for message in Message::parse_stream(BufReader::new(messages)) {
        if let Message::CompilerArtifact(artifact) = message? {
            artifacts.push(artifact);
        }
    }
    Ok(artifacts)
}

/// Rejects names in `wanted` that no suite has.
pub(super) fn check_names(wanted: &[String]) -> Result<()> {
    let known = names()?;
    for name in wanted {
        ensure!(known.contains(name), "there is no suite {name}; there are {}", known.join(", "));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_suite_is_known_by_name_before_it_is_built() {
        let names = names().unwrap();
        assert_eq!(names[0], UNIT);
        for name in ["lib/any_filesystem", "cli/command"] {
            assert!(names.contains(&name.to_owned()), "{names:?}");
        }
        assert!(ELSEWHERE.iter().all(|name| !names.contains(&format!("lib/{name}"))), "{names:?}");
        assert!(check_names(&["lib/sharing".to_owned(), UNIT.to_owned()]).is_ok());
        let error = check_names(&["lib/copy".to_owned()]).unwrap_err().to_string();
        assert!(error.starts_with("there is no suite lib/copy; there are unit, cli/"), "{error}");
    }
}
