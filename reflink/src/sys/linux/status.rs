//! What a file is: asked once, by the call that has the most to report.

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd as _;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use super::mounts::{STATX_MNT_ID_UNIQUE, mount_in};
use super::statx::statx;
use crate::sys::types::Status;
use crate::sys::unix::check::c_name;
use crate::sys::unix::dir::Dir;
use crate::sys::unix::file::kind_of;
use crate::sys::unix::status;

/// statx(2) or, where that is not to be had, fstat(2).
pub(crate) fn status(file: &File) -> io::Result<Status> {
    let mask = libc::STATX_BASIC_STATS | libc::STATX_BTIME | STATX_MNT_ID_UNIQUE;
    let found = match statx(file.as_raw_fd(), c"", libc::AT_EMPTY_PATH, mask) {
        // A kernel before 4.11 has no statx, and a seccomp filter may refuse it.
        Err(error) if matches!(error.raw_os_error(), Some(libc::ENOSYS | libc::EPERM)) => {
            return status::status(file);
        }
        found => found?,
    };
    Ok(status_in(&found))
}

/// What `name` is; a symbolic link is not followed.
pub(crate) fn status_of_name(dir: &Dir, name: &Path) -> io::Result<Status> {
    let name = c_name(name.as_os_str().as_bytes())?;
    let mask = libc::STATX_BASIC_STATS | libc::STATX_BTIME;
    Ok(status_in(&statx(dir.raw(), &name, libc::AT_SYMLINK_NOFOLLOW, mask)?))
}

fn status_in(found: &libc::statx) -> Status {
    let time = |time: libc::statx_timestamp| status::time(time.tv_sec, time.tv_nsec);
    Status {
        kind: kind_of(found.stx_mode.into()),
        len: found.stx_size,
        mode: u32::from(found.stx_mode) & 0o7777,
        owner: (found.stx_uid, found.stx_gid),
        id: (libc::makedev(found.stx_dev_major, found.stx_dev_minor), found.stx_ino),
        links: found.stx_nlink.into(),
        allocated: Some(found.stx_blocks.saturating_mul(512)),
        accessed: time(found.stx_atime),
        modified: time(found.stx_mtime),
        changed: time(found.stx_ctime),
        born: (found.stx_mask & libc::STATX_BTIME != 0).then(|| time(found.stx_btime)),
        mount: mount_in(found),
    }
}
