//! What each errno means to a copy: the one table that decides between the next method and an error.
//!
//! A line a number, each with when it happens. What is not in the table is an error.

use std::io;

/// What to do after a method was refused.
#[cfg_attr(
    not(any(target_os = "linux", target_os = "android")),
    expect(dead_code, reason = "elsewhere the answer is always the next method")
)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The call was interrupted: make it again.
    Again,
    /// Make it once more; after that, the next method or, on SMB, an error.
    OnceMore,
    /// The next method.
    Next,
    /// The errno has more than one meaning. The cause, once found, decides: the next method where it
    /// stands only against cloning, an error where it stands against any copy.
    Explain,
    /// An error: another method would fail too, or hide it.
    Error,
}

/// FICLONE and FICLONERANGE.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(super) fn after_clone(error: &io::Error) -> Verdict {
    let Some(errno) = error.raw_os_error() else { return Verdict::Error };
    match errno {
        // ext4, tmpfs, an xfs made without reflinks, NFS before 4.2, a server that cannot.
        libc::EOPNOTSUPP => Verdict::Next,
        // Two filesystems; an overlay and its layer; two datasets of ZFS; procfs and sysfs.
        libc::EXDEV => Verdict::Explain,
        // A kernel before 4.5; a character device.
        libc::ENOTTY => Verdict::Explain,
        // Unaligned; nodatacow on one side; realtime; DAX; not a regular file; a size limit; the same file.
        libc::EINVAL => Verdict::Explain,
        // An immutable or append-only destination; or a seccomp filter.
        libc::EPERM => Verdict::Explain,
        // Android's policy, SELinux.
        libc::EACCES => Verdict::Next,
        // A seccomp filter that pretends to be an old kernel.
        libc::ENOSYS => Verdict::Next,
        // ZFS, while the source is on its way to the disk; SMB, whose server is gone.
        libc::EAGAIN => Verdict::OnceMore,
        // OCFS2: the source's bytes are in its inode, and the destination is longer.
        libc::ERANGE => Verdict::Next,
        // A signal came before anything was done.
        libc::EINTR => Verdict::Again,
        // A descriptor not open for what it is to do, or open for appending.
        libc::EBADF => Verdict::Error,
        // A directory.
        libc::EISDIR => Verdict::Error,
        // An active swap file: the source can be read, the destination cannot be written to.
        libc::ETXTBSY => Verdict::Explain,
        // A read-only filesystem or btrfs subvolume.
        libc::EROFS => Verdict::Error,
        // The disk is full: also for the blocks that describe the sharing.
        libc::ENOSPC => Verdict::Error,
        // The quota is used up.
        libc::EDQUOT => Verdict::Error,
        // The disk failed.
        libc::EIO => Verdict::Error,
        // No memory.
        libc::ENOMEM => Verdict::Error,
        // RLIMIT_FSIZE, or the filesystem's largest file.
        libc::EFBIG => Verdict::Error,
        // The file went away on its server.
        libc::ESTALE => Verdict::Error,
        _ => Verdict::Error,
    }
}

/// A clone: whether a filter may have refused it, or a server, of whom neither looked at the bytes.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(super) fn is_from_a_filter(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::EPERM | libc::EACCES | libc::ENOSYS))
}

/// copy_file_range.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(super) fn after_copy_file_range(error: &io::Error) -> Verdict {
    let Some(errno) = error.raw_os_error() else { return Verdict::Error };
    match errno {
        // Two filesystems, before 5.3 and since 5.19; two exports of NFS.
        libc::EXDEV => Verdict::Next,
        // A filesystem that has it not, and no generic copy either.
        libc::EOPNOTSUPP => Verdict::Next,
        // A kernel before 4.5, or a seccomp filter.
        libc::ENOSYS => Verdict::Next,
        // procfs and other generated files; some FUSE servers.
        libc::EINVAL => Verdict::Next,
        // A seccomp filter; an SMB server; an immutable or append-only destination.
        libc::EPERM => Verdict::Explain,
        // Android's policy, SELinux.
        libc::EACCES => Verdict::Next,
        // An SMB server that cannot.
        libc::ENOENT => Verdict::Next,
        // ZFS, while the source is on its way to the disk; SMB, whose server is gone.
        libc::EAGAIN => Verdict::OnceMore,
        // A signal came before anything was copied.
        libc::EINTR => Verdict::Again,
        // A descriptor not open for what it is to do, or open for appending.
        libc::EBADF => Verdict::Error,
        // A directory.
        libc::EISDIR => Verdict::Error,
        // An active swap file as the source, which can be read. One as the destination has been found by then.
        libc::ETXTBSY => Verdict::Next,
        // A read-only filesystem or btrfs subvolume.
        libc::EROFS => Verdict::Error,
        // The disk is full.
        libc::ENOSPC => Verdict::Error,
        // The quota is used up.
        libc::EDQUOT => Verdict::Error,
        // The disk failed.
        libc::EIO => Verdict::Error,
        // No memory.
        libc::ENOMEM => Verdict::Error,
        // RLIMIT_FSIZE, or the filesystem's largest file.
        libc::EFBIG => Verdict::Error,
        // Offset plus length is too large; checked before, so that this is another's mistake.
        libc::EOVERFLOW => Verdict::Error,
        // The file went away on its server.
        libc::ESTALE => Verdict::Error,
        _ => Verdict::Error,
    }
}

/// Making a hole: whether zeros should be written instead.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(super) fn cannot_punch_holes(error: &io::Error) -> bool {
    match error.raw_os_error() {
        // A filesystem without holes in the middle of files: FAT, NFS before 4.2.
        Some(libc::EOPNOTSUPP) => true,
        // A kernel or a FUSE server without fallocate, or a seccomp filter.
        Some(libc::ENOSYS) => true,
        // A seccomp filter. An immutable file refuses the zeros too.
        Some(libc::EPERM) => true,
        _ => false,
    }
}

/// Setting the length of an empty file: whether it could be written to all the same.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(super) fn forbids_setting_lengths(error: &io::Error) -> bool {
    match error.raw_os_error() {
        // rclone without a cache; a seccomp filter.
        Some(libc::EPERM) => true,
        // Landlock, if the file was opened without the right to truncate.
        Some(libc::EACCES) => true,
        // A FUSE program without ftruncate.
        Some(libc::ENOSYS | libc::EOPNOTSUPP) => true,
        _ => false,
    }
}

/// Reading at an offset: whether the file has none, and can only be read from start to end.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(super) fn has_no_offset(error: &io::Error) -> bool {
    error.raw_os_error() == Some(libc::ESPIPE)
}

/// Sending what was written: whether the descriptor is of nothing that can be written.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(super) fn is_about_the_descriptor(error: &io::Error) -> bool {
    match error.raw_os_error() {
        // O_PATH.
        Some(libc::EBADF) => true,
        // A FIFO or a socket; of Android's fdatasync, EINVAL.
        Some(libc::ESPIPE | libc::EINVAL) => true,
        _ => false,
    }
}

/// Where there is no clone call, every method but read and write is skipped.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
mod elsewhere {
    use super::{Verdict, io};
    use crate::sys::errors::is_not_supported;

    pub(in super::super) fn after_clone(_error: &io::Error) -> Verdict {
        Verdict::Next
    }

    pub(in super::super) fn after_copy_file_range(_error: &io::Error) -> Verdict {
        Verdict::Next
    }

    pub(in super::super) fn cannot_punch_holes(error: &io::Error) -> bool {
        is_not_supported(error)
    }

    pub(in super::super) fn forbids_setting_lengths(_error: &io::Error) -> bool {
        false
    }

    pub(in super::super) fn has_no_offset(_error: &io::Error) -> bool {
        false
    }

    pub(in super::super) fn is_from_a_filter(_error: &io::Error) -> bool {
        false
    }

    pub(in super::super) fn is_about_the_descriptor(_error: &io::Error) -> bool {
        false
    }
}
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(super) use elsewhere::*;
