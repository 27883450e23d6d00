//! A new machine: a root directory with a minimal Debian.
//!
//! It is not a container: it has this machine's kernel, devices and network. Every command runs in its
//! own mount namespace, with the new root as its root directory (see `fresh/enter.sh`), so nothing
//! stays mounted, however the command ends.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};

use crate::mirror::{self, Mirrors};
use crate::test::process::{Interrupt, capture, contained, printed};

pub(crate) const RELEASE: &str = "trixie";

/// Makes its first argument the root directory, and runs the others there.
const ENTER: &str = include_str!("fresh/enter.sh");

pub(crate) struct Machine {
    path: PathBuf,
}

impl Machine {
    /// Makes the root directory `path`, which does not exist yet.
    pub(crate) fn make(path: PathBuf, interrupt: &Interrupt) -> Result<Self> {
        let mirrors = Mirrors::of_this_machine()?;
        println!("making a minimal Debian {RELEASE}");
        let mut debootstrap = contained("debootstrap");
        debootstrap.args(["--variant=minbase", "--include=ca-certificates"]);
        debootstrap.arg(format!("--keyring={}", mirror::keyring()?));
        debootstrap.arg(RELEASE).arg(&path).arg(mirrors.debian()?);
        quietly(&mut debootstrap, interrupt)?;
        let proxies = ["Acquire::http::Proxy", "Acquire::https::Proxy"];
        let proxies = printed(Command::new("apt-config").arg("dump").args(proxies))?;
        fs::write(path.join("etc/apt/apt.conf.d/proxies"), proxies)?;
        Ok(Self { path })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// A [`contained`] command that runs its arguments in the root directory. Its environment is empty,
    /// except for the network proxies.
    pub(crate) fn enter(&self) -> Command {
        let mut shell = contained("sh");
        shell.args(["-c", ENTER, "enter.sh"]).arg(&self.path);
        let proxies = std::env::vars_os()
            .filter(|(name, _)| name.to_string_lossy().to_lowercase().ends_with("_proxy"));
        shell.env_clear().envs(proxies);
        shell
    }
}

/// Runs a [`contained`] command and shows its output only if it fails.
pub(crate) fn quietly(command: &mut Command, interrupt: &Interrupt) -> Result<()> {
    let finished = capture(command, interrupt, None, false)?;
    if finished.status.is_some_and(|status| status.success()) {
        return Ok(());
    }
    print!("{}", finished.output);
    bail!("the new machine cannot be made or used; the lines above have the reason")
}
