//! FIFOs, sockets, devices and symbolic links, which are never opened, by their names. Each call finds what has the
//! name at that time: in a directory that others can write to, that can be another file.
#![allow(clippy::unnecessary_cast, reason = "the widths differ by system")]

#[cfg(feature = "xattr")]
use std::ffi::OsStr;
use std::ffi::{CStr, CString};
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
#[cfg(feature = "xattr")]
use std::path::PathBuf;
use std::time::SystemTime;

use crate::sys::types::Status;
use crate::sys::unix::check::{c_name, check};
use crate::sys::unix::dir::Dir;
use crate::sys::unix::nodes::timespec;
use crate::sys::unix::status::status_in;

/// A FIFO, socket, device or symbolic link: its type, the device's number, and its name in an open directory.
pub(crate) struct Special {
    dir: Dir<'static>,
    name: CString,
    /// AT_SYMLINK_NOFOLLOW, or 0.
    follow: libc::c_int,
    kind: u32,
    device: u64,
}

impl Special {
    /// The special file `name`, or the symbolic link there unless it is followed.
    pub(crate) fn open(dir: &Dir, name: &Path, follow: bool) -> io::Result<Self> {
        let (dir, name) = (dir.keep()?, c_name(name.as_os_str().as_bytes())?);
        let follow = if follow { 0 } else { libc::AT_SYMLINK_NOFOLLOW };
        let found = dir.stat(&name, follow)?;
        let kind = found.st_mode as u32 & libc::S_IFMT as u32;
        Ok(Self { dir, name, follow, kind, device: found.st_rdev as u64 })
    }

    /// Its type, as in S_IFMT.
    pub(crate) fn kind(&self) -> u32 {
        self.kind
    }

    /// Whether the two have the same type and, if they are devices, the same number.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        self.kind == other.kind && self.device_number() == other.device_number()
    }

    fn device_number(&self) -> Option<u64> {
        let is_device = [libc::S_IFCHR, libc::S_IFBLK].contains(&(self.kind as libc::mode_t));
        is_device.then_some(self.device)
    }

    /// What it is.
    pub(crate) fn status(&self) -> io::Result<Status> {
        Ok(status_in(&self.dir.stat(&self.name, self.follow)?))
    }

    /// Makes another of this type and number, as far as the umask allows the mode.
    ///
    /// # Errors
    ///
    /// EINVAL for a socket on systems where only bind(2) makes one.
    pub(crate) fn make(&self, dir: &Dir, name: &Path, mode: u32) -> io::Result<()> {
        let name = c_name(name.as_os_str().as_bytes())?;
        let mode = (self.kind | mode) as libc::mode_t;
        let device = self.device_number().unwrap_or(0) as libc::dev_t;
        #[cfg(target_vendor = "apple")]
        return crate::sys::apple::make_node(dir, &name, mode, device);
        #[cfg(not(target_vendor = "apple"))]
        // SAFETY: the name is NUL-terminated and lives for the call.
        check(unsafe { libc::mknodat(dir.raw(), name.as_ptr(), mode, device) })
    }

    /// Sets its owner; `None` leaves the user or the group alone.
    pub(crate) fn set_owner(&self, user: Option<u32>, group: Option<u32>) -> io::Result<()> {
        let (user, group) = (user.unwrap_or(u32::MAX), group.unwrap_or(u32::MAX));
        let (dir, name) = (self.dir.raw(), self.name.as_ptr());
        // SAFETY: the name is NUL-terminated and lives for the call.
        check(unsafe { libc::fchownat(dir, name, user, group, self.follow) })
    }

    /// Sets its times.
    pub(crate) fn set_times(&self, accessed: SystemTime, modified: SystemTime) -> io::Result<()> {
        let times = [timespec(accessed), timespec(modified)];
        let (dir, name) = (self.dir.raw(), self.name.as_ptr());
        // SAFETY: the name is NUL-terminated, and there are the two times that the call reads.
        check(unsafe { libc::utimensat(dir, name, times.as_ptr(), self.follow) })
    }

    /// Sets its permission bits.
    pub(crate) fn set_mode(&self, mode: u32) -> io::Result<()> {
        let (dir, name) = (self.dir.raw(), self.name.as_ptr());
        // SAFETY: the name is NUL-terminated and lives for the call.
        check(unsafe { libc::fchmodat(dir, name, mode as libc::mode_t, self.follow) })
    }

    /// A path to it, and whether a call must follow a link there.
    ///
    /// # Errors
    ///
    /// ENOTSUP if the system has no path to an open directory.
    #[cfg(feature = "xattr")]
    pub(crate) fn path(&self) -> io::Result<(PathBuf, bool)> {
        let name = Path::new(OsStr::from_bytes(self.name.to_bytes()));
        Ok((path_to(&self.dir)?.join(name), self.follow == 0))
    }

    /// As [`path`](Self::path), to what is `name` in `dir`.
    #[cfg(feature = "xattr")]
    pub(crate) fn path_of(dir: &Dir, name: &Path) -> io::Result<(PathBuf, bool)> {
        Ok((path_to(dir)?.join(name), false))
    }

    /// No other system has such an ACL among the attributes.
    pub(crate) fn attribute(&self, _name: &CStr) -> io::Result<Option<Vec<u8>>> {
        Ok(None)
    }

    /// There is none.
    pub(crate) fn remove_attribute(&self, _name: &CStr) -> io::Result<()> {
        Ok(())
    }
}

/// A path to an open directory.
#[cfg(feature = "xattr")]
fn path_to(dir: &Dir) -> io::Result<PathBuf> {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    return Ok(dir.path());
    #[cfg(target_vendor = "apple")]
    return crate::sys::apple::path_of(dir);
    #[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
    match dir {
        Dir::Working => Ok(PathBuf::new()),
        Dir::Open(_) | Dir::Borrowed(_) => Err(io::Error::from_raw_os_error(libc::ENOTSUP)),
    }
}
