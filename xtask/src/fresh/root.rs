//! The root directory of the new machine.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use super::account::Account;
use crate::machine::{self, Machine, quietly};
use crate::test::process::{Interrupt, contained, printed};
use crate::test::suites;

/// What the README requires, and nothing else.
const PREPARE: &str = "export DEBIAN_FRONTEND=noninteractive
    apt-get --quiet=2 update
    apt-get --quiet=2 --yes --no-install-recommends install git cargo rustc
    apt-get clean
    useradd --create-home user";

/// Where the crates and the archive of the project are in the root directory.
const CRATES: &str = "crates";
const ARCHIVE: &str = "reflink.tar";

const UNPACK: &str = "mkdir reflink && tar --extract --file /reflink.tar --directory reflink";

pub(super) struct Root {
    machine: Machine,
}

impl Root {
    /// Makes the root directory in `work`.
    pub(super) fn make(work: &Path, interrupt: &Interrupt) -> Result<Self> {
        let root = Self { machine: Machine::make(path_in(work), interrupt)? };
        println!("installing git, cargo and rustc");
        quietly(&mut root.shell(Account::Root, &format!("set -e\n{PREPARE}")), interrupt)?;
        root.check_rustc()?;
        root.fetch_crates(interrupt)?;
        root.archive()?;
        for account in [Account::User, Account::Root] {
            quietly(&mut root.shell(account, UNPACK), interrupt)?;
        }
        Ok(root)
    }

    pub(super) fn path(&self) -> &Path {
        self.machine.path()
    }

    /// A shell of an account that has just logged in.
    pub(super) fn shell(&self, account: Account, script: &str) -> Command {
        let (name, home, path) = (account.name(), account.home(), account.search_path());
        let mut shell = self.machine.enter();
        shell.args(["setpriv", "--reuid", name, "--regid", name, "--init-groups"]);
        shell.args(["env", &format!("PATH={path}"), "sh", "-c", &format!("cd\n{script}")]);
        shell.env("PATH", Account::Root.search_path()).env("HOME", home).env("USER", name);
        shell
    }

    /// An error unless Debian's rustc is the oldest version that the project supports.
    fn check_rustc(&self) -> Result<()> {
        let version = printed(&mut self.shell(Account::User, "rustc --version"))?;
        let oldest = env!("CARGO_PKG_RUST_VERSION");
        ensure!(
            version.starts_with(&format!("rustc {oldest}.")),
            "the manifest promises Rust {oldest}, and Debian {} has {}",
            machine::RELEASE,
            version.trim()
        );
        println!("{}", version.trim());
        Ok(())
    }

    /// Copies the crates, with the configuration of this machine's cargo.
    fn fetch_crates(&self, interrupt: &Interrupt) -> Result<()> {
        let mut vendor = contained(suites::cargo());
        vendor.args(["vendor", "--locked", "--versioned-dirs", "--respect-source-config"]);
        vendor.arg(self.path().join(CRATES)).current_dir(suites::root());
        quietly(&mut vendor, interrupt)?;
        // Cargo finds it from any directory.
        let config = format!(
            "[source.crates-io]\nreplace-with = \"brought-along\"\n\
             [source.brought-along]\ndirectory = \"/{CRATES}\"\n"
        );
        let dir = self.path().join(".cargo");
        fs::create_dir(&dir)?;
        fs::write(dir.join("config.toml"), config).context("cannot configure cargo")
    }

    /// Copies the committed files.
    fn archive(&self) -> Result<()> {
        let git = || {
            let mut git = Command::new("git");
            // Allows root to read another user's checkout.
            git.args(["-c", "safe.directory=*"]).current_dir(suites::root());
            git
        };
        printed(git().args(["archive", "--output"]).arg(self.path().join(ARCHIVE)).arg("HEAD"))?;
        print!("testing {}", printed(git().args(["log", "-1", "--format=%h %s"]))?);
        if !printed(git().args(["status", "--porcelain"]))?.is_empty() {
            println!("what is not committed is not tested");
        }
        Ok(())
    }
}

fn path_in(work: &Path) -> PathBuf {
    work.join("root")
}

/// Removes the root directory in `work`, if there is one.
pub(super) fn remove(work: &Path) -> Result<()> {
    let path = path_in(work);
    if path.exists() {
        fs::remove_dir_all(&path).with_context(|| format!("cannot remove {}", path.display()))?;
    }
    Ok(())
}
