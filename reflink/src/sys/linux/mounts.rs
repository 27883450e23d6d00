//! What is known of a mount: its filesystem never changes.

use std::fs::File;
use std::os::fd::{AsRawFd as _, RawFd};
use std::path::Path;
use std::sync::{PoisonError, RwLock};

use super::statfs::statfs;
use super::statx::statx;
use crate::error::FsType;
use crate::sys::types::MountId;
use crate::sys::unix::dir::Dir;

/// Asks statx for a mount's number. (The libc crate does not have it for every C library.)
pub(super) const STATX_MNT_ID_UNIQUE: u32 = 0x4000;

/// As many mounts are remembered: more than most processes copy between.
const MOST: usize = 64;

/// The mounts that were asked, and the types of their filesystems. fstatfs takes as long as opening a file:
/// ext4 and xfs add up counters of each processor, and xfs begins to give back the blocks of removed files.
static KNOWN: RwLock<Vec<(MountId, FsType)>> = RwLock::new(Vec::new());

/// The one that statx has reported.
pub(super) fn mount_in(status: &libc::statx) -> Option<MountId> {
    (status.stx_mask & STATX_MNT_ID_UNIQUE != 0).then_some(MountId(status.stx_mnt_id))
}

/// The mount by which the file was opened. `None` before Linux 6.8, which gives the number of an unmounted
/// filesystem to the next one that is mounted.
pub(crate) fn mount_of(file: &File) -> Option<MountId> {
    mount_of_descriptor(file.as_raw_fd())
}

/// The mount by which the directory was opened.
pub(crate) fn mount_of_dir(dir: &Dir) -> Option<MountId> {
    mount_of_descriptor(dir.raw())
}

fn mount_of_descriptor(fd: RawFd) -> Option<MountId> {
    let flags = libc::AT_EMPTY_PATH | libc::AT_STATX_DONT_SYNC;
    let status = statx(fd, c"", flags, STATX_MNT_ID_UNIQUE).ok()?;
    mount_in(&status)
}

/// The type of the filesystem of the file, which was opened by `mount`.
pub(crate) fn fs_type_by(file: &File, mount: Option<MountId>) -> Option<FsType> {
    fs_type_of_descriptor(file.as_raw_fd(), mount)
}

/// The type of the file's filesystem.
pub(crate) fn fs_type(file: &File) -> Option<FsType> {
    fs_type_by(file, mount_of(file))
}

/// The type of the directory's filesystem.
pub(crate) fn fs_type_of_dir(dir: &Dir) -> Option<FsType> {
    match dir {
        // It has no descriptor that could be asked.
        Dir::Working => fs_type_of_dir(&Dir::open(Path::new(".")).ok()?),
        Dir::Open(_) | Dir::Borrowed(_) => {
            fs_type_of_descriptor(dir.raw(), mount_of_descriptor(dir.raw()))
        }
    }
}

fn fs_type_of_descriptor(fd: RawFd, mount: Option<MountId>) -> Option<FsType> {
    let ask = || statfs(fd).map(|facts| facts.fs_type);
    let Some(mount) = mount else { return ask() };
    let find = |known: &[(MountId, FsType)]| {
        known.iter().find(|(id, _)| *id == mount).map(|(_, fs_type)| *fs_type)
    };
    if let Some(fs_type) = find(&KNOWN.read().unwrap_or_else(PoisonError::into_inner)) {
        return Some(fs_type);
    }
    let fs_type = ask()?;
    let mut known = KNOWN.write().unwrap_or_else(PoisonError::into_inner);
    if known.len() == MOST {
        known.clear();
    }
    if find(&known).is_none() {
        known.push((mount, fs_type));
    }
    Some(fs_type)
}
