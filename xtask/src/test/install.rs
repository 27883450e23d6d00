//! The system tools that the harness and the suites use.

use std::process::Command;

use anyhow::{Context as _, Result, bail, ensure};

/// Each tool that is looked for, and the Debian package that has it.
const TOOLS: &[(&str, &str)] = &[
    ("mkfs.xfs", "xfsprogs"),
    ("xfs_io", "xfsprogs"),
    ("mkfs.btrfs", "btrfs-progs"),
    ("mkfs.ext4", "e2fsprogs"),
    ("chattr", "e2fsprogs"),
    ("strace", "strace"),
    ("setfattr", "attr"),
    ("setfacl", "acl"),
    ("setcap", "libcap2-bin"),
    ("mount", "mount"),
    ("losetup", "mount"),
    ("setpriv", "util-linux"),
    ("unshare", "util-linux"),
    ("taskset", "util-linux"),
    ("bindfs", "bindfs"),
    ("rclone", "rclone"),
    ("fusermount3", "fuse3"),
    ("mandoc", "mandoc"),
    ("fish", "fish"),
    ("zsh", "zsh"),
];

/// Makes sure that every tool is installed. Installs missing packages if possible and allowed;
/// otherwise fails with the command that installs them.
pub(crate) fn tools(may_install: bool) -> Result<()> {
    install(TOOLS, may_install)
}

/// Like [`tools`], for some `tools` with their packages.
pub(crate) fn install(tools: &[(&str, &'static str)], may_install: bool) -> Result<()> {
    let packages = missing(tools, found);
    if packages.is_empty() {
        return Ok(());
    }
    let advice = format!("apt-get install {}", packages.join(" "));
    let is_root = rustix::process::geteuid().is_root();
    if !may_install || !is_root || !found("apt-get") {
        bail!("packages are missing; on Debian this command installs them: {advice}");
    }
    println!("installing {}", packages.join(" "));
    let mut arguments = vec!["install", "--yes", "--no-install-recommends"];
    arguments.extend(packages);
    apt_get(&["update"])?;
    apt_get(&arguments)?;
    let packages = missing(tools, found);
    ensure!(packages.is_empty(), "still missing after `{advice}`: {}", packages.join(" "));
    Ok(())
}

/// The packages, each once, of the `tools` that are not `there`.
fn missing(tools: &[(&str, &'static str)], there: impl Fn(&str) -> bool) -> Vec<&'static str> {
    let mut packages: Vec<_> =
        tools.iter().filter(|(tool, _)| !there(tool)).map(|&(_, package)| package).collect();
    packages.dedup();
    packages
}

/// Whether `tool` is in the search path.
pub(crate) fn found(tool: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|dir| dir.join(tool).is_file())
}

fn apt_get(args: &[&str]) -> Result<()> {
    let status = Command::new("apt-get")
        // Another apt may be at work.
        .args(["-o", "DPkg::Lock::Timeout=300"])
        .args(args)
        .env("DEBIAN_FRONTEND", "noninteractive")
        .status()
        .context("cannot run apt-get")?;
    ensure!(status.success(), "`apt-get {}` failed ({status})", args.join(" "));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_is_named_once() {
        let there = |tool: &str| !["mkfs.xfs", "xfs_io", "strace"].contains(&tool);
        assert_eq!(missing(TOOLS, there), ["xfsprogs", "strace"]);
        assert_eq!(missing(TOOLS, |_| true), [""; 0]);
    }
}
