//! The tools: libclang and each architecture's kernel headers, found or installed.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

use super::arch::{ARCHES, Arch};

/// Where to read an architecture's headers, and with which `--target`.
pub(crate) struct Headers {
    pub(crate) target: &'static str,
    pub(crate) include: Vec<PathBuf>,
}

/// Loads libclang and makes sure that the headers are installed.
pub(crate) fn provide() -> Result<()> {
    // An architecture that has a stand-in may have no package.
    let bare =
        ARCHES.iter().filter(|arch| arch.stand_in.is_none() && folders(arch.triplet).is_none());
    let mut missing: Vec<_> =
        bare.map(|arch| format!("linux-libc-dev-{}-cross", arch.debian)).collect();
    if clang_sys::load().is_err() {
        missing.push("libclang1".to_owned());
    }
    if !missing.is_empty() {
        install(&missing)?;
    }
    // bindgen uses the library that is already loaded; without one it panics.
    clang_sys::load().map_err(anyhow::Error::msg)
}

/// An architecture's own headers, or those of its stand-in. Needs libclang.
pub(crate) fn find(arch: &Arch) -> Result<Headers> {
    let clang = bindgen::clang_version().parsed.map_or(0, |(major, _)| major);
    let known = arch.stand_in.is_none_or(|stand_in| clang >= stand_in.until_clang);
    let target = arch.triplet;
    if let Some(include) = folders(target).filter(|_| known) {
        return Ok(Headers { target, include });
    }
    let stand_in = arch.stand_in.with_context(|| format!("no kernel headers for {target}"))?;
    let target = stand_in.triplet;
    eprintln!("codegen: clang or the kernel headers do not know {}: as {target}", arch.name);
    let include = folders(target).with_context(|| format!("no kernel headers for {target}"))?;
    Ok(Headers { target, include })
}

/// Debian has used two places: everything in /usr/TRIPLET/include (linux-libc-dev-*-cross), and the
/// architecture's asm/ apart from the shared headers (linux-libc-dev, for the machine's own
/// architecture; since Debian 13, for all).
fn folders(triplet: &str) -> Option<Vec<PathBuf>> {
    // The folder of the i386 port keeps its first name.
    let multiarch = triplet.replace("i686", "i386");
    let cross = vec![Path::new("/usr").join(triplet).join("include")];
    let shared = vec![Path::new("/usr/include").join(multiarch), PathBuf::from("/usr/include")];
    [cross, shared].into_iter().find(|dirs| {
        let holds = |file| dirs.iter().any(|dir| dir.join(file).exists());
        holds("asm/ioctl.h") && holds("linux/fs.h")
    })
}

fn install(packages: &[String]) -> Result<()> {
    let command = format!("apt-get install -y --no-install-recommends {}", packages.join(" "));
    let root = std::fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0);
    if !root || !Path::new("/etc/debian_version").exists() {
        bail!("libclang or kernel headers are missing. On Debian, as root: {command}");
    }
    for command in ["apt-get update", &command] {
        eprintln!("codegen: {command}");
        let mut words = command.split(' ');
        let status = Command::new(words.next().unwrap_or_default())
            .args(words)
            .env("DEBIAN_FRONTEND", "noninteractive")
            .status()
            .with_context(|| command.to_owned())?;
        ensure!(status.success(), "{command}: {status}");
    }
    Ok(())
}
