//! What must hold of the files.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use super::files::files;
use super::release::Built;
use super::target::Target;
use crate::machine::{Machine, quietly};
use crate::test::namespace;
use crate::test::process::{Interrupt, printed};

pub(super) const TOOLS: &[(&str, &str)] = &[
    ("lintian", "lintian"),
    ("mandoc", "mandoc"),
    ("debootstrap", "debootstrap"),
    ("qemu-aarch64-static", "qemu-user-static"),
];

/// Root installs and removes the package, and an ordinary account uses it. Everything that the package brought
/// must be gone at the end. /run is in memory, and is gone with the command.
const USE: &str = "set -eu
    export DEBIAN_FRONTEND=noninteractive
    list() { find / -xdev -path /var/log -prune -o -path /var/lib/dpkg -prune -o -print | sort; }
    list >/run/before
    dpkg --install /tmp/reflink.deb
    dpkg --verify reflink
    cat >/run/use <<'end'
        set -eu
        dir=$(mktemp --directory)
        cd \"$dir\"
        reflink --version
        mkdir tree
        seq 100000 >tree/a
        reflink copy -v tree/a b
        cmp tree/a b
        reflink copy -a tree other
        cmp tree/a other/a
        reflink probe . || test $? = 3
        rm -r \"$dir\"
end
    setpriv --reuid nobody --regid nogroup --clear-groups sh /run/use
    zcat /usr/share/man/man1/reflink.1.gz | grep -q '^\\.TH'
    bash -n /usr/share/bash-completion/completions/reflink
    grep -q 'Debian.s glibc [0-9]' /usr/share/doc/reflink/copyright
    test -s /usr/share/common-licenses/LGPL-2.1
    dpkg --remove reflink
    if command -v reflink; then exit 1; fi
    dpkg --purge reflink
    list >/run/after
    diff /run/before /run/after";

/// Both directories must have the same files.
pub(super) fn same(one: &Path, other: &Path) -> Result<()> {
    let names = |dir| -> Result<Vec<PathBuf>> {
        let files = files(dir)?;
        Ok(files.iter().filter_map(|file| file.file_name().map(PathBuf::from)).collect())
    };
    ensure!(names(one)? == names(other)?, "the second build has other files");
    for name in names(one)? {
        ensure!(
            fs::read(one.join(&name))? == fs::read(other.join(&name))?,
            "{} differs between two builds: {} and {}; diffoscope shows how",
            name.display(),
            one.display(),
            other.display()
        );
    }
    println!("two builds in two directories are equal");
    Ok(())
}

pub(super) fn all(work: &Path, out: &Path, built: &Built, interrupt: &Interrupt) -> Result<()> {
    printed(Command::new("sha256sum").args(["--check", "--quiet", "SHA256SUMS"]).current_dir(out))?;
    let packages: Vec<_> = files(out)?
        .into_iter()
        .filter(|file| file.extension().is_some_and(|end| end == "deb"))
        .collect();
    ensure!(packages.len() == built.binaries.len(), "a package is missing");
    for package in &packages {
        let mut lintian = Command::new("lintian");
        lintian.args(["--fail-on", "error,warning", "--allow-root"]).arg(package);
        let status = lintian.status().context("cannot run lintian")?;
        ensure!(
            status.success(),
            "lintian refuses {}; the lines above have why",
            package.display()
        );
    }
    println!("lintian accepts the packages");
    let mut mandoc = Command::new("mandoc");
    mandoc.args(["-T", "lint", "-W", "style"]).args(&built.pages.manual);
    let status = mandoc.status().context("cannot run mandoc")?;
    ensure!(status.success(), "mandoc refuses a manual page; the lines above have why");
    println!("mandoc accepts the manual pages");
    for (target, binary) in &built.binaries {
        if *target == Target::Aarch64 {
            let about = printed(Command::new("qemu-aarch64-static").arg(binary).arg("--version"))?;
            ensure!(about.contains(&built.source.version), "the binary for aarch64 prints {about}");
            println!("the binary for aarch64 starts, in an emulator");
        }
    }
    let amd64 = packages.iter().find(|file| file.to_string_lossy().ends_with("_amd64.deb"));
    on_a_new_machine(work, amd64.context("there is no package for amd64")?, interrupt)
}

/// Installs, uses and removes the package.
fn on_a_new_machine(work: &Path, package: &Path, interrupt: &Interrupt) -> Result<()> {
    ensure!(rustix::process::geteuid().is_root(), "making a root directory needs root");
    namespace::check()?;
    let root = work.join("root");
    if root.exists() {
        fs::remove_dir_all(&root)?;
    }
    let machine = Machine::make(root.clone(), interrupt)?;
    fs::copy(package, root.join("tmp/reflink.deb"))?;
    let mut shell = machine.enter();
    shell.args(["sh", "-c", USE]);
    shell.env("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
    quietly(&mut shell, interrupt)?;
    println!("the package can be installed, used and removed");
    Ok(fs::remove_dir_all(&root)?)
}
