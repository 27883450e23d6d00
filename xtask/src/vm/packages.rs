//! The guest's packages: a kernel, the tools, and all that they need, down to the C library.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::apt::Apt;

const RELEASE: &str = "bookworm";

/// What the guest's script and the suites call.
const PACKAGES: &str = "busybox-static kmod bash coreutils util-linux mount findutils grep sed \
    e2fsprogs xfsprogs btrfs-progs f2fs-tools ocfs2-tools nfs-kernel-server nfs-common iproute2 \
    strace attr acl libcap2-bin dmsetup netbase samba samba-vfs-modules libglib2.0-0 libnl-3-200 \
    libnl-genl-3-200 mandoc bindfs diffutils";

/// On paper it cannot be beside samba; the release's own cannot serve newer kernels.
const BACKPORT: &str = "ksmbd-tools/bookworm-backports";

/// Downloads kernel and tools, as far as they are not there, and returns all their packages.
pub(super) fn download(work: &Path, series: &str) -> Result<Vec<PathBuf>> {
    let apt = updated(work, series)?;
    // For the room alone.
    apt.run("apt-get", &["--quiet=2", "autoclean"])?;
    let pattern = format!("^linux-image-{}\\.[0-9].*-amd64$", series.replace('.', "\\."));
    let found = apt.run("apt-cache", &["search", "--names-only", &pattern])?;
    let kernel = newest(&found).with_context(|| format!("Debian has no kernel {series}"))?;
    let kernel = parts(&kernel, series);
    // Two steps: the kernel would bring what makes a boot image of its own.
    let mut install = vec!["--yes", "--download-only", "install"];
    install.extend(PACKAGES.split_whitespace());
    let mut packages = apt.fetch(&install).context("cannot download the tools")?;
    let mut download = vec!["download", BACKPORT];
    download.extend(kernel.iter().map(String::as_str));
    packages.extend(apt.fetch(&download).context("cannot download a kernel")?);
    Ok(packages)
}

/// Downloads what OpenZFS needs: `tools` with all that these need, and `sources` alone.
pub(super) fn for_zfs(
    work: &Path,
    series: &str,
    tools: &str,
    sources: &[String],
) -> Result<Vec<PathBuf>> {
    let apt = updated(work, series)?;
    let mut install = vec!["--yes", "--download-only", "install"];
    install.extend(tools.split_whitespace());
    let mut packages = apt.fetch(&install)?;
    // The headers require the kernel, which nothing here reads.
    packages.retain(|path| {
        !path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"linux-image"))
    });
    let mut download = vec!["download"];
    download.extend(sources.iter().map(String::as_str));
    packages.extend(apt.fetch(&download)?);
    Ok(packages)
}

/// An apt with the lists of today.
fn updated(work: &Path, series: &str) -> Result<Apt> {
    let apt = Apt::new(work, &suites(series))?;
    println!("downloading packages");
    apt.run("apt-get", &["--quiet=2", "update", "--error-on=any"])
        .context("the package lists cannot be fetched")?;
    Ok(apt)
}

/// The newest ordinary kernel that `apt-cache search` has found.
fn newest(found: &str) -> Option<String> {
    let version = |name: &str| -> Vec<u32> {
        name.split(|c: char| !c.is_ascii_digit()).filter_map(|part| part.parse().ok()).collect()
    };
    let special =
        |name: &str| ["-cloud-", "-rt-", "deb11.", "deb13"].iter().any(|s| name.contains(s));
    let names = found.lines().filter_map(|line| line.split_whitespace().next());
    names.filter(|name| !special(name)).max_by_key(|name| version(name)).map(str::to_owned)
}

/// The packages that make up the kernel `image`: from 7 on there are three, and the image is none.
fn parts(image: &str, series: &str) -> Vec<String> {
    if series.starts_with(['5', '6']) {
        return vec![image.to_owned()];
    }
    ["base", "binary", "modules"].map(|part| image.replacen("image", part, 1)).into()
}

/// The releases that are asked for packages: also those that have a kernel.
fn suites(series: &str) -> Vec<&'static str> {
    let mut suites = vec![RELEASE, "bookworm-backports"];
    match series {
        "5.10" => suites.push("bullseye"),
        _ if !series.starts_with(['5', '6']) => suites.push("sid"),
        _ => {}
    }
    suites
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_newest_ordinary_kernel_is_taken() {
        let found = "linux-image-6.12.9+deb12-amd64 - Linux\n\
            linux-image-6.12.117+deb12-amd64 - Linux\nlinux-image-6.12.118+deb12-rt-amd64 - Linux\n";
        assert_eq!(super::newest(found).as_deref(), Some("linux-image-6.12.117+deb12-amd64"));
        assert_eq!(super::newest(""), None);
    }
}
