//! The system calls that the library makes for a clone, one for one, and nothing else: what a C
//! program would make of them.

#![allow(unsafe_code)]

use std::ffi::{CStr, CString};
use std::io::{Error, ErrorKind, Result};
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd as _, FromRawFd as _, OwnedFd};
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

/// The number in the next temporary name.
static UNUSED: AtomicU64 = AtomicU64::new(0);

/// The names of one clone, made ready once: a C program has them as literals.
pub(crate) struct Names {
    src: CString,
    dir: CString,
    /// The destination's name in `dir`.
    dst: CString,
}

/// A source, a new file without a name that shares its blocks, and the directory to name it in.
struct Cloned {
    _src: OwnedFd,
    dir: OwnedFd,
    dst: OwnedFd,
}

impl Names {
    pub(crate) fn new(src: &Path, dst: &Path) -> Result<Self> {
        let text = |path: &Path| CString::new(path.as_os_str().as_bytes()).map_err(Error::from);
        let (Some(dir), Some(name)) = (dst.parent(), dst.file_name()) else {
            return Err(ErrorKind::InvalidInput.into());
        };
        Ok(Self { src: text(src)?, dir: text(dir)?, dst: text(name.as_ref())? })
    }

    /// Clones onto a name that is free.
    pub(crate) fn clone_new(&self) -> Result<()> {
        let cloned = self.clone_unnamed()?;
        cloned.link(&self.dst)
    }

    /// Clones onto a name that is taken: tries to link, and then puts the new file in its place.
    pub(crate) fn clone_replacing(&self) -> Result<()> {
        // A name that was never used, as the library's are: the kernel remembers the others.
        let unused = UNUSED.fetch_add(1, Ordering::Relaxed);
        let temporary = CString::new(format!(".bare-{unused:016x}-copy.tmp"))?;
        let cloned = self.clone_unnamed()?;
        match cloned.link(&self.dst) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            other => return other,
        }
        let mut status = MaybeUninit::<libc::stat>::uninit();
        let dir = cloned.dir.as_raw_fd();
        // SAFETY: the name is NUL-terminated and lives for the call, as do the directory and the
        // buffer, which has the type that fstatat fills.
        check(unsafe {
            libc::fstatat(dir, self.dst.as_ptr(), status.as_mut_ptr(), libc::AT_SYMLINK_NOFOLLOW)
        })?;
        // Whether the directory, and a sandbox, would let the temporary name be removed again.
        status_of(dir, c".", libc::AT_SYMLINK_NOFOLLOW)?;
        // SAFETY: the name is NUL-terminated and lives for the call, and so does the directory.
        check(unsafe { libc::renameat(dir, self.dst.as_ptr(), dir, self.dst.as_ptr()) })?;
        cloned.link(&temporary)?;
        // SAFETY: both names are NUL-terminated and live for the call, and so does the directory.
        check(unsafe { libc::renameat(dir, temporary.as_ptr(), dir, self.dst.as_ptr()) })?;
        Ok(())
    }

    fn clone_unnamed(&self) -> Result<Cloned> {
        let flags = libc::O_RDONLY | libc::O_NOCTTY | libc::O_NONBLOCK;
        let src = open(libc::AT_FDCWD, &self.src, flags, 0)?;
        let permissions = mode(&src)?;
        has_acl(&src);
        let dir = open(libc::AT_FDCWD, &self.dir, libc::O_PATH | libc::O_DIRECTORY, 0)?;
        let dst = open(dir.as_raw_fd(), c".", libc::O_RDWR | libc::O_TMPFILE, permissions)?;
        // By which mount it was made.
        status_of(dst.as_raw_fd(), c"", libc::AT_EMPTY_PATH | libc::AT_STATX_DONT_SYNC)?;
        // SAFETY: FICLONE takes a descriptor and touches no memory of ours; both stay open.
        check(unsafe {
            libc::ioctl(dst.as_raw_fd(), reflink_sys::FICLONE as libc::Ioctl, src.as_raw_fd())
        })?;
        let now = mode(&dst)?;
        has_acl(&dst);
        if now != permissions {
            // SAFETY: fchmod takes plain numbers, and the descriptor stays open.
            check(unsafe { libc::fchmod(dst.as_raw_fd(), permissions) })?;
        }
        Ok(Cloned { _src: src, dir, dst })
    }
}

impl Cloned {
    /// Gives the new file a name.
    fn link(&self, name: &CStr) -> Result<()> {
        // SAFETY: both names are NUL-terminated and live for the call, and so do the descriptors.
        check(unsafe {
            libc::linkat(
                self.dst.as_raw_fd(),
                c"".as_ptr(),
                self.dir.as_raw_fd(),
                name.as_ptr(),
                libc::AT_EMPTY_PATH,
            )
        })?;
        Ok(())
    }
}

fn open(dir: i32, path: &CStr, flags: i32, mode: libc::mode_t) -> Result<OwnedFd> {
    // SAFETY: the path is NUL-terminated and lives for the call; `dir` is AT_FDCWD or open.
    let fd = check(unsafe { libc::openat(dir, path.as_ptr(), flags | libc::O_CLOEXEC, mode) })?;
    // SAFETY: open has just given this descriptor, and nobody else has it.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

/// The permission bits, by the call that the standard library makes for a file's metadata.
fn mode(fd: &OwnedFd) -> Result<libc::mode_t> {
    let status = status_of(fd.as_raw_fd(), c"", libc::AT_EMPTY_PATH)?;
    Ok(libc::mode_t::from(status.stx_mode) & 0o777)
}

fn status_of(dir: i32, name: &CStr, flags: i32) -> Result<libc::statx> {
    let mut status = MaybeUninit::<libc::statx>::uninit();
    let mask = libc::STATX_BASIC_STATS | libc::STATX_BTIME;
    // SAFETY: the name is NUL-terminated, the descriptor is open, and the buffer has the type that
    // statx fills and lives for the call.
    check(unsafe { libc::statx(dir, name.as_ptr(), flags, mask, status.as_mut_ptr()) })?;
    // SAFETY: statx has succeeded, and so filled it.
    Ok(unsafe { status.assume_init() })
}

/// Whether the mode shows the mask of an ACL: asked for its cost alone.
fn has_acl(fd: &OwnedFd) -> bool {
    let name = c"system.posix_acl_access";
    // SAFETY: the name is NUL-terminated, the descriptor is open, and no value is written.
    unsafe { libc::fgetxattr(fd.as_raw_fd(), name.as_ptr(), std::ptr::null_mut(), 0) > 0 }
}

fn check(result: i32) -> Result<i32> {
    if result < 0 { Err(Error::last_os_error()) } else { Ok(result) }
}
