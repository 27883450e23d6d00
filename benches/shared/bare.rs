//! The system calls of a clone and nothing else: what a C program would make of them.

#![allow(unsafe_code)]

use std::ffi::{CStr, CString};
use std::io::{Error, ErrorKind, Result};
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd as _, FromRawFd as _, OwnedFd};
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

/// The names of one clone, made ready once: a C program has them as literals.
pub(crate) struct Names {
    src: CString,
    dir: CString,
    dst: CString,
    dst_name: CString,
}

impl Names {
    pub(crate) fn new(src: &Path, dst: &Path) -> Result<Self> {
        let text = |path: &Path| CString::new(path.as_os_str().as_bytes()).map_err(Error::from);
        let (Some(dir), Some(name)) = (dst.parent(), dst.file_name()) else {
            return Err(ErrorKind::InvalidInput.into());
        };
        Ok(Self {
            src: text(src)?,
            dir: text(dir)?,
            dst: text(dst)?,
            dst_name: text(name.as_ref())?,
        })
    }

    /// Clones onto a name that is free.
    pub(crate) fn clone_new(&self) -> Result<()> {
        let (_src, dst) = self.clone_unnamed()?;
        link(&dst, libc::AT_FDCWD, &self.dst)
    }

    /// Clones onto a name that is taken: tries to link, and then puts the new file in its place.
    pub(crate) fn clone_replacing(&self) -> Result<()> {
        const TEMPORARY: &CStr = c".bare-clone.tmp";
        let (_src, dst) = self.clone_unnamed()?;
        match link(&dst, libc::AT_FDCWD, &self.dst) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            other => return other,
        }
        let dir = open(&self.dir, libc::O_PATH | libc::O_DIRECTORY, 0)?;
        let mut status = MaybeUninit::<libc::stat>::uninit();
        // SAFETY: the name is NUL-terminated and lives for the call, as do the directory and the
        // buffer, which has the type that fstatat fills.
        check(unsafe {
            libc::fstatat(
                dir.as_raw_fd(),
                self.dst_name.as_ptr(),
                status.as_mut_ptr(),
                libc::AT_SYMLINK_NOFOLLOW,
            )
        })?;
        link(&dst, dir.as_raw_fd(), TEMPORARY)?;
        // SAFETY: both names are NUL-terminated and live for the call, and so does the directory.
        check(unsafe {
            libc::renameat(
                dir.as_raw_fd(),
                TEMPORARY.as_ptr(),
                dir.as_raw_fd(),
                self.dst_name.as_ptr(),
            )
        })?;
        Ok(())
    }

    /// The source, and a new file without a name that shares its blocks.
    fn clone_unnamed(&self) -> Result<(OwnedFd, OwnedFd)> {
        let src = open(&self.src, libc::O_RDONLY | libc::O_NOCTTY | libc::O_NONBLOCK, 0)?;
        let mode = stat(&src)?.st_mode & 0o777;
        let dst = open(&self.dir, libc::O_WRONLY | libc::O_TMPFILE, mode)?;
        // SAFETY: FICLONE takes a descriptor and touches no memory of ours; both stay open.
        check(unsafe {
            libc::ioctl(dst.as_raw_fd(), reflink_sys::FICLONE as libc::Ioctl, src.as_raw_fd())
        })?;
        let status = stat(&dst)?;
        if status.st_mode & 0o777 != mode {
            // SAFETY: fchmod takes plain numbers, and the descriptor stays open.
            check(unsafe { libc::fchmod(dst.as_raw_fd(), mode) })?;
        }
        Ok((src, dst))
    }
}

fn open(path: &CStr, flags: i32, mode: libc::mode_t) -> Result<OwnedFd> {
    // SAFETY: the path is NUL-terminated and lives for the call.
    let fd = check(unsafe { libc::open(path.as_ptr(), flags | libc::O_CLOEXEC, mode) })?;
    // SAFETY: open has just given this descriptor, and nobody else has it.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

fn stat(fd: &OwnedFd) -> Result<libc::stat> {
    let mut status = MaybeUninit::uninit();
    // SAFETY: the buffer has the type that fstat fills, and lives for the call.
    check(unsafe { libc::fstat(fd.as_raw_fd(), status.as_mut_ptr()) })?;
    // SAFETY: fstat has succeeded, and so filled it.
    Ok(unsafe { status.assume_init() })
}

/// Gives `file`, which has no name, the name `to`.
fn link(file: &OwnedFd, dir: i32, to: &CStr) -> Result<()> {
    // SAFETY: both names are NUL-terminated and live for the call; the caller holds the descriptors.
    check(unsafe {
        libc::linkat(file.as_raw_fd(), c"".as_ptr(), dir, to.as_ptr(), libc::AT_EMPTY_PATH)
    })?;
    Ok(())
}

fn check(result: i32) -> Result<i32> {
    if result < 0 { Err(Error::last_os_error()) } else { Ok(result) }
}
