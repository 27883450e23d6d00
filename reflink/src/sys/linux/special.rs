//! FIFOs, sockets, devices and symbolic links, which are never opened: a descriptor only names them.
#![allow(clippy::unnecessary_cast, reason = "the widths differ by system")]

use std::ffi::CStr;
use std::fs::File;
use std::io;
use std::os::fd::AsRawFd as _;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::attributes::read;
use crate::sys::types::Status;
use crate::sys::unix::check::{c_name, check};
use crate::sys::unix::dir::Dir;
use crate::sys::unix::nodes::timespec;

/// A FIFO, socket, device or symbolic link: its type, the device's number, and an open descriptor that only names it.
pub(crate) struct Special {
    file: File,
    kind: u32,
    device: u64,
}

impl Special {
    /// The special file `name`, or the symbolic link there unless it is followed. It is not opened for reading
    /// or writing: that could block or act.
    pub(crate) fn open(dir: &Dir, name: &Path, follow: bool) -> io::Result<Self> {
        let name = c_name(name.as_os_str().as_bytes())?;
        let no_follow = if follow { 0 } else { libc::O_NOFOLLOW };
        let file = dir.open_at(&name, libc::O_PATH | no_follow, 0)?;
        let found = file.metadata()?;
        Ok(Self { file, kind: found.mode() & libc::S_IFMT as u32, device: found.rdev() })
    }

    /// Its type, as in S_IFMT.
    pub(crate) fn kind(&self) -> u32 {
        self.kind
    }

    /// Whether the two have the same type and, if they are devices, the same number.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        let is_device = [libc::S_IFCHR, libc::S_IFBLK].contains(&(self.kind as libc::mode_t));
        self.kind == other.kind && (!is_device || self.device == other.device)
    }

    /// What it is.
    pub(crate) fn status(&self) -> io::Result<Status> {
        super::status(&self.file)
    }

    /// Makes another of this type and number, as far as the umask allows the mode.
    pub(crate) fn make(&self, dir: &Dir, name: &Path, mode: u32) -> io::Result<()> {
        let name = c_name(name.as_os_str().as_bytes())?;
        let mode = (self.kind | mode) as libc::mode_t;
        // SAFETY: the name is NUL-terminated and lives for the call.
        check(unsafe { libc::mknodat(dir.raw(), name.as_ptr(), mode, self.device as libc::dev_t) })
    }

    /// Sets its owner; `None` leaves the user or the group alone.
    pub(crate) fn set_owner(&self, user: Option<u32>, group: Option<u32>) -> io::Result<()> {
        let (user, group) = (user.unwrap_or(u32::MAX), group.unwrap_or(u32::MAX));
        let (fd, flags) = (self.file.as_raw_fd(), libc::AT_EMPTY_PATH);
        // SAFETY: the path is NUL-terminated, and empty: the call changes what the descriptor names.
        check(unsafe { libc::fchownat(fd, c"".as_ptr(), user, group, flags) })
    }

    /// Sets its times. Needs /proc on kernels before 5.8, whose utimensat takes no empty path.
    pub(crate) fn set_times(&self, accessed: SystemTime, modified: SystemTime) -> io::Result<()> {
        let times = [timespec(accessed), timespec(modified)];
        let (fd, flags) = (self.file.as_raw_fd(), libc::AT_EMPTY_PATH);
        // SAFETY: the path is NUL-terminated, and there are the two times that the call reads.
        match check(unsafe { libc::utimensat(fd, c"".as_ptr(), times.as_ptr(), flags) }) {
            Err(error) if error.raw_os_error() == Some(libc::EINVAL) => {}
            result => return result,
        }
        let path = c_name(self.link().as_os_str().as_bytes())?;
        // SAFETY: the path is NUL-terminated, and there are the two times that the call reads.
        check(unsafe { libc::utimensat(libc::AT_FDCWD, path.as_ptr(), times.as_ptr(), 0) })
    }

    /// Sets its permission bits. Needs /proc.
    pub(crate) fn set_mode(&self, mode: u32) -> io::Result<()> {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(self.link(), std::fs::Permissions::from_mode(mode))
    }

    /// A path that leads to it, for calls that take no such descriptor, and that must follow it. Needs /proc.
    fn link(&self) -> PathBuf {
        format!("/proc/self/fd/{}", self.file.as_raw_fd()).into()
    }

    /// A path to it, and whether a call must follow it.
    #[cfg(feature = "xattr")]
    pub(crate) fn path(&self) -> io::Result<(PathBuf, bool)> {
        Ok((self.link(), true))
    }

    /// A path to what is `name` in `dir`, and whether a call must follow it. Needs /proc.
    #[cfg(feature = "xattr")]
    pub(crate) fn path_of(dir: &Dir, name: &Path) -> io::Result<(PathBuf, bool)> {
        Ok((dir.path().join(name), false))
    }

    /// Its attribute `name`; `None` if it has none.
    pub(crate) fn attribute(&self, name: &CStr) -> io::Result<Option<Vec<u8>>> {
        let path = c_name(self.link().as_os_str().as_bytes())?;
        read(|buffer| {
            let (value, len) = (buffer.as_mut_ptr().cast(), buffer.len());
            // SAFETY: path and name are NUL-terminated, and the buffer has the length that is passed and is
            // writable for the call.
            unsafe { libc::getxattr(path.as_ptr(), name.as_ptr(), value, len) }
        })
    }

    /// Removes the attribute `name`, if it has one.
    pub(crate) fn remove_attribute(&self, name: &CStr) -> io::Result<()> {
        let path = c_name(self.link().as_os_str().as_bytes())?;
        // SAFETY: path and name are NUL-terminated and live for the call.
        match check(unsafe { libc::removexattr(path.as_ptr(), name.as_ptr()) }) {
            Err(error) if error.raw_os_error() == Some(libc::ENODATA) => Ok(()),
            result => result,
        }
    }
}
