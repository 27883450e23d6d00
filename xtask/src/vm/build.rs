//! The test binaries and the command, linked statically: the guest has another C library.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};
use cargo_metadata::Message;

use crate::test::process::Interrupt;
use crate::test::suites::{cargo, root};

/// The suites that run in the guest.
const SUITES: [&str; 4] = ["any_filesystem", "filesystems", "server", "command"];
/// The command that `command` tests.
const COMMAND: &str = "reflink";

/// Builds the suites and the command; returns their names and binaries.
pub(super) fn programs(work: &Path, interrupt: &Interrupt) -> Result<Vec<(String, PathBuf)>> {
    let mut command = Command::new(cargo());
    command
        .args(["test", "--no-run", "--package=reflink", "--package=reflink-cli"])
        .args(SUITES.map(|suite| format!("--test={suite}")))
        // With a target named, the flags do not reach procedural macros, which cannot be static.
        .args(["--target", "x86_64-unknown-linux-gnu"])
        .arg("--message-format=json-render-diagnostics")
        .env("RUSTFLAGS", "-Ctarget-feature=+crt-static")
        .env("CARGO_TARGET_DIR", work.join("build"))
        // The machine is slow.
        .env("CARGO_PROFILE_DEV_OPT_LEVEL", "1")
        .env("REFLINK_TEST_COMMAND", format!("/guest/{COMMAND}"))
        .current_dir(root())
        .stderr(Stdio::inherit());
    let output = command.output().context("cannot run cargo")?;
    interrupt.check()?;
    ensure!(output.status.success(), "the tests do not build");
    let mut programs = Vec::new();
    for message in Message::parse_stream(&output.stdout[..]) {
        if let Message::CompilerArtifact(artifact) = message? {
            let name = artifact.target.name;
            let wanted = SUITES.contains(&name.as_str()) || name == COMMAND;
            if let (true, Some(binary)) = (wanted, artifact.executable) {
                programs.push((name, binary.into_std_path_buf()));
            }
        }
    }
    ensure!(programs.len() == SUITES.len() + 1, "cargo did not name all programs");
    Ok(programs)
}
