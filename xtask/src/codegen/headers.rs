//! Where the kernel's headers for an architecture are, and what to install where they are not.

use std::path::{Path, PathBuf};

use super::arch::Arch;

/// The include folders of one architecture, or `None` where this machine does not have them.
///
/// Debian has known three places: the whole set in /usr/TRIPLET/include (linux-libc-dev-*-cross,
/// up to Debian 12); /usr/include with the architecture's own asm/ apart (linux-libc-dev, for the
/// machine's own architecture, from Debian 13 on for all of them).
pub(crate) fn include_dirs(triplet: &str) -> Option<Vec<PathBuf>> {
    // Debian's folder of the i386 port keeps its first name.
    let multiarch = triplet.replace("i686", "i386");
    let cross = vec![Path::new("/usr").join(triplet).join("include")];
    let shared = vec![Path::new("/usr/include").join(multiarch), PathBuf::from("/usr/include")];
    [cross, shared].into_iter().find(|dirs| {
        dirs.first().is_some_and(|dir| dir.join("asm/ioctl.h").exists())
            && dirs.last().is_some_and(|dir| dir.join("linux/fs.h").exists())
    })
}

pub(crate) fn package(arch: &Arch) -> String {
    format!("linux-libc-dev-{}-cross", arch.debian)
}
