//! The test binaries and the command, linked statically, because the guest has another C library.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, ensure};

use super::place::{Place, Scope};
use crate::test::process::{Interrupt, printed};
use crate::test::suites::{built, cargo, cargo_test};

/// The suites that run in the guest.
pub(super) const SUITES: [&str; 11] = [
    "any_filesystem",
    "filesystems",
    "sharing",
    "tree",
    "ocfs2",
    "server",
    "power",
    "zfs",
    "model",
    "command",
    "faults",
];
/// The suites of the command.
const OF_COMMAND: [&str; 2] = ["command", "faults"];
const COMMAND: &str = "reflink";

/// Builds the suites that will run, and the command if its suite will; returns their names and binaries.
pub(super) fn programs(
    work: &Path,
    places: &[Place],
    scope: &Scope,
    interrupt: &Interrupt,
) -> Result<Vec<(String, PathBuf)>> {
    let suites: BTreeSet<_> =
        places.iter().flat_map(|place| place.suites(scope)).map(|suite| suite.name).collect();
    let command_too = OF_COMMAND.iter().any(|name| suites.contains(name));
    // Not contained, because that needs root.
    let mut command = cargo_test(Command::new(cargo()));
    command
        .arg("--package=reflink")
        .args(command_too.then_some("--package=reflink-cli"))
        .args(suites.iter().map(|suite| format!("--test={suite}")))
        // With an explicit target, the flags do not reach procedural macros, which cannot be
        // static.
        .args(["--target", "x86_64-unknown-linux-gnu"])
        .env("RUSTFLAGS", "-Ctarget-feature=+crt-static")
        .env("CARGO_TARGET_DIR", work.join("build"))
        // Optimised, because the machine is slow.
        .env("CARGO_PROFILE_DEV_OPT_LEVEL", "1")
        .env("REFLINK_TEST_COMMAND", format!("/guest/{COMMAND}"));
    let mut programs = Vec::new();
    for artifact in built(&mut command, interrupt)? {
        let name = artifact.target.name;
        let wanted = suites.contains(name.as_str()) || name == COMMAND;
        if let (true, Some(binary)) = (wanted, artifact.executable) {
            programs.push((name, binary.into_std_path_buf()));
        }
    }
    let expected = suites.len() + usize::from(command_too);
    ensure!(programs.len() == expected, "cargo did not name all programs");
    Ok(programs)
}

/// Fails if a part of a suite that will run is in none of the suite's tests any more.
pub(super) fn check_parts(
    programs: &[(String, PathBuf)],
    places: &[Place],
    scope: &Scope,
) -> Result<()> {
    let suites: Vec<_> = places.iter().flat_map(|place| place.suites(scope)).collect();
    for (name, program) in programs {
        let parts: BTreeSet<_> = suites
            .iter()
            .filter(|suite| suite.name == name)
            .flat_map(|suite| suite.parts)
            .collect();
        if parts.is_empty() {
            continue;
        }
        let list = printed(Command::new(program).arg("--list"))?;
        for part in parts {
            ensure!(list.contains(part), "{name} has no test {part}");
        }
    }
    Ok(())
}
