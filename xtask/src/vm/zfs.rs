//! OpenZFS for the guest. Debian has the source of its modules, which are built once for each kernel, in a
//! root of its own and with Debian's own compiler.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};

use super::images::{program, release};
use super::packages;
use super::tree::Tree;
use crate::test::process::Interrupt;

const SCRIPT: &str = include_str!("guest/build-zfs");
/// Everything that determines the result, apart from the kernel.
const RECIPE: [&str; 2] = [SCRIPT, include_str!("zfs.rs")];
/// Written last, with the recipe.
const COMPLETE: &str = "complete";

/// What compiles the modules; the headers come beside it.
const TOOLS: &str = "gcc libc6-dev make bash coreutils sed grep mawk diffutils findutils file gzip";
/// The source of the modules, the programs and their libraries.
const ZFS: &str =
    "zfs-dkms zfsutils-linux libzfs6linux libzpool6linux libnvpair3linux libuutil3linux";
const FROM: &str = "bookworm-backports";

/// An hour on a busy machine with two processors; minutes on others.
const LIMIT: Duration = Duration::from_secs(2 * 60 * 60);

/// A directory with the modules, the programs and their libraries, for the kernel of `images`.
pub(super) fn files(
    work: &Path,
    images: &Path,
    series: &str,
    interrupt: &Interrupt,
) -> Result<PathBuf> {
    let release = release(images)?;
    let dir = work.join(format!("zfs-{release}"));
    if fs::read_to_string(dir.join(COMPLETE)).is_ok_and(|recipe| recipe == RECIPE.concat()) {
        return Ok(dir);
    }
    let headers = format!("linux-headers-{release}");
    let zfs: Vec<_> = ZFS.split_whitespace().map(|name| format!("{name}/{FROM}")).collect();
    let packages = packages::for_zfs(work, series, &format!("{TOOLS} {headers}"), &zfs)
        .with_context(|| {
            let images = images.display();
            format!("cannot download OpenZFS; if Debian has a newer kernel, remove {images}")
        })?;
    // Named like a guest's tree, so that the next run removes what a killed one has left.
    let root = work.join("tree-zfs");
    println!("building OpenZFS for Linux {release}");
    let tree = Tree::unpack(&root, &packages)?;
    let log = work.join("zfs.log");
    compile(&tree, &log, interrupt)
        .with_context(|| format!("OpenZFS was not built; see {}", log.display()))?;
    if dir.exists() {
        fs::remove_dir_all(&dir)?;
    }
    fs::rename(tree.path("built"), &dir)?;
    fs::write(dir.join(COMPLETE), RECIPE.concat())?;
    fs::remove_dir_all(&root)?;
    Ok(dir)
}

/// Runs the script in the tree. In namespaces of its own, an ordinary user can do that, too.
fn compile(tree: &Tree, log: &Path, interrupt: &Interrupt) -> Result<()> {
    const ENTER: &str =
        r#"mount --rbind /dev "$0/dev" && exec chroot "$0" /usr/bin/bash /build-zfs "$1""#;

    program(&tree.path("build-zfs"), SCRIPT)?;
    let log = File::create(log)?;
    let jobs = std::thread::available_parallelism()?.get();
    let mut command = Command::new("setpriv");
    command
        .args(["--pdeathsig", "KILL", "unshare", "--map-root-user", "--mount"])
        .args(["--pid", "--fork", "--kill-child", "sh", "-c", ENTER])
        .arg(tree.path(""))
        .arg(jobs.to_string())
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log);
    let mut child = command.spawn().context("cannot run setpriv")?;
    let status = interrupt.wait(&mut child, Some(LIMIT), || Ok(()))?;
    ensure!(
        status.is_some_and(|status| status.success()),
        "the compiler, or its configuration, failed"
    );
    Ok(())
}
