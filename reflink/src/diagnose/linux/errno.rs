//! What each errno of Linux means to a copy: the one table.
//!
//! One row per errno, with its situation and its reason. The reason decides what a copy does next:
//! the next method if the reason prevents only cloning, otherwise an error. An errno without a row,
//! or without a reason, is an error.

use std::fs::File;
use std::io;

use super::causes::*;
use super::flags::keep_apart;
use super::swap::swap_file;
use crate::diagnose::range::{misaligned, wrong_kind, wrong_range};
use crate::error::{FsType, Reason, Side};
use crate::known::Known;
use crate::piece::Piece;
use crate::sys;

/// FICLONE and FICLONERANGE.
pub(crate) fn clone(
    source: &Known<'_>,
    destination: &Known<'_>,
    piece: Piece,
    error: &io::Error,
) -> Option<Reason> {
    let (src, dst) = (source.file, destination.file);
    match error.raw_os_error()? {
        // ext4, tmpfs, an xfs made without reflinks, NFS before 4.2, a server that cannot clone.
        libc::EOPNOTSUPP => Some(no_support(destination)),
        // Two filesystems; an overlay and its layer; two datasets of ZFS; procfs and sysfs.
        libc::EXDEV => wrong_kind(src, dst).or_else(|| Some(two_filesystems(source, destination))),
        // Unaligned; nodatacow on one side; realtime; DAX; not a regular file; a size limit; the same file.
        libc::EINVAL => Some(
            wrong_kind(src, dst)
                .or_else(|| wrong_range(src, dst, piece))
                .or_else(|| misaligned(src, dst, piece))
                .or_else(|| keep_apart(src, dst))
                .or_else(|| size_limit(piece.dst_end()))
                .unwrap_or(Reason::Unknown),
        ),
        // An immutable or append-only destination; or a seccomp filter.
        libc::EPERM => Some(protected(dst).unwrap_or_else(|| filtered(dst))),
        // Android's policy, SELinux.
        libc::EACCES => Some(filtered(dst)),
        // A seccomp filter that pretends to be an old kernel.
        libc::ENOSYS => Some(Reason::Filtered),
        // A kernel before 4.5; a character device.
        libc::ENOTTY => wrong_kind(src, dst).or(Some(Reason::NoCloneCall)),
        // SMB, if its server is gone: a copy by other means would wait for the server.
        libc::EAGAIN if sys::may_be_on_smb(dst) => None,
        // ZFS, while the source is being written to disk.
        libc::EAGAIN => Some(Reason::Busy),
        // An active swap file. A swap file whose path is in another mount namespace is not found.
        // If it is the destination, the copy that follows is refused before any byte changes.
        libc::ETXTBSY => {
            Some(swap_file(src, dst).unwrap_or(Reason::SwapFile { side: Side::Source }))
        }
        // OCFS2: the source's bytes are in its inode, and the destination is longer.
        libc::ERANGE => Some(match destination.filesystem().and_then(FsType::name) {
            Some("ocfs2") => Reason::InlineSource,
            _ => Reason::Unknown,
        }),
        _ => any_step(src, dst, error),
    }
}

/// Whether a security filter, or a server that has not checked the bytes, may have refused a clone.
pub(crate) fn may_be_filtered(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::EPERM | libc::EACCES | libc::ENOSYS))
}

/// copy_file_range: whether read and write may succeed although it was refused.
pub(crate) fn prevents_only_offload(error: &io::Error) -> bool {
    match error.raw_os_error() {
        // Two filesystems, before Linux 5.3 and since 5.19; two exports of NFS.
        Some(libc::EXDEV) => true,
        // A filesystem without this call, on a kernel without the generic copy.
        Some(libc::EOPNOTSUPP) => true,
        // A kernel before 4.5, or a seccomp filter.
        Some(libc::ENOSYS) => true,
        // procfs and other generated files; some FUSE servers.
        Some(libc::EINVAL) => true,
        // A seccomp filter; an SMB server; or an immutable or append-only destination.
        Some(libc::EPERM) => true,
        // Android's policy, SELinux.
        Some(libc::EACCES) => true,
        // An SMB server without this call.
        Some(libc::ENOENT) => true,
        // An active swap file: the source can be read, the destination cannot be written to.
        Some(libc::ETXTBSY) => true,
        _ => false,
    }
}

/// FIDEDUPERANGE, for one destination. A clone needs a destination that is open for writing.
/// FIDEDUPERANGE needs that or the owner, and a range within the destination, of any length.
pub(crate) fn dedupe(src: &File, dst: &File, piece: Piece, error: &io::Error) -> Option<Reason> {
    match error.raw_os_error()? {
        libc::EPERM => protected(dst).or_else(|| forbidden_to_dedupe(dst)),
        libc::EINVAL => Some(
            wrong_kind(src, dst)
                .or_else(|| too_short(dst, piece))
                .or_else(|| wrong_range(src, dst, piece))
                .or_else(|| misaligned(src, dst, piece.first(0)))
                .or_else(|| keep_apart(src, dst))
                .unwrap_or(Reason::Unknown),
        ),
        libc::EOPNOTSUPP => Some(no_dedupe(dst)),
        _ => clone(&Known::new(src), &Known::new(dst), piece, error),
    }
}

/// FIDEDUPERANGE as a whole fails only because of the source.
pub(crate) fn dedupe_source(src: &File, end: u64, error: &io::Error) -> Option<Reason> {
    match error.raw_os_error()? {
        libc::EOPNOTSUPP => Some(no_dedupe(src)),
        libc::EINVAL => wrong_kind(src, src)
            .or_else(|| {
                let source_length = src.metadata().ok()?.len();
                (end > source_length).then_some(Reason::PastEnd { source_length })
            })
            // Other calls return EBADF for it.
            .or_else(|| (!sys::access(src).ok()?.reads).then_some(Reason::NotReadable)),
        libc::EISDIR => wrong_kind(src, src),
        libc::ENOTTY => Some(Reason::NoCloneCall),
        libc::EPERM | libc::EACCES | libc::ENOSYS => Some(Reason::Filtered),
        _ => None,
    }
}

/// Any call of a copy.
pub(crate) fn any_step(src: &File, dst: &File, error: &io::Error) -> Option<Reason> {
    match error.raw_os_error()? {
        // A descriptor that is not open for reading or writing, or is open for appending.
        libc::EBADF => wrong_access(src, dst),
        // A directory.
        libc::EISDIR => wrong_kind(src, dst),
        libc::EPERM => protected(dst),
        libc::ETXTBSY => swap_file(src, dst),
        // A read-only filesystem or btrfs subvolume.
        libc::EROFS => Some(Reason::ReadOnly),
        // RLIMIT_FSIZE, or the filesystem's largest file.
        libc::EFBIG => sys::file_size_limit().map(|limit| Reason::SizeLimit { limit }),
        _ => None,
    }
}
