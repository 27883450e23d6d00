//! Subvolumes of btrfs: BTRFS_IOC_SNAP_CREATE, linux/btrfs.h.

use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::os::fd::AsRawFd as _;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;

use reflink_sys::{BTRFS_IOC_SNAP_CREATE, btrfs_ioctl_vol_args};

use super::ioctl::Ioctl;
use super::mounts::fs_type;

/// The number of the directory at the top of a subvolume: BTRFS_FIRST_FREE_OBJECTID, linux/btrfs_tree.h.
const TOP: u64 = 256;

// SAFETY: this call reads a `btrfs_ioctl_vol_args` and writes nothing.
const SNAPSHOT: Ioctl<btrfs_ioctl_vol_args> = unsafe { Ioctl::new(BTRFS_IOC_SNAP_CREATE) };

/// Whether the directory is the top of a subvolume.
pub(crate) fn is_subvolume(dir: &File) -> bool {
    let is_btrfs = fs_type(dir).is_some_and(|found| found.name() == Some("btrfs"));
    is_btrfs && dir.metadata().is_ok_and(|status| status.ino() == TOP)
}

/// Makes a writable snapshot of the subvolume `src`, named `name` in `dir`, which is open for reading.
pub(crate) fn snapshot(src: &File, dir: &File, name: &OsStr) -> io::Result<()> {
    let bytes = name.as_bytes();
    let mut arguments = btrfs_ioctl_vol_args { fd: src.as_raw_fd().into(), name: [0; 4088] };
    // The last one stays NUL.
    if bytes.len() >= arguments.name.len() {
        return Err(io::Error::from_raw_os_error(libc::ENAMETOOLONG));
    }
    for (to, from) in arguments.name.iter_mut().zip(bytes) {
        *to = *from as core::ffi::c_char;
    }
    SNAPSHOT.call(dir, &mut arguments)
}
