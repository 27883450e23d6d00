//! Clones to new names: clonefile(2).

use std::fs::File;
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::AsRawFd as _;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use crate::sys::unix::check::{c_name, check};
use crate::sys::unix::dir::Dir;
use crate::sys::unix::errors;
use crate::sys::unix::file::set_mode;
use crate::sys::unix::status::status;

/// `sys/clonefile.h`: do not follow a symbolic link at the source's path.
const CLONE_NOFOLLOW: u32 = 1;
/// `sys/clonefile.h`: the clone belongs to whoever makes it, and has no set-id bits.
const CLONE_NOOWNERCOPY: u32 = 2;

/// `sys/stat.h`: UF_NODUMP, UF_IMMUTABLE, UF_APPEND and UF_HIDDEN, which users set. Not the flags that say how the
/// bytes are stored: without UF_COMPRESSED a compressed file is an empty one.
const USERS_FLAGS: u32 = 0x0001 | 0x0002 | 0x0004 | 0x8000;

/// Makes the file `name`, which must not exist, a clone of `src`: with its times and attributes, but
/// with mode 0600.
pub(crate) fn clone_to_name(src: &File, dir: &Dir, name: &Path) -> io::Result<File> {
    let c_name = c_name(name.as_os_str().as_bytes())?;
    let flags = CLONE_NOFOLLOW | CLONE_NOOWNERCOPY;
    loop {
        // SAFETY: the name is NUL-terminated and lives for the call; both descriptors stay open.
        let result =
            unsafe { libc::fclonefileat(src.as_raw_fd(), dir.raw(), c_name.as_ptr(), flags) };
        match check(result) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
            Ok(()) => break,
        }
    }
    open_clone(dir, name).map_err(|error| match dir.remove(name) {
        Ok(()) => error,
        Err(removal) => removal,
    })
}

/// Opens the new clone for reading and writing. Its mode and flags are still those of the source, and can forbid
/// that.
fn open_clone(dir: &Dir, name: &Path) -> io::Result<File> {
    let c_name = c_name(name.as_os_str().as_bytes())?;
    let open = |access| dir.open_at(&c_name, access | libc::O_NOFOLLOW | libc::O_NONBLOCK, 0);
    let found = open(libc::O_RDONLY).or_else(|error| {
        if error.kind() != io::ErrorKind::PermissionDenied {
            return Err(error);
        }
        let (fd, flags) = (dir.raw(), libc::AT_SYMLINK_NOFOLLOW);
        // SAFETY: the name is NUL-terminated and lives for the call.
        check(unsafe { libc::fchmodat(fd, c_name.as_ptr(), 0o600, flags) })?;
        open(libc::O_RDONLY)
    })?;
    clear_flags(&found)?;
    set_mode(&found, 0o600)?;
    let new = open(libc::O_RDWR)?;
    // The name could be another file's by now.
    if status(&new)?.id == status(&found)?.id { Ok(new) } else { Err(errors::not_found()) }
}

/// Clears what users set: a locked source (UF_IMMUTABLE) has a locked clone.
fn clear_flags(file: &File) -> io::Result<()> {
    let fd = file.as_raw_fd();
    let mut found = MaybeUninit::<libc::stat>::uninit();
    // SAFETY: there is room for the one `stat` that is written, and the descriptor stays open.
    check(unsafe { libc::fstat(fd, found.as_mut_ptr()) })?;
    // SAFETY: the call succeeded, so that it has written the whole struct.
    let flags = unsafe { found.assume_init() }.st_flags;
    if flags & USERS_FLAGS == 0 {
        return Ok(());
    }
    // SAFETY: fchflags takes plain numbers, and the descriptor stays open for the call.
    check(unsafe { libc::fchflags(fd, flags & !USERS_FLAGS) })
}
