//! The project's test binaries.

use std::io::{BufReader, Seek as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};
use cargo_metadata::{Artifact, Message, MetadataCommand, TargetKind};

use super::process::{Interrupt, contained};

/// The suite that is all of `cargo test`: unit tests, doctests, and what no filesystem limits.
pub(crate) const UNIT: &str = "unit";

/// What needs a server on the other side: `cargo xtask vm` runs it.
const ELSEWHERE: &str = "server";

/// An integration test binary.
pub(crate) struct Suite {
    /// `lib/copy` for reflink/tests/copy.rs, `cli/…` for reflink-cli.
    pub(crate) name: String,
    pub(crate) binary: PathBuf,
    /// Where cargo runs it.
    pub(crate) package_dir: PathBuf,
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
    let metadata = MetadataCommand::new().current_dir(root()).no_deps().exec()?;
    Ok(metadata.target_directory.into())
}

/// Builds the tests as `cargo test` does, and lists the integration tests by name.
pub(crate) fn build(interrupt: &Interrupt) -> Result<Vec<Suite>> {
    let mut messages = tempfile::tempfile().context("cannot create a temporary file")?;
    let mut child = contained(cargo())
        .args(["test", "--no-run", "--message-format=json-render-diagnostics"])
        .current_dir(root())
        .stdout(messages.try_clone()?)
        .spawn()
        .context("cannot run cargo")?;
    let status = interrupt.wait(&mut child, None, || Ok(()))?;
    if !status.is_some_and(|status| status.success()) {
        bail!("the tests do not build");
    }
    messages.rewind()?;
    let mut suites = Vec::new();
    for message in Message::parse_stream(BufReader::new(messages)) {
        if let Message::CompilerArtifact(artifact) = message? {
            suites.extend(Suite::of(artifact));
        }
    }
    suites.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(suites)
}

/// Refuses the names in `wanted` that no suite has.
pub(crate) fn check_names(suites: &[Suite], wanted: &[String]) -> Result<()> {
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
