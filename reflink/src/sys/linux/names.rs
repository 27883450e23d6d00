//! Files without names, and giving names without a race: O_TMPFILE, linkat(2), renameat2(2).

use std::ffi::CStr;
use std::fs::File;
use std::io::{self, Read as _};
use std::os::fd::AsRawFd as _;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use crate::sys::unix::check::{c_name, check};
use crate::sys::unix::dir::Dir;

/// A file without a name in `dir`, open for reading and writing: it vanishes with its descriptor.
pub(crate) fn create_unnamed(dir: &Dir, mode: u32) -> io::Result<File> {
    dir.open_at(c".", libc::O_RDWR | libc::O_TMPFILE, mode)
}

/// Whether `error` says that there are no unnamed files here, rather than that making one failed.
pub(crate) fn lacks_unnamed_files(error: &io::Error) -> bool {
    match error.raw_os_error() {
        // The filesystem has no O_TMPFILE: NFS, SMB before Linux 7, OCFS2, FAT, most of FUSE.
        Some(libc::EOPNOTSUPP) => true,
        // The kernel, older than 3.11, reads O_TMPFILE as O_DIRECTORY, and a directory cannot be written.
        Some(libc::EISDIR) => true,
        // Some FUSE servers answer so.
        Some(libc::ENOSYS) => true,
        _ => false,
    }
}

/// Gives the unnamed `file` the name `to` in `dir`.
///
/// # Errors
///
/// EEXIST where the name is taken; a symbolic link there is not followed.
pub(crate) fn link_unnamed(file: &File, dir: &Dir, to: &Path) -> io::Result<()> {
    let to = c_name(to.as_os_str().as_bytes())?;
    let dir = dir.raw();
    match link_at(file.as_raw_fd(), c"", dir, &to, libc::AT_EMPTY_PATH) {
        // Before Linux 6.10 AT_EMPTY_PATH needs CAP_DAC_READ_SEARCH, and ENOENT says so; /proc needs
        // nothing, but is not always there.
        Err(error) if error.raw_os_error() == Some(libc::ENOENT) => {
            let mut proc = format!("/proc/self/fd/{}", file.as_raw_fd()).into_bytes();
            proc.push(0);
            let proc = CStr::from_bytes_with_nul(&proc).map_err(io::Error::other)?;
            link_at(libc::AT_FDCWD, proc, dir, &to, libc::AT_SYMLINK_FOLLOW)
        }
        result => result,
    }
}

fn link_at(from_dir: i32, from: &CStr, to_dir: i32, to: &CStr, flags: i32) -> io::Result<()> {
    // SAFETY: both names are NUL-terminated and live for the call; the descriptors are AT_FDCWD or
    // of files that the caller borrows.
    check(unsafe { libc::linkat(from_dir, from.as_ptr(), to_dir, to.as_ptr(), flags) })
}

/// renameat2(2) with RENAME_NOREPLACE: fails with EEXIST where `to` is taken.
pub(crate) fn rename_no_replace(dir: &Dir, from: &Path, to: &Path) -> io::Result<()> {
    let (from, to) = (c_name(from.as_os_str().as_bytes())?, c_name(to.as_os_str().as_bytes())?);
    let fd = dir.raw();
    // The system call itself, as not every libc that Rust supports wraps it.
    // SAFETY: both names are NUL-terminated and live for the call; the directory stays open.
    let result = unsafe {
        libc::syscall(
            libc::SYS_renameat2,
            fd,
            from.as_ptr(),
            fd,
            to.as_ptr(),
            libc::RENAME_NOREPLACE,
        )
    };
    check(if result == 0 { 0 } else { -1 })
}

/// The process's umask, where /proc tells; asking the kernel would change it for all threads.
pub(crate) fn umask() -> Option<u32> {
    // It is in the second line. The first has the name of the program, which can be any bytes, or end within a character.
    let mut start = [0; 256];
    let len = File::open("/proc/self/status").ok()?.read(&mut start).ok()?;
    let mut lines = start.get(..len)?.split(|byte| *byte == b'\n');
    let value = lines.find_map(|line| line.strip_prefix(b"Umask:"))?;
    u32::from_str_radix(std::str::from_utf8(value).ok()?.trim(), 8).ok()
}
