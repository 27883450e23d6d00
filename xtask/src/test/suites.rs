//! The project's test binaries.

use std::io::{BufReader, Seek as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail, ensure};
use cargo_metadata::{Artifact, Message, MetadataCommand, TargetKind};

use super::process::{Interrupt, contained};

/// The suite that is all of `cargo test`: unit tests, doctests, and what no filesystem limits.
pub(super) const UNIT: &str = "unit";

/// What needs a server on the other side: `cargo xtask vm` runs it.
const ELSEWHERE: &str = "server";

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
        if !artifact.profile.test || !artifact.target.kind.contains(&TargetKind::Test) {
            return None;
        }
        if artifact.target.name == ELSEWHERE {
            return None;
        }
        let package_dir = artifact.manifest_path.parent()?;
        let package = match package_dir.file_name()? {
            "reflink" => "lib",
            "reflink-cli" => "cli",
            // The kernel's definitions are the same on every filesystem: `cargo test` is enough.
            _ => return None,
        };
        let name = format!("{package}/{}", artifact.target.name);
        Some(Self { name, binary, package_dir: package_dir.into() })
    }
}

/// The workspace's root.
pub(super) fn root() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here)
}

/// The cargo that runs this program.
pub(crate) fn cargo() -> PathBuf {
    std::env::var_os("CARGO").map_or_else(|| "cargo".into(), PathBuf::from)
}

/// Cargo's target directory.
pub(crate) fn target_dir() -> Result<PathBuf> {
    let metadata = MetadataCommand::new().current_dir(root()).no_deps().exec()?;
    Ok(metadata.target_directory.into())
}

/// Builds the tests as `cargo test` does, and lists the integration tests by name.
pub(super) fn build(interrupt: &Interrupt) -> Result<Vec<Suite>> {
    let artifacts = built(&mut cargo_test(contained(cargo())), interrupt)?;
    let mut suites: Vec<_> = artifacts.into_iter().filter_map(Suite::of).collect();
    suites.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(suites)
}

/// Has `cargo` only build the tests.
pub(crate) fn cargo_test(mut cargo: Command) -> Command {
    cargo.args(["test", "--no-run", "--message-format=json-render-diagnostics"]);
    cargo.current_dir(root());
    cargo
}

/// Runs a [`cargo_test`] and returns what it has built.
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

/// Refuses the names in `wanted` that no suite has.
pub(super) fn check_names(suites: &[Suite], wanted: &[String]) -> Result<()> {
    let known: Vec<&str> =
        std::iter::once(UNIT).chain(suites.iter().map(|suite| suite.name.as_str())).collect();
    for name in wanted {
        ensure!(
            known.contains(&name.as_str()),
            "there is no suite {name}; there are {}",
            known.join(", ")
        );
    }
    Ok(())
}
