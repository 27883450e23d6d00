//! The committed files, and what the commit says of itself.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};
use cargo_metadata::MetadataCommand;

use crate::test::process::printed;
use crate::test::suites;

pub(super) struct Source {
    pub(super) path: PathBuf,
    /// The command's.
    pub(super) version: String,
    /// When the commit was made, in seconds since 1970: the date of every file.
    pub(super) time: u64,
    /// Who made it: the maintainer of the package.
    pub(super) maintainer: String,
    /// The date as a Debian changelog has it.
    pub(super) date: String,
}

impl Source {
    /// Unpacks the files of a commit below `work`.
    pub(super) fn unpack(work: &Path, commit: &str) -> Result<Self> {
        let path = work.join("source");
        if path.exists() {
            fs::remove_dir_all(&path)?;
        }
        fs::create_dir_all(&path)?;
        let tar = work.join("source.tar");
        git(&["archive", "--output", &tar.to_string_lossy(), commit])?;
        printed(
            Command::new("tar")
                .arg("--extract")
                .arg("--file")
                .arg(&tar)
                .arg("--directory")
                .arg(&path),
        )?;
        let metadata = MetadataCommand::new().current_dir(&path).no_deps().exec()?;
        let command = metadata.packages.into_iter().find(|package| package.name == "reflink-cli");
        Ok(Self {
            path,
            version: command.context("there is no reflink-cli")?.version.to_string(),
            time: about(commit, "%ct")?.parse().context("the commit has no time")?,
            maintainer: about(commit, "%an <%ae>")?,
            date: about(commit, "%cD")?,
        })
    }
}

/// The commit that is checked out.
pub(super) fn head() -> Result<String> {
    if !git(&["status", "--porcelain"])?.is_empty() {
        println!("what is not committed is not built");
    }
    about("HEAD", "%h")
}

fn about(commit: &str, format: &str) -> Result<String> {
    git(&["log", "-1", &format!("--format={format}"), commit])
}

fn git(args: &[&str]) -> Result<String> {
    let mut git = Command::new("git");
    // Allows root to read another user's checkout.
    git.args(["-c", "safe.directory=*"]).args(args).current_dir(suites::root());
    Ok(printed(&mut git)?.trim().to_owned())
}
