//! Making, reading and removing what is no regular file, by its name in an open directory. No call follows a
//! symbolic link at that name.
#![allow(clippy::unnecessary_cast, reason = "the widths differ by system")]

use std::ffi::OsString;
use std::fs::File;
use std::io;
use std::mem::MaybeUninit;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::Path;
use std::time::SystemTime;

use super::check::{c_name, check};
use super::dir::{Dir, NAMES_ONLY};
#[cfg(any(target_os = "linux", target_os = "android"))]
use crate::sys::types::FileKind;
use crate::sys::types::{FileId, MayWait};

/// Opens the file `name` for reading, and waits for a lease as [`Dir::open_for_reading`] does.
pub(crate) fn open_file(
    dir: &Dir,
    name: &Path,
    follow: bool,
    may_wait: MayWait<'_>,
) -> io::Result<File> {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    {
        let is_file =
            || Ok(dir.inspect(name, follow)?.is_some_and(|it| it.kind == FileKind::Regular));
        crate::sys::linux::lease::wait_for(is_file, may_wait, || dir.open_at_once(name, follow))
    }
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    {
        let _ = may_wait;
        dir.open_at_once(name, follow)
    }
}

/// Opens the directory `name` for reading.
pub(crate) fn open_directory(dir: &Dir, name: &Path, follow: bool) -> io::Result<File> {
    let name = c_name(name.as_os_str().as_bytes())?;
    let no_follow = if follow { 0 } else { libc::O_NOFOLLOW };
    dir.open_at(&name, libc::O_RDONLY | libc::O_DIRECTORY | no_follow, 0)
}

/// As [`open_directory`], on Linux also of one that may not be read.
pub(crate) fn find_directory(dir: &Dir, name: &Path) -> io::Result<File> {
    let name = c_name(name.as_os_str().as_bytes())?;
    dir.open_at(&name, NAMES_ONLY | libc::O_DIRECTORY | libc::O_NOFOLLOW, 0)
}

/// Opens the directory that has `dir` in it.
pub(crate) fn open_parent(dir: &File) -> io::Result<File> {
    Dir::of(dir).open_at(c"..", libc::O_RDONLY | libc::O_DIRECTORY, 0)
}

/// As [`open_parent`], also of a directory that may not be read but passed through.
pub(crate) fn find_parent(dir: &File) -> io::Result<File> {
    Dir::of(dir).open_at(c"..", NAMES_ONLY | libc::O_DIRECTORY, 0)
}

pub(crate) fn make_directory(dir: &Dir, name: &Path, mode: u32) -> io::Result<()> {
    let name = c_name(name.as_os_str().as_bytes())?;
    // SAFETY: the name is NUL-terminated and lives for the call.
    check(unsafe { libc::mkdirat(dir.raw(), name.as_ptr(), mode as libc::mode_t) })
}

/// Sets the permission bits of what is `name`, or of what a symbolic link of that name leads to.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) fn set_mode_behind(dir: &Dir, name: &Path, mode: u32) -> io::Result<()> {
    let name = c_name(name.as_os_str().as_bytes())?;
    // SAFETY: the name is NUL-terminated and lives for the call.
    check(unsafe { libc::fchmodat(dir.raw(), name.as_ptr(), mode as libc::mode_t, 0) })
}

/// What a symbolic link holds.
pub(crate) type LinkTarget = OsString;

pub(crate) fn make_symlink(dir: &Dir, name: &Path, target: &LinkTarget) -> io::Result<()> {
    let name = c_name(name.as_os_str().as_bytes())?;
    let target = c_name(target.as_bytes())?;
    // SAFETY: both strings are NUL-terminated and live for the call.
    check(unsafe { libc::symlinkat(target.as_ptr(), dir.raw(), name.as_ptr()) })
}

/// What the symbolic link `name` holds.
pub(crate) fn read_symlink(dir: &Dir, name: &Path) -> io::Result<LinkTarget> {
    let name = c_name(name.as_os_str().as_bytes())?;
    let mut buffer = vec![0_u8; libc::PATH_MAX as usize];
    let (fd, len) = (dir.raw(), buffer.len());
    // SAFETY: the name is NUL-terminated, and the buffer has the length that is passed and is writable for it.
    let read = unsafe { libc::readlinkat(fd, name.as_ptr(), buffer.as_mut_ptr().cast(), len) };
    buffer.truncate(usize::try_from(read).map_err(|_| io::Error::last_os_error())?);
    Ok(OsString::from_vec(buffer))
}

/// Removes the name of a directory, or of another file.
pub(crate) fn remove_name(dir: &Dir, name: &Path, is_directory: bool) -> io::Result<()> {
    let name = c_name(name.as_os_str().as_bytes())?;
    let flags = if is_directory { libc::AT_REMOVEDIR } else { 0 };
    // SAFETY: the name is NUL-terminated and lives for the call.
    check(unsafe { libc::unlinkat(dir.raw(), name.as_ptr(), flags) })
}

/// Gives the file `from` the further name `to`; a symbolic link gets it itself.
pub(crate) fn link_name(from_dir: &Dir, from: &Path, to_dir: &Dir, to: &Path) -> io::Result<()> {
    let (from, to) = (c_name(from.as_os_str().as_bytes())?, c_name(to.as_os_str().as_bytes())?);
    let (from_dir, to_dir) = (from_dir.raw(), to_dir.raw());
    // SAFETY: both names are NUL-terminated and live for the call.
    check(unsafe { libc::linkat(from_dir, from.as_ptr(), to_dir, to.as_ptr(), 0) })
}

pub(in crate::sys) fn timespec(at: SystemTime) -> libc::timespec {
    let (seconds, nanoseconds) = match at.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(after) => (after.as_secs() as i64, after.subsec_nanos()),
        // Before the epoch: whole seconds down, and nanoseconds up from there.
        Err(error) => match error.duration() {
            before if before.subsec_nanos() == 0 => (-(before.as_secs() as i64), 0),
            before => (-(before.as_secs() as i64) - 1, 1_000_000_000 - before.subsec_nanos()),
        },
    };
    // SAFETY: a `timespec` is made of integers only.
    let mut time: libc::timespec = unsafe { std::mem::zeroed() };
    (time.tv_sec, time.tv_nsec) = (seconds as _, nanoseconds as _);
    time
}

/// How many descriptors the process may have.
pub(crate) fn descriptor_limit() -> u64 {
    let mut limit = MaybeUninit::<libc::rlimit>::uninit();
    // SAFETY: there is room for the one `rlimit` that the call writes.
    let result = check(unsafe { libc::getrlimit(libc::RLIMIT_NOFILE, limit.as_mut_ptr()) });
    if result.is_err() {
        return 256;
    }
    // SAFETY: the call succeeded, so that it has written the whole struct.
    let limit = unsafe { limit.assume_init() };
    limit.rlim_cur as u64
}

/// Whether the error is of the whole filesystem (ENOSPC, EDQUOT, EIO, EROFS) or of the process (EMFILE, ENFILE),
/// so that the next file would meet it, too.
pub(crate) fn concerns_all_files(errno: i32) -> bool {
    use libc::{EDQUOT, EIO, EMFILE, ENFILE, ENOSPC, EROFS};

    [ENOSPC, EDQUOT, EIO, EROFS, EMFILE, ENFILE].contains(&errno)
}

/// ESTALE: the open file is no longer the one at its path.
pub(crate) fn stale() -> io::Error {
    io::Error::from_raw_os_error(libc::ESTALE)
}

/// ELOOP.
pub(crate) fn loops() -> io::Error {
    io::Error::from_raw_os_error(libc::ELOOP)
}

/// The device of a [`FileId`].
pub(crate) fn device_of(id: FileId) -> u64 {
    id.0
}
