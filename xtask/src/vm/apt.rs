//! A private apt: it has its own sources, lists and cache, and assumes that nothing is installed,
//! so that it downloads everything that the guest needs, including the C library.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::mirror::{self, Mirrors};
use crate::test::process::printed;

const RELEASE: &str = "bookworm";

/// What the guest's script and the suites call.
const PACKAGES: &str = "busybox-static kmod bash coreutils util-linux mount findutils grep sed \
    e2fsprogs xfsprogs btrfs-progs f2fs-tools ocfs2-tools nfs-kernel-server nfs-common iproute2 \
    strace attr acl libcap2-bin netbase samba samba-vfs-modules libglib2.0-0 libnl-3-200 \
    libnl-genl-3-200";

/// According to its package it conflicts with samba; the version in the release cannot serve newer
/// kernels.
const BACKPORT: &str = "ksmbd-tools/bookworm-backports";

/// Downloads kernel and tools that are missing, and returns all their packages.
pub(super) fn download(work: &Path, series: &str) -> Result<Vec<PathBuf>> {
    let apt = Apt::new(work, series)?;
    println!("downloading packages");
    apt.run("apt-get", &["--quiet=2", "update", "--error-on=any"])
        .context("the package lists cannot be fetched")?;
    // Only to save room.
    apt.run("apt-get", &["--quiet=2", "autoclean"])?;
    let pattern = format!("^linux-image-{}\\.[0-9].*-amd64$", series.replace('.', "\\."));
    let found = apt.run("apt-cache", &["search", "--names-only", &pattern])?;
    let kernel = newest(&found).with_context(|| format!("Debian has no kernel {series}"))?;
    let kernel = parts(&kernel, series);
    // In two steps, because the kernel depends on packages that build a boot image.
    let mut install = vec!["--yes", "--download-only", "install"];
    install.extend(PACKAGES.split_whitespace());
    let mut packages = apt.fetch(&install).context("cannot download the tools")?;
    let mut download = vec!["download", BACKPORT];
    download.extend(kernel.iter().map(String::as_str));
    packages.extend(apt.fetch(&download).context("cannot download a kernel")?);
    Ok(packages)
}

/// The names of the files in the output of `apt-get --print-uris`:
/// `'<uri>' <name> <size> <checksum>`.
fn file_names(uris: &str) -> impl Iterator<Item = &str> {
    uris.lines().filter_map(|line| line.strip_prefix('\'')?.split_whitespace().nth(1))
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

/// The packages that make up the kernel `image`: since version 7 there are three, and the image is
/// not one of them.
fn parts(image: &str, series: &str) -> Vec<String> {
    if series.starts_with(['5', '6']) {
        return vec![image.to_owned()];
    }
    ["base", "binary", "modules"].map(|part| image.replacen("image", part, 1)).into()
}

/// The releases to take packages from, including those that have the kernel.
fn suites(series: &str) -> Vec<&'static str> {
    let mut suites = vec![RELEASE, "bookworm-backports"];
    match series {
        "5.10" => suites.push("bullseye"),
        _ if !series.starts_with(['5', '6']) => suites.push("sid"),
        _ => {}
    }
    suites
}

struct Apt {
    config: PathBuf,
    debs: PathBuf,
}

impl Apt {
    fn new(work: &Path, series: &str) -> Result<Self> {
        let apt = work.join("apt");
        let debs = work.join("debs");
        std::fs::create_dir_all(apt.join("lists/partial"))?;
        std::fs::create_dir_all(debs.join("partial"))?;
        std::fs::write(apt.join("status"), "")?;
        let keyring = mirror::keyring()?;
        let mirrors = Mirrors::of_this_machine()?;
        let main = mirrors.debian()?;
        let mut sources = String::new();
        for suite in suites(series) {
            sources += &format!("deb [signed-by={keyring}] {main} {suite} main\n");
            if let (Some(security), "bookworm" | "bullseye") = (mirrors.security(), suite) {
                sources += &format!("deb [signed-by={keyring}] {security} {suite}-security main\n");
            }
        }
        std::fs::write(apt.join("sources.list"), sources)?;
        let config = apt.join("conf");
        let (dir, archives) = (apt.display(), debs.display());
        std::fs::write(
            &config,
            format!(
                r#"Dir::Etc::sourcelist "{dir}/sources.list"; Dir::Etc::sourceparts "/dev/null";
Dir::Etc::preferences "/dev/null"; Dir::Etc::preferencesparts "/dev/null";
Dir::State "{dir}"; Dir::State::lists "{dir}/lists"; Dir::State::status "{dir}/status";
Dir::Cache "{dir}"; Dir::Cache::archives "{archives}"; Acquire::Languages "none";
APT::Default-Release "{RELEASE}"; APT::Install-Recommends "false"; APT::Sandbox::User "root";
"#
            ),
        )?;
        Ok(Self { config, debs })
    }

    /// Makes `apt-get` download what `args` specify, and returns only those files: the directory
    /// also has those of other kernels and of older versions.
    fn fetch(&self, args: &[&str]) -> Result<Vec<PathBuf>> {
        // apt-get does not print existing files, so this uses a directory without any.
        let mut uris = Command::new("apt-get");
        uris.args(["--quiet=2", "--print-uris", "--option=Dir::Cache::archives=nothing"]);
        uris.args(args).env("APT_CONFIG", &self.config).current_dir("/");
        let uris = printed(&mut uris)?;
        self.run("apt-get", &[&["--quiet=2"], args].concat())?;
        Ok(file_names(&uris).map(|name| self.debs.join(name)).collect())
    }

    fn run(&self, program: &str, args: &[&str]) -> Result<String> {
        let mut command = Command::new(program);
        printed(command.args(args).env("APT_CONFIG", &self.config).current_dir(&self.debs))
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_file_is_named_as_apt_saves_it() {
        let uris = "'http://mirror/attr_2.5.1-4_amd64.deb' attr_1%3a2.5.1-4_amd64.deb 41172 SHA256:9\n\
            'http://mirror/acl_2.3.1-3_amd64.deb' acl_2.3.1-3_amd64.deb 61244 SHA256:a\nother words\n";
        let names: Vec<_> = super::file_names(uris).collect();
        assert_eq!(names, ["attr_1%3a2.5.1-4_amd64.deb", "acl_2.3.1-3_amd64.deb"]);
    }

    #[test]
    fn the_newest_ordinary_kernel_is_taken() {
        let found = "linux-image-6.12.9+deb12-amd64 - Linux\n\
            linux-image-6.12.117+deb12-amd64 - Linux\nlinux-image-6.12.118+deb12-rt-amd64 - Linux\n";
        assert_eq!(super::newest(found).as_deref(), Some("linux-image-6.12.117+deb12-amd64"));
        assert_eq!(super::newest(""), None);
    }
}
