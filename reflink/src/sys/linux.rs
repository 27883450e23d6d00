//! What only Linux has: clones, copy_file_range, holes, unnamed files.

use std::ffi::CStr;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::fd::AsRawFd as _;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use reflink_sys as kernel;

use super::dir::{c_name, check};

#[cfg(not(target_os = "android"))]
use libc::flock as Flock;
/// Android's fcntl hands its argument on to the kernel, whose struct is the wide one everywhere.
#[cfg(target_os = "android")]
use libc::flock64 as Flock;

/// Whether this operating system has a call that clones files.
pub(crate) const HAS_REFLINK: bool = true;

/// `ioctl(dst, FICLONE, src)`: shares all blocks of `src` with `dst`.
pub(crate) fn clone_file(src: &File, dst: &File) -> io::Result<()> {
    // SAFETY: FICLONE takes a descriptor number as its argument and touches no memory of ours; both
    // descriptors stay open for the call, as the files are borrowed.
    check(unsafe { libc::ioctl(dst.as_raw_fd(), kernel::FICLONE as libc::Ioctl, src.as_raw_fd()) })
}

/// Sends what was written to the file, by whomever, to its server or to the program that has it. (Where
/// it is on a disk, this is no flush to it.)
pub(crate) fn send_written(file: &File) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    {
        let flags = libc::SYNC_FILE_RANGE_WAIT_BEFORE
            | libc::SYNC_FILE_RANGE_WRITE
            | libc::SYNC_FILE_RANGE_WAIT_AFTER;
        // SAFETY: sync_file_range takes plain numbers, and the descriptor stays open for the call.
        match check(unsafe { libc::sync_file_range(file.as_raw_fd(), 0, 0, flags) }) {
            // A filter does not know the call.
            Err(error) if matches!(error.raw_os_error(), Some(libc::ENOSYS | libc::EPERM)) => {}
            result => return result,
        }
    }
    file.sync_data()
}

/// Has the kernel forget the file's bytes that are on disk, or on the server, too. A hint: it can do
/// nothing.
pub(crate) fn forget_cached(file: &File) {
    // SAFETY: posix_fadvise takes no pointers, and the descriptor stays open for the call.
    let _ = unsafe { libc::posix_fadvise(file.as_raw_fd(), 0, 0, libc::POSIX_FADV_DONTNEED) };
}

/// `ioctl(dst, FICLONERANGE, …)`: shares `len` bytes; 0 means up to the source's end.
pub(crate) fn clone_range(
    src: &File,
    src_offset: u64,
    len: u64,
    dst: &File,
    dst_offset: u64,
) -> io::Result<()> {
    let range = kernel::file_clone_range {
        src_fd: src.as_raw_fd().into(),
        src_offset,
        src_length: len,
        dest_offset: dst_offset,
    };
    // SAFETY: FICLONERANGE reads one `file_clone_range`, which lives until the call returns; both
    // descriptors stay open for the call.
    check(unsafe { libc::ioctl(dst.as_raw_fd(), kernel::FICLONERANGE as libc::Ioctl, &range) })
}

/// One copy_file_range(2) with explicit offsets; returns the bytes copied, perhaps fewer than asked.
pub(crate) fn copy_file_range(
    src: &File,
    src_offset: u64,
    dst: &File,
    dst_offset: u64,
    len: usize,
) -> io::Result<usize> {
    let mut off_in = signed(src_offset)?;
    let mut off_out = signed(dst_offset)?;
    // The system call itself, as not every libc that Rust supports wraps it.
    // SAFETY: both offsets are 64-bit integers of ours, alive and writable for the call, and the
    // descriptors stay open; the other arguments are plain numbers.
    let copied = unsafe {
        libc::syscall(
            libc::SYS_copy_file_range,
            src.as_raw_fd(),
            &raw mut off_in,
            dst.as_raw_fd(),
            &raw mut off_out,
            len,
            0,
        )
    };
    usize::try_from(copied).map_err(|_| io::Error::last_os_error())
}

/// The first offset at or after `from` that holds data; `None` where only a hole follows.
///
/// Moves the file's offset.
pub(crate) fn next_data(file: &File, from: u64) -> io::Result<Option<u64>> {
    match seek(file, from, libc::SEEK_DATA) {
        Ok(at) => Ok(Some(at)),
        Err(error) if error.raw_os_error() == Some(libc::ENXIO) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The first offset after `from` that lies in a hole, or the end of the file.
///
/// Moves the file's offset.
pub(crate) fn next_hole(file: &File, from: u64) -> io::Result<u64> {
    seek(file, from, libc::SEEK_HOLE)
}

fn seek(file: &File, from: u64, whence: i32) -> io::Result<u64> {
    // SAFETY: lseek takes plain numbers, and the descriptor stays open for the call.
    let at = unsafe { libc::lseek64(file.as_raw_fd(), signed(from)?, whence) };
    u64::try_from(at).map_err(|_| io::Error::last_os_error())
}

/// The same file opened once more for reading, so that its offset can be moved without anybody noticing.
///
/// # Errors
///
/// As [`reopen`].
pub(crate) fn private_description(file: &File) -> io::Result<File> {
    reopen(file, OpenOptions::new().read(true))
}

/// The same file opened once more.
///
/// # Errors
///
/// EBUSY where somebody holds a lock on the file: closing any descriptor of it would release the
/// traditional locks (fcntl, F_SETLK) that this process has.
pub(crate) fn reopen(file: &File, options: &mut OpenOptions) -> io::Result<File> {
    // SAFETY: an `flock` is made of integers only.
    let mut lock: Flock = unsafe { std::mem::zeroed() };
    // To this kind of lock those of the own process are in the way as well.
    lock.l_type = libc::F_WRLCK as _;
    lock.l_whence = libc::SEEK_SET as _;
    // SAFETY: F_OFD_GETLK reads and writes one of the structs that this libc's fcntl takes, which lives for the call.
    check(unsafe { libc::fcntl(file.as_raw_fd(), libc::F_OFD_GETLK, &raw mut lock) })?;
    if lock.l_type != libc::F_UNLCK as libc::c_short {
        return Err(io::Error::from_raw_os_error(libc::EBUSY));
    }
    // Nobody can keep the process waiting.
    options.custom_flags(libc::O_NONBLOCK).open(format!("/proc/self/fd/{}", file.as_raw_fd()))
}

/// Turns `len` bytes at `offset` into a hole; the file keeps its length.
pub(crate) fn punch_hole(file: &File, offset: u64, len: u64) -> io::Result<()> {
    let mode = libc::FALLOC_FL_PUNCH_HOLE | libc::FALLOC_FL_KEEP_SIZE;
    // SAFETY: fallocate takes plain numbers, and the descriptor stays open for the call.
    check(unsafe { libc::fallocate64(file.as_raw_fd(), mode, signed(offset)?, signed(len)?) })
}

/// A file without a name in `dir`, open for reading and writing: it vanishes with its descriptor.
pub(crate) fn create_unnamed(dir: &super::Dir, mode: u32) -> io::Result<File> {
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
pub(crate) fn link_unnamed(file: &File, dir: &super::Dir, to: &Path) -> io::Result<()> {
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
pub(crate) fn rename_no_replace(dir: &super::Dir, from: &Path, to: &Path) -> io::Result<()> {
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
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let value = status.lines().find_map(|line| line.strip_prefix("Umask:"))?;
    u32::from_str_radix(value.trim(), 8).ok()
}

fn signed(offset: u64) -> io::Result<i64> {
    i64::try_from(offset).map_err(|_| io::Error::from_raw_os_error(libc::EINVAL))
}
