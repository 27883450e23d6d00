//! What all Unix systems have.

use std::fs::{File, Permissions};
use std::io;
use std::os::fd::{AsRawFd as _, IntoRawFd as _};
use std::os::unix::fs::{FileExt as _, PermissionsExt as _};

use super::check::check;
use super::errors;
use crate::sys::types::{Access, FileKind};

/// The type in the bits of stat(2).
pub(in crate::sys) fn kind_of(mode: u32) -> FileKind {
    #[allow(clippy::unnecessary_cast)] // the width differs by system
    match mode & libc::S_IFMT as u32 {
        bits if bits == libc::S_IFREG as u32 => FileKind::Regular,
        bits if bits == libc::S_IFDIR as u32 => FileKind::Directory,
        bits if bits == libc::S_IFLNK as u32 => FileKind::Symlink,
        _ => FileKind::Special,
    }
}

/// What `fcntl(F_GETFL)` says of the descriptor.
pub(crate) fn access(file: &File) -> io::Result<Access> {
    // SAFETY: F_GETFL takes no argument, and the descriptor stays open for the call.
    let flags = unsafe { libc::fcntl(file.as_raw_fd(), libc::F_GETFL) };
    check(flags.min(0))?;
    #[cfg(any(target_os = "linux", target_os = "android"))]
    let (only_names, direct) = (flags & libc::O_PATH != 0, flags & libc::O_DIRECT != 0);
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    let (only_names, direct) = (false, false);
    let mode = flags & libc::O_ACCMODE;
    Ok(Access {
        reads: !only_names && mode != libc::O_WRONLY,
        writes: !only_names && mode != libc::O_RDONLY,
        appends: flags & libc::O_APPEND != 0,
        direct,
    })
}

pub(crate) fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    file.read_at(buffer, offset)
}

pub(crate) fn write_at(file: &File, buffer: &[u8], offset: u64) -> io::Result<usize> {
    file.write_at(buffer, offset)
}

pub(crate) fn set_mode(file: &File, mode: u32) -> io::Result<()> {
    file.set_permissions(Permissions::from_mode(mode))
}

pub(crate) fn set_owner(file: &File, user: Option<u32>, group: Option<u32>) -> io::Result<()> {
    std::os::unix::fs::fchown(file, user, group)
}

/// Whether a refused rename or link is one that the place refuses of any file: some FUSE programs
/// have neither, and a sandbox can forbid both.
pub(crate) fn forbids_renaming(error: &io::Error) -> bool {
    let refusals = [libc::EPERM, libc::EACCES, libc::ENOSYS, libc::EOPNOTSUPP, libc::EXDEV];
    error.raw_os_error().is_some_and(|errno| refusals.contains(&errno))
}

/// Whether it is this file that cannot have the name as well, rather than that giving it failed: another
/// filesystem, or as many links as a file can have.
pub(crate) fn cannot_link_this(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::EXDEV | libc::EMLINK))
        || errors::is_not_supported(error)
}

/// Whether the place has no rename that replaces nothing, rather than that this one failed.
pub(crate) fn lacks_rename_no_replace(error: &io::Error) -> bool {
    forbids_renaming(error)
        || errors::is_not_supported(error)
        || error.raw_os_error() == Some(libc::EINVAL)
}

/// Whether the disk failed or, with some FUSE programs, anything did.
pub(crate) fn is_input_output(error: &io::Error) -> bool {
    error.raw_os_error() == Some(libc::EIO)
}

/// Closes the file and says what close(2) says: NFS and FUSE report failed writes there.
pub(crate) fn close(file: File) -> io::Result<()> {
    let fd = file.into_raw_fd();
    // SAFETY: the descriptor was owned by `file`, which has given it up.
    match check(unsafe { libc::close(fd) }) {
        // Linux has closed the descriptor all the same, and no write failed.
        Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(()),
        result => result,
    }
}
