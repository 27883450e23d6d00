//! A mount namespace for this program.
//!
//! No other process sees its mounts, and they are gone with the last process in it, however that
//! process ended; a loop device that only such a mount used detaches itself. The guards in
//! [`super::mount`] unmount in the right order; this namespace helps if they do not get to run.

use std::ffi::OsString;
use std::os::unix::process::CommandExt as _;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use rustix::fs::{AtFlags, CWD, StatxAttributes, StatxFlags, statx};

/// The variable with the mount namespace of the parent process, set inside the new namespace.
const OUTSIDE: &str = "REFLINK_XTASK_OUTSIDE";

/// What to use instead of a chroot.
pub(crate) const WITHOUT_CHROOT: &str = "enter the root directory by pivot_root: \
     `unshare --mount --pid --fork sh xtask/src/fresh/enter.sh ROOT sh`";

/// An error if nothing can be mounted for this process alone. `unshare` makes all mounts private,
/// starting with that of the root directory, and the kernel returns only EINVAL if the root
/// directory is not a mount.
pub(crate) fn check() -> Result<()> {
    let root = statx(CWD, "/", AtFlags::empty(), StatxFlags::empty())
        .context("cannot examine the root directory")?;
    let is_known = root.stx_attributes_mask.contains(StatxAttributes::MOUNT_ROOT);
    ensure!(
        !is_known || root.stx_attributes.contains(StatxAttributes::MOUNT_ROOT),
        "the root directory is no mount point, as in a chroot, so nothing can be mounted here that \
         the rest of the system does not see; {WITHOUT_CHROOT}"
    );
    Ok(())
}

/// Whether the kernel allows user namespaces; in a chroot it does not.
pub(crate) fn has_user_namespaces() -> bool {
    let unshare = Command::new("unshare").args(["--user", "true"]).output();
    unshare.is_ok_and(|output| output.status.success())
}

/// Restarts this program in a private mount namespace, and returns there.
pub(crate) fn enter() -> Result<()> {
    check()?;
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

/// The search path with the directories of mkfs, which `su` leaves out.
fn path_with_sbin() -> OsString {
    let mut path = std::env::var_os("PATH").unwrap_or_default();
    path.push(":/usr/local/sbin:/usr/sbin:/sbin");
    path
}
