//! A rename that replaces nothing: renameatx_np(2).

use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use crate::sys::unix::check::{c_name, check};
use crate::sys::unix::dir::Dir;

/// renameatx_np(2) with RENAME_EXCL: fails with EEXIST where `to` is taken, with ENOTSUP where the
/// filesystem has no such rename.
pub(crate) fn rename_no_replace(dir: &Dir, from: &Path, to: &Path) -> io::Result<()> {
    let (from, to) = (c_name(from.as_os_str().as_bytes())?, c_name(to.as_os_str().as_bytes())?);
    let fd = dir.raw();
    // SAFETY: both names are NUL-terminated and live for the call; the directory stays open.
    check(unsafe { libc::renameatx_np(fd, from.as_ptr(), fd, to.as_ptr(), libc::RENAME_EXCL) })
}
