//! A directory held open, so that names in it mean the same files from check to use.

use std::ffi::CStr;
use std::fs::File;
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd as _, AsRawFd as _, BorrowedFd, FromRawFd as _, RawFd};
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

// The plain calls of 32-bit Linux fail on inode numbers and sizes beyond 32 bits.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
use libc::fstatat;
#[cfg(any(target_os = "linux", target_os = "android"))]
use libc::fstatat64 as fstatat;

use super::check::{c_name, check};
use super::file::kind_of;
use super::status::stat;
use crate::sys::types::{FileKind, MayWait, NameStatus};

/// The flags of a descriptor that only names a directory, which needs no right to read it.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(super) const NAMES_ONLY: libc::c_int = libc::O_PATH;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(super) const NAMES_ONLY: libc::c_int = 0;

/// An open directory. Names are relative to it.
#[derive(Debug)]
pub(crate) enum Dir<'d> {
    Open(File),
    /// Held open by the caller.
    Borrowed(BorrowedFd<'d>),
    /// The process's working directory, which the kernel holds open.
    Working,
}

impl<'d> Dir<'d> {
    /// An open directory.
    pub(crate) fn of(dir: &'d File) -> Self {
        Self::Borrowed(dir.as_fd())
    }

    /// The descriptor, as the calls that take a directory want it.
    pub(in crate::sys) fn raw(&self) -> RawFd {
        match self {
            Self::Open(dir) => dir.as_raw_fd(),
            Self::Borrowed(dir) => dir.as_raw_fd(),
            Self::Working => libc::AT_FDCWD,
        }
    }

    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        Self::Working.open_below(path)
    }

    /// The directory at `path`, which is relative to this one.
    pub(crate) fn open_below(&self, path: &Path) -> io::Result<Self> {
        // Not by OpenOptions: musl counts O_PATH among the access modes, which those leave out.
        let path = c_name(path.as_os_str().as_bytes())?;
        self.open_at(&path, NAMES_ONLY | libc::O_DIRECTORY, 0).map(Self::Open)
    }

    /// As [`open_below`](Self::open_below), without a call for this directory itself.
    pub(crate) fn holding(&self, path: &Path) -> io::Result<Self> {
        match self {
            _ if path != Path::new(".") => self.open_below(path),
            Self::Borrowed(dir) => Ok(Self::Borrowed(*dir)),
            Self::Working => Ok(Self::Working),
            Self::Open(_) => self.open_below(path),
        }
    }

    /// The directory, held open for any time.
    #[cfg(any(not(any(target_os = "linux", target_os = "android")), reflink_as = "new-names"))]
    pub(in crate::sys) fn keep(&self) -> io::Result<Dir<'static>> {
        Ok(match self {
            Self::Open(dir) => Dir::Open(dir.try_clone()?),
            Self::Borrowed(dir) => Dir::Open(dir.try_clone_to_owned()?.into()),
            Self::Working => Dir::Working,
        })
    }

    /// A path to it, whatever its name is by now. Needs /proc.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    pub(in crate::sys) fn path(&self) -> std::path::PathBuf {
        match self {
            Self::Open(_) | Self::Borrowed(_) => format!("/proc/self/fd/{}", self.raw()).into(),
            Self::Working => ".".into(),
        }
    }

    /// What `name` is; `None` where there is nothing by that name.
    pub(crate) fn inspect(&self, name: &Path, follow: bool) -> io::Result<Option<NameStatus>> {
        let name = c_name(name.as_os_str().as_bytes())?;
        let status = match self.stat(&name, if follow { 0 } else { libc::AT_SYMLINK_NOFOLLOW }) {
            Ok(status) => status,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        #[allow(clippy::unnecessary_cast, clippy::useless_conversion)] // widths differ by system
        Ok(Some(NameStatus {
            kind: kind_of(status.st_mode.into()),
            id: (status.st_dev as u64, status.st_ino as u64),
            mode: u32::from(status.st_mode),
        }))
    }

    /// fstatat(2).
    pub(in crate::sys) fn stat(&self, name: &CStr, flags: libc::c_int) -> io::Result<stat> {
        let mut status = MaybeUninit::<stat>::uninit();
        // SAFETY: the name is NUL-terminated, and there is room for the one `stat` that is written.
        check(unsafe { fstatat(self.raw(), name.as_ptr(), status.as_mut_ptr(), flags) })?;
        // SAFETY: the call succeeded, so that it has written the whole struct.
        Ok(unsafe { status.assume_init() })
    }

    /// Creates `name`, which must not exist, with `mode` as far as the umask allows it.
    pub(crate) fn create_new(&self, name: &Path, mode: u32) -> io::Result<File> {
        let name = c_name(name.as_os_str().as_bytes())?;
        let flags = libc::O_RDWR | libc::O_CREAT | libc::O_EXCL | libc::O_NOFOLLOW;
        self.open_at(&name, flags, mode)
    }

    /// Opens the file at `path` for reading. Neither a FIFO without a writer nor a terminal can keep or
    /// catch the process.
    pub(crate) fn open_for_reading(&self, path: &Path, may_wait: MayWait<'_>) -> io::Result<File> {
        self.open_existing(path, libc::O_RDONLY, may_wait)
    }

    /// Opens the existing file at `path` for writing, and leaves its bytes alone.
    pub(crate) fn open_for_writing(&self, path: &Path, may_wait: MayWait<'_>) -> io::Result<File> {
        self.open_existing(path, libc::O_WRONLY, may_wait)
    }

    fn open_existing(
        &self,
        path: &Path,
        access: libc::c_int,
        may_wait: MayWait<'_>,
    ) -> io::Result<File> {
        let c_path = c_name(path.as_os_str().as_bytes())?;
        let open = || self.open_at(&c_path, access | libc::O_NONBLOCK | libc::O_NOCTTY, 0);
        #[cfg(any(target_os = "linux", target_os = "android"))]
        {
            let is_file = || {
                let found = self.inspect(path, true)?;
                Ok(found.is_some_and(|found| found.kind == FileKind::Regular))
            };
            crate::sys::linux::lease::wait_for(is_file, may_wait, open)
        }
        #[cfg(not(any(target_os = "linux", target_os = "android")))]
        {
            let _ = may_wait;
            open()
        }
    }

    /// As [`open_for_reading`](Self::open_for_reading), but waits for no lease, and follows a link only
    /// if `follow` is set.
    pub(crate) fn open_at_once(&self, path: &Path, follow: bool) -> io::Result<File> {
        let path = c_name(path.as_os_str().as_bytes())?;
        let no_follow = if follow { 0 } else { libc::O_NOFOLLOW };
        let flags = libc::O_RDONLY | libc::O_NONBLOCK | libc::O_NOCTTY | no_follow;
        self.open_at(&path, flags, 0)
    }

    /// openat(2), again where a signal interrupted it: NFS and FUSE can take their time.
    pub(in crate::sys) fn open_at(
        &self,
        name: &CStr,
        flags: libc::c_int,
        mode: libc::c_uint,
    ) -> io::Result<File> {
        let flags = flags | libc::O_CLOEXEC;
        loop {
            // SAFETY: the name is NUL-terminated, and the mode that O_CREAT needs is there.
            let fd = unsafe { libc::openat(self.raw(), name.as_ptr(), flags, mode) };
            match check(fd.min(0)) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                // SAFETY: openat has just returned this descriptor, and nobody else knows of it.
                done => return done.map(|()| unsafe { File::from_raw_fd(fd) }),
            }
        }
    }

    /// Gives the file `from` the further name `to`, which must not exist.
    pub(crate) fn hard_link(&self, from: &Path, to: &Path) -> io::Result<()> {
        let from = c_name(from.as_os_str().as_bytes())?;
        let to = c_name(to.as_os_str().as_bytes())?;
        let fd = self.raw();
        // SAFETY: both names are NUL-terminated and live for the call.
        check(unsafe { libc::linkat(fd, from.as_ptr(), fd, to.as_ptr(), 0) })
    }

    /// Gives the file `from` the name `to`, in the place of whatever file has it.
    pub(crate) fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let from = c_name(from.as_os_str().as_bytes())?;
        let to = c_name(to.as_os_str().as_bytes())?;
        let fd = self.raw();
        // SAFETY: both names are NUL-terminated and live for the call.
        check(unsafe { libc::renameat(fd, from.as_ptr(), fd, to.as_ptr()) })
    }

    /// Removes the file `name`.
    pub(crate) fn remove(&self, name: &Path) -> io::Result<()> {
        let name = c_name(name.as_os_str().as_bytes())?;
        // SAFETY: the name is NUL-terminated and lives for the call.
        check(unsafe { libc::unlinkat(self.raw(), name.as_ptr(), 0) })
    }

    /// Whether `name` is a regular file that this process may write to.
    pub(crate) fn is_writable_file(&self, name: &Path) -> bool {
        let is_file =
            matches!(self.inspect(name, false), Ok(Some(found)) if found.kind == FileKind::Regular);
        let Ok(name) = c_name(name.as_os_str().as_bytes()) else { return false };
        // SAFETY: the name is NUL-terminated and lives for the call.
        is_file && unsafe { libc::faccessat(self.raw(), name.as_ptr(), libc::W_OK, 0) } == 0
    }

    /// The directory, open for [`sync_all`](File::sync_all): it flushes the names in it.
    pub(crate) fn open_to_sync(&self) -> io::Result<Option<File>> {
        self.open_at(c".", libc::O_RDONLY | libc::O_DIRECTORY, 0).map(Some)
    }
}
