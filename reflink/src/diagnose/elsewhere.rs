//! Systems other than Linux: nothing can be deduped there, and on most nothing cloned.

use std::fs::File;
use std::io;

use crate::error::Reason;
#[cfg(not(windows))]
use crate::known::Known;
use crate::piece::Piece;

/// fclonefileat, whose errors clonefile(2) lists.
#[cfg(target_vendor = "apple")]
pub(crate) fn clone(
    src: &Known<'_>,
    dst: &Known<'_>,
    _piece: Piece,
    error: &io::Error,
) -> Option<Reason> {
    let [source, destination] = [src, dst].map(|known| crate::sys::type_of_filesystem(known.file));
    match error.raw_os_error()? {
        // HFS+, a server, FAT.
        libc::ENOTSUP => Some(Reason::NoCloneSupport { filesystem: destination }),
        libc::EXDEV => Some(Reason::DifferentFilesystems { source, destination }),
        // A sandbox. (A directory that forbids new files has refused one without bytes, too.)
        libc::EPERM | libc::EACCES => Some(Reason::Filtered),
        // The bytes are only in the cloud, and a clone does not fetch them.
        libc::EDEADLK => Some(Reason::Unknown),
        _ => None,
    }
}

/// copy_file_range with COPY_FILE_RANGE_CLONE.
#[cfg(target_os = "freebsd")]
pub(crate) fn clone(
    src: &Known<'_>,
    dst: &Known<'_>,
    piece: Piece,
    error: &io::Error,
) -> Option<Reason> {
    use super::range::{misaligned, wrong_kind, wrong_range};

    let (src, dst) = (src.file, dst.file);
    match error.raw_os_error()? {
        // UFS, two pools of ZFS, or blocks that ZFS cannot share.
        libc::EOPNOTSUPP => Some(misaligned(src, dst, piece).unwrap_or(Reason::Unknown)),
        // FreeBSD before 15 has no such flag.
        libc::EINVAL => {
            let known = wrong_kind(src, dst).or_else(|| wrong_range(src, dst, piece));
            Some(known.unwrap_or(Reason::NoCloneCall))
        }
        libc::EXDEV => Some(Reason::Unknown),
        libc::ENOSYS | libc::ECAPMODE => Some(Reason::NoCloneCall),
        _ => None,
    }
}

#[cfg(windows)]
pub(crate) use super::windows::clone;

#[cfg(not(any(target_vendor = "apple", target_os = "freebsd", windows)))]
pub(crate) fn clone(
    _src: &Known<'_>,
    _dst: &Known<'_>,
    _piece: Piece,
    _error: &io::Error,
) -> Option<Reason> {
    Some(Reason::NoCloneCall)
}

pub(crate) fn dedupe(
    _src: &File,
    _dst: &File,
    _piece: Piece,
    _error: &io::Error,
) -> Option<Reason> {
    Some(Reason::NoCloneCall)
}

pub(crate) fn dedupe_source(_src: &File, _end: u64, _error: &io::Error) -> Option<Reason> {
    Some(Reason::NoCloneCall)
}

pub(crate) fn any_step(_src: &File, _dst: &File, _error: &io::Error) -> Option<Reason> {
    None
}

pub(crate) fn may_be_filtered(_error: &io::Error) -> bool {
    false
}

pub(crate) fn prevents_only_offload(_error: &io::Error) -> bool {
    true
}

pub(crate) fn size_limit(_dst_end: u64) -> Option<Reason> {
    None
}
