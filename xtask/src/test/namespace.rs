//! A mount namespace of our own.
//!
//! What is mounted in it is seen by no other process and is gone with the last process in it,
//! however that ended; a loop device that only such a mount used detaches itself. The guards in
//! [`super::mount`] unmount in good order; this is what holds when they do not get to run.

use std::ffi::OsString;
use std::os::unix::process::CommandExt as _;
use std::process::Command;

use anyhow::{Context as _, Result};

/// Holds the mount namespace that this process came from, once it has entered its own.
const OUTSIDE: &str = "REFLINK_XTASK_OUTSIDE";

/// Starts this program again, in place, in a private mount namespace; returns in there.
pub(crate) fn enter() -> Result<()> {
    let own = std::fs::read_link("/proc/self/ns/mnt").context("cannot read /proc/self/ns/mnt")?;
    if std::env::var_os(OUTSIDE).is_some_and(|outside| outside != own) {
        return Ok(());
    }
    let this = std::env::current_exe().context("cannot find this program")?;
    let error = Command::new("unshare")
        .args(["--mount", "--propagation", "private", "--"])
        .arg(this)
        .args(std::env::args_os().skip(1))
        .env(OUTSIDE, own)
        .env("PATH", path_with_sbin())
        .exec();
    Err(error).context("cannot run unshare (package util-linux)")
}

/// The search path, with the directories of mkfs, which `su` leaves out.
fn path_with_sbin() -> OsString {
    let mut path = std::env::var_os("PATH").unwrap_or_default();
    path.push(":/usr/local/sbin:/usr/sbin:/sbin");
    path
}
