//! Manual pages and completions, which the command itself writes.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use super::files::files;
use crate::test::process::printed;

/// The shells, and the file names by which they find their completions.
pub(super) const SHELLS: [(&str, &str); 5] = [
    ("bash", "reflink.bash"),
    ("elvish", "reflink.elv"),
    ("fish", "reflink.fish"),
    ("powershell", "_reflink.ps1"),
    ("zsh", "_reflink"),
];

pub(super) struct Pages {
    /// `reflink.1`, and one for each subcommand.
    pub(super) manual: Vec<PathBuf>,
    pub(super) completions: PathBuf,
}

/// Has `binary` write them into `dir`; `time` is their date.
pub(super) fn make(binary: &Path, dir: &Path, time: u64) -> Result<Pages> {
    if dir.exists() {
        fs::remove_dir_all(dir)?;
    }
    let manual = dir.join("man");
    let completions = dir.join("completions");
    fs::create_dir_all(&completions)?;
    let mut write = Command::new(binary);
    printed(write.arg("man").arg("--out").arg(&manual).env("SOURCE_DATE_EPOCH", time.to_string()))
        .context("the command cannot write its manual pages")?;
    for (shell, name) in SHELLS {
        let script = printed(Command::new(binary).args(["completions", shell]))?;
        fs::write(completions.join(name), script)?;
    }
    let manual = files(&manual)?;
    ensure!(manual.iter().any(|page| page.ends_with("reflink.1")), "there is no reflink.1");
    Ok(Pages { manual, completions })
}
