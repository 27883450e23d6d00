//! The images that depend only on packages: the boot image and the disk of the root.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail, ensure};

use super::tree::Tree;
use crate::test::install;
use crate::test::process::printed;

const INIT: &str = include_str!("guest/init");
/// Everything that determines the contents of the images.
const RECIPE: [&str; 4] =
    [INIT, include_str!("images.rs"), include_str!("tree.rs"), include_str!("packages.rs")];
/// Written last, with the recipe.
const COMPLETE: &str = "complete";
/// The kernel's version.
const RELEASE: &str = "release";

/// What the guest needs before it has its root.
const BOOT_MODULES: [&str; 3] = ["virtio_pci", "virtio_blk", "ext4"];
/// A module that ext4 requests by another name; newer kernels have it built in.
const CHECKSUM: &str = "crc32c_generic";

/// Whether the images exist and match this program. A newer kernel from Debian does not matter.
pub(super) fn are_current(images: &Path) -> bool {
    fs::read_to_string(images.join(COMPLETE)).is_ok_and(|recipe| recipe == RECIPE.concat())
}

/// The version of the kernel in these images.
pub(super) fn release(images: &Path) -> Result<String> {
    fs::read_to_string(images.join(RELEASE)).context("cannot read the kernel's version")
}

/// Builds `kernel`, `initrd` and `root`.
pub(super) fn build(tree: &Tree, images: &Path) -> Result<()> {
    if images.exists() {
        fs::remove_dir_all(images)?;
    }
    fs::create_dir_all(images)?;
    fs::copy(tree.image()?, images.join("kernel")).context("cannot copy the kernel")?;
    initrd(tree, images).context("cannot make the boot image")?;
    ext4(&tree.path(""), &images.join("root"), "2G")?;
    fs::write(images.join(RELEASE), tree.kernel()?)?;
    fs::write(images.join(COMPLETE), RECIPE.concat())?;
    Ok(())
}

fn initrd(tree: &Tree, images: &Path) -> Result<()> {
    let busybox = tree.path("bin/busybox");
    let files = tempfile::tempdir_in(images)?;
    let path = |name: &str| files.path().join(name);
    for dir in ["bin", "m", "dev", "proc", "sys", "new"] {
        fs::create_dir(path(dir))?;
    }
    fs::copy(&busybox, path("bin/busybox"))?;
    program(&path("init"), INIT)?;
    let mut list = String::new();
    let checksum = tree.has_module(CHECKSUM)?.then_some(CHECKSUM);
    let wanted: Vec<_> = checksum.into_iter().chain(BOOT_MODULES).collect();
    for module in tree.modules(&wanted)? {
        let name = module.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let plain = name.trim_end_matches(".xz");
        let to = path(&format!("m/{plain}"));
        if plain == name {
            fs::copy(&module, to)?;
        } else {
            let xz = Command::new(&busybox)
                .args(["xz", "-dc"])
                .arg(&module)
                .stdout(File::create(to)?)
                .status()?;
            ensure!(xz.success(), "cannot decompress {name}");
        }
        list += &format!("{plain}\n");
    }
    fs::write(path("m/list"), list)?;
    let archive = format!("find . | '{0}' cpio -o -H newc", busybox.display());
    let cpio = Command::new("sh")
        .args(["-c", &archive])
        .current_dir(files.path())
        .stdout(File::create(images.join("initrd"))?)
        .status()?;
    ensure!(cpio.success(), "cpio failed");
    Ok(())
}

pub(super) fn program(path: &Path, text: &str) -> Result<()> {
    fs::write(path, text)?;
    fs::set_permissions(path, Permissions::from_mode(0o755))?;
    Ok(())
}

/// The program that makes a filesystem. On Debian it is not in an ordinary user's search path.
pub(super) fn mke2fs() -> Result<&'static str> {
    const OF_ROOT: &str = "/usr/sbin/mke2fs";
    match install::found("mke2fs") {
        true => Ok("mke2fs"),
        false if Path::new(OF_ROOT).is_file() => Ok(OF_ROOT),
        false => bail!("mke2fs is missing; on Debian `apt-get install e2fsprogs` installs it"),
    }
}

/// Makes an image of the contents of `dir`.
pub(super) fn ext4(dir: &Path, image: &Path, size: &str) -> Result<()> {
    if image.exists() {
        fs::remove_file(image)?;
    }
    let mut mke2fs = Command::new(mke2fs()?);
    mke2fs.args(["-q", "-t", "ext4", "-O", "^has_journal,^metadata_csum", "-d"]);
    printed(mke2fs.arg(dir).arg(image).arg(size))?;
    Ok(())
}
