//! What each errno of Linux can mean, and how to find out which it is.

use std::fs::{self, File, Metadata};
use std::os::unix::fs::MetadataExt as _;

use super::flags;
use crate::error::{FsType, Reason, Side};
use crate::piece::Piece;
use crate::regular;
use crate::sys;

pub(super) fn clone(src: &File, dst: &File, piece: Piece, errno: i32) -> Option<Reason> {
    match errno {
        libc::EOPNOTSUPP => Some(no_support(dst)),
        libc::EXDEV => wrong_kind(src, dst).or_else(|| Some(two_filesystems(src, dst))),
        libc::EINVAL => Some(
            wrong_kind(src, dst)
                .or_else(|| wrong_range(src, dst, piece))
                .or_else(|| misaligned(src, dst, piece))
                .or_else(|| flags::keep_apart(src, dst))
                .or_else(|| size_limit(piece.dst.saturating_add(piece.len)))
                .unwrap_or(Reason::Unknown),
        ),
        libc::EPERM => Some(protected(dst).unwrap_or_else(|| filtered(dst))),
        libc::EACCES => Some(filtered(dst)),
        libc::ENOSYS => Some(Reason::Filtered),
        libc::ENOTTY => wrong_kind(src, dst).or(Some(Reason::NoCloneCall)),
        // An SMB server that is gone: a copy by other means would wait for it.
        libc::EAGAIN if sys::may_be_on_smb(dst) => None,
        libc::EAGAIN => Some(Reason::Busy),
        // Of a swap file whose path is in another mount namespace nothing is found out. A destination
        // refuses the copy that follows before any byte changes.
        libc::ETXTBSY => {
            Some(swap_file(src, dst).unwrap_or(Reason::SwapFile { side: Side::Source }))
        }
        libc::ERANGE => Some(match sys::fs_type(dst).and_then(FsType::name) {
            Some("ocfs2") => Reason::InlineSource,
            _ => Reason::Unknown,
        }),
        _ => any_step(src, dst, errno),
    }
}

/// Where a clone needs a destination that is open for writing, this call wants that or the
/// owner, and a range within the destination; the range's length can be anything.
pub(super) fn dedupe(src: &File, dst: &File, piece: Piece, errno: i32) -> Option<Reason> {
    match errno {
        libc::EPERM => protected(dst).or_else(|| forbidden_to_dedupe(dst)),
        libc::EINVAL => Some(
            wrong_kind(src, dst)
                .or_else(|| too_short(dst, piece))
                .or_else(|| wrong_range(src, dst, piece))
                .or_else(|| misaligned(src, dst, piece.first(0)))
                .or_else(|| flags::keep_apart(src, dst))
                .unwrap_or(Reason::Unknown),
        ),
        libc::EOPNOTSUPP => Some(no_dedupe(dst)),
        _ => clone(src, dst, piece, errno),
    }
}

/// The kernel lets whoever opened the file for writing, owns it or is root dedupe it, and whoever may write
/// it; overlayfs has the same errno for a file that is not in its upper layer.
fn forbidden_to_dedupe(dst: &File) -> Option<Reason> {
    let is_writable = sys::access(dst).ok()?.writes;
    if fs_type(dst).name() == Some("overlayfs") && (is_writable || sys::is_ours(dst)) {
        return Some(Reason::NotInUpperLayer);
    }
    (!is_writable).then_some(Reason::NotWritable)
}

pub(super) fn dedupe_source(src: &File, end: u64, errno: i32) -> Option<Reason> {
    match errno {
        libc::EOPNOTSUPP => Some(no_dedupe(src)),
        libc::EINVAL => wrong_kind(src, src)
            .or_else(|| {
                let source_length = src.metadata().ok()?.len();
                (end > source_length).then_some(Reason::PastEnd { source_length })
            })
            // Other calls give EBADF for it.
            .or_else(|| (!sys::access(src).ok()?.reads).then_some(Reason::NotReadable)),
        libc::EISDIR => wrong_kind(src, src),
        libc::ENOTTY => Some(Reason::NoCloneCall),
        libc::EPERM | libc::EACCES | libc::ENOSYS => Some(Reason::Filtered),
        _ => None,
    }
}

/// What an errno means whichever call gave it.
pub(super) fn any_step(src: &File, dst: &File, errno: i32) -> Option<Reason> {
    match errno {
        libc::EBADF => wrong_access(src, dst),
        libc::EISDIR => wrong_kind(src, dst),
        libc::EPERM => protected(dst),
        libc::ETXTBSY => swap_file(src, dst),
        libc::EROFS => Some(Reason::ReadOnly),
        libc::EFBIG => sys::file_size_limit().map(|limit| Reason::SizeLimit { limit }),
        _ => None,
    }
}

fn no_support(dst: &File) -> Reason {
    let filesystem = fs_type(dst);
    if filesystem.name() == Some("xfs") {
        Reason::XfsWithoutReflink
    } else {
        Reason::NoCloneSupport { filesystem }
    }
}

/// Who says no without a reason: a filter, unless there is a server that can do that, too.
fn filtered(dst: &File) -> Reason {
    if sys::may_be_remote(dst) { Reason::Unknown } else { Reason::Filtered }
}

fn no_dedupe(file: &File) -> Reason {
    let filesystem = fs_type(file);
    // A client has no such operation, whatever its server clones.
    if sys::may_be_remote(file) { Reason::NoDedupeSupport { filesystem } } else { no_support(file) }
}

fn two_filesystems(src: &File, dst: &File) -> Reason {
    let (source, destination) = (fs_type(src), fs_type(dst));
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

/// Within one overlay: whether the files' layers are on two filesystems. (An overlay with `xino` shows one
/// device for all.)
fn have_two_devices(src: &File, dst: &File) -> bool {
    let device = |file: &File| file.metadata().map(|status| status.dev()).ok();
    device(src) != device(dst)
}

/// SMB does not always tell it: 0 is no filesystem's number.
fn fs_type(file: &File) -> FsType {
    sys::fs_type(file).unwrap_or(FsType::from_magic(0))
}

fn wrong_kind(src: &File, dst: &File) -> Option<Reason> {
    first_side(src, dst, |file, side| {
        regular::refusal(&sys::status(file).ok()?, side).map(|(reason, _)| reason)
    })
}

fn wrong_range(src: &File, dst: &File, piece: Piece) -> Option<Reason> {
    let (from, to) = (src.metadata().ok()?, dst.metadata().ok()?);
    let (Some(src_end), Some(dst_end)) =
        (piece.src.checked_add(piece.len), piece.dst.checked_add(piece.len))
    else {
        return Some(Reason::Overflow);
    };
    let covers_both = piece.src == piece.dst && src_end >= from.len();
    if id(&from) == id(&to) && piece.src < dst_end && piece.dst < src_end {
        Some(if covers_both { Reason::SameFile } else { Reason::Overlap })
    } else if i64::try_from(src_end.max(dst_end)).is_err() {
        Some(Reason::Overflow)
    } else if src_end > from.len() {
        Some(Reason::PastEnd { source_length: from.len() })
    } else {
        None
    }
}

pub(super) fn misaligned(src: &File, dst: &File, piece: Piece) -> Option<Reason> {
    let block_size = sys::block_size(dst);
    let is_off = |number: u64| number.checked_rem(block_size).unwrap_or(0) != 0;
    let reaches_end = piece.src_end() >= src.metadata().ok()?.len();
    let source_offset = is_off(piece.src);
    let destination_offset = is_off(piece.dst);
    let length = is_off(piece.len) && !reaches_end;
    if source_offset || destination_offset || length {
        return Some(Reason::Misaligned { block_size, source_offset, destination_offset, length });
    }
    let lands_inside = piece.dst_end() < dst.metadata().ok()?.len();
    (is_off(piece.src_end()) && lands_inside)
        .then_some(Reason::EndsInsideDestination { block_size })
}

fn too_short(dst: &File, piece: Piece) -> Option<Reason> {
    let destination_length = dst.metadata().ok()?.len();
    (piece.dst.saturating_add(piece.len) > destination_length)
        .then_some(Reason::DestinationTooShort { destination_length })
}

pub(super) fn size_limit(dst_end: u64) -> Option<Reason> {
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

/// Why a file can be neither written nor replaced.
pub(super) fn protected_or_swap(file: &File) -> Option<Reason> {
    protected(file).or_else(|| swap_file(file, file))
}

fn wrong_access(src: &File, dst: &File) -> Option<Reason> {
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

/// The kernel lists active swap files by path. If both files are, the destination counts: nothing can be
/// written to it.
fn swap_file(src: &File, dst: &File) -> Option<Reason> {
    let swaps = fs::read("/proc/swaps").ok()?;
    let swaps = String::from_utf8_lossy(&swaps);
    let active: Vec<_> = swaps
        .lines()
        .skip(1)
        .filter_map(|line| line.split_whitespace().next())
        .filter_map(|path| fs::metadata(unescaped(path)).ok())
        .map(|status| id(&status))
        .collect();
    let is_active = |file: &File| file.metadata().is_ok_and(|status| active.contains(&id(&status)));
    [(dst, Side::Destination), (src, Side::Source)]
        .into_iter()
        .find_map(|(file, side)| is_active(file).then_some(Reason::SwapFile { side }))
}

/// A path as /proc/swaps has it.
fn unescaped(path: &str) -> String {
    let path = path.replace(r"\040", " ").replace(r"\011", "\t").replace(r"\012", "\n");
    path.replace(r"\134", r"\")
}

fn id(status: &Metadata) -> (u64, u64) {
    (status.dev(), status.ino())
}

/// Asks of the source, then of the destination.
fn first_side(
    src: &File,
    dst: &File,
    ask: impl Fn(&File, Side) -> Option<Reason>,
) -> Option<Reason> {
    ask(src, Side::Source).or_else(|| ask(dst, Side::Destination))
}
