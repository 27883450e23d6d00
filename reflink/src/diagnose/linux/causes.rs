//! Finds the cause of an errno that has several meanings: from the two open files, after the
//! refusal.

use std::fs::{File, Metadata};
use std::os::unix::fs::MetadataExt as _;

use crate::error::{FsType, Reason};
use crate::known::Known;
use crate::piece::Piece;
use crate::sys;

/// The kernel allows anyone to dedupe a file who opened it for writing, owns it, may write to it,
/// or is root. overlayfs returns the same errno for a file that is not in its upper layer.
pub(super) fn forbidden_to_dedupe(dst: &File) -> Option<Reason> {
    let is_writable = sys::access(dst).ok()?.writes;
    if fs_type(&Known::new(dst)).name() == Some("overlayfs") && (is_writable || sys::is_ours(dst)) {
        return Some(Reason::NotInUpperLayer);
    }
    (!is_writable).then_some(Reason::NotWritable)
}

pub(super) fn no_support(dst: &Known<'_>) -> Reason {
    let filesystem = fs_type(dst);
    if filesystem.name() == Some("xfs") {
        Reason::XfsWithoutReflink
    } else {
        Reason::NoCloneSupport { filesystem }
    }
}

/// The cause of a refusal without a reason: a filter, unless a server may have refused.
pub(super) fn filtered(dst: &File) -> Reason {
    if sys::may_be_remote(dst) { Reason::Unknown } else { Reason::Filtered }
}

pub(super) fn no_dedupe(file: &File) -> Reason {
    let known = Known::new(file);
    // Neither a client has such an operation, whatever its server can clone, nor ZFS.
    if known.may_be_remote() || known.filesystem().is_some_and(FsType::is_zfs) {
        Reason::NoDedupeSupport { filesystem: fs_type(&known) }
    } else {
        no_support(&known)
    }
}

pub(super) fn two_filesystems(src: &Known<'_>, dst: &Known<'_>) -> Reason {
    let (source, destination) = (fs_type(src), fs_type(dst));
    let (src, dst) = (src.file, dst.file);
    if source != destination || !matches!(sys::on_one_filesystem(src, dst), Ok(Some(true))) {
        return Reason::DifferentFilesystems { source, destination };
    }
    let by_two_mounts = sys::are_by_two_mounts(src, dst);
    if source.name() == Some("overlayfs") && (have_two_devices(src, dst) || !by_two_mounts) {
        // A destination that can be written to is in the upper layer.
        return Reason::LowerLayer;
    }
    if by_two_mounts {
        return Reason::DifferentMounts;
    }
    Reason::DifferentFilesystems { source, destination }
}

/// Whether the layers of two files in one overlay are on two filesystems. (An overlay with `xino`
/// shows one device for all.)
fn have_two_devices(src: &File, dst: &File) -> bool {
    let device = |file: &File| file.metadata().map(|status| status.dev()).ok();
    device(src) != device(dst)
}

/// SMB does not always report a type. No filesystem has the number 0.
fn fs_type(file: &Known<'_>) -> FsType {
    file.filesystem().unwrap_or(FsType::from_magic(0))
}

pub(super) fn too_short(dst: &File, piece: Piece) -> Option<Reason> {
    let destination_length = dst.metadata().ok()?.len();
    (piece.dst.saturating_add(piece.len) > destination_length)
        .then_some(Reason::DestinationTooShort { destination_length })
}

/// Whether a file of `dst_end` bytes would exceed the limit of the process.
pub(crate) fn size_limit(dst_end: u64) -> Option<Reason> {
    let limit = sys::file_size_limit()?;
    (dst_end > limit).then_some(Reason::SizeLimit { limit })
}

pub(super) fn protected(dst: &File) -> Option<Reason> {
    let flags = sys::inode_flags(dst)?;
    if flags & reflink_sys::FS_IMMUTABLE_FL != 0 {
        Some(Reason::Immutable)
    } else if flags & reflink_sys::FS_APPEND_FL != 0 {
        Some(Reason::AppendOnly)
    } else {
        None
    }
}

pub(super) fn wrong_access(src: &File, dst: &File) -> Option<Reason> {
    let (from, to) = (sys::access(src).ok()?, sys::access(dst).ok()?);
    if !from.reads {
        Some(Reason::NotReadable)
    } else if !to.writes {
        Some(Reason::NotWritable)
    } else if to.appends {
        Some(Reason::OpenedForAppend)
    } else {
        None
    }
}

pub(super) fn id(status: &Metadata) -> (u64, u64) {
    (status.dev(), status.ino())
}
