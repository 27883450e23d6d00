//! FIFOs and devices: mknod(2).

use std::ffi::{CStr, OsStr};
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::path::PathBuf;

use crate::sys::unix::check::{c_name, check};
use crate::sys::unix::dir::Dir;
use crate::sys::unix::errors;

/// Makes a FIFO or device in `dir`, by its path: mknodat(2) came with macOS 13.
pub(in crate::sys) fn make_node(
    dir: &Dir,
    name: &CStr,
    mode: libc::mode_t,
    device: libc::dev_t,
) -> io::Result<()> {
    let path = path_of(dir)?.join(OsStr::from_bytes(name.to_bytes()));
    let path = c_name(path.as_os_str().as_bytes())?;
    // SAFETY: the path is NUL-terminated and lives for the call.
    check(unsafe { libc::mknod(path.as_ptr(), mode, device) })
}

/// A path to an open directory: F_GETPATH of fcntl(2).
pub(in crate::sys) fn path_of(dir: &Dir) -> io::Result<PathBuf> {
    if matches!(dir, Dir::Working) {
        return Ok(PathBuf::new());
    }
    let mut buffer = [0_u8; libc::PATH_MAX as usize];
    // SAFETY: F_GETPATH writes a path of PATH_MAX bytes at most, with its NUL, for which there is room, and the
    // descriptor stays open for the call.
    if unsafe { libc::fcntl(dir.raw(), libc::F_GETPATH, buffer.as_mut_ptr()) } < 0 {
        // ENOSPC: the path is too long.
        let error = io::Error::last_os_error();
        let is_long = error.raw_os_error() == Some(libc::ENOSPC);
        return Err(if is_long { io::Error::from_raw_os_error(libc::ENAMETOOLONG) } else { error });
    }
    let found = CStr::from_bytes_until_nul(&buffer).map_err(|_| errors::invalid())?;
    Ok(OsStr::from_bytes(found.to_bytes()).into())
}
