//! The first method: sharing blocks, with FICLONE or FICLONERANGE.

use std::io;

use super::job::{Ended, Job, Refusal};
use crate::error::{Error, FsType, Operation, Reason, Result, Side};
use crate::piece::{BEYOND, Piece};
use crate::{diagnose, sys};

/// The slice of a watched clone, shorter than any `sys::LARGEST_CLONE`. With one extent per block a slice takes about a third of a second.
const SLICE: u64 = 256 << 20;

/// Runs a clone, or a copy by the server, into a file that may have bytes already. The client of a
/// network filesystem may have some of them in its cache, and does not always notice what its
/// server does to them.
pub(super) fn into_used<'j, T>(
    job: &mut Job<'j>,
    clone: impl FnOnce(&mut Job<'j>) -> T,
) -> Result<T> {
    let filesystem = job.dst.filesystem();
    // The SMB client of Linux 6.12 forgets unsent bytes after the range, and the file ends with the
    // range. On SMB the filesystem of a removed file is unknown.
    if sys::KNOWS_FILESYSTEM_TYPES && filesystem.is_none_or(FsType::is_smb) {
        job.dst.file.sync_data().map_err(|error| {
            diagnose::explain(job.src.file, job.dst.file, Operation::Sync, Side::Destination, error)
        })?;
    }
    let done = clone(job);
    // The NFS client of Linux 5.10 reads the block that the range ends in as zeros up to that end.
    if filesystem.and_then(FsType::name) == Some("nfs") {
        sys::forget_cached(job.dst.file);
    }
    Ok(done)
}

/// Clones a whole file over a destination that has `dst_len` bytes now. Afterwards the destination
/// can be longer than the source.
pub(super) fn whole(job: &mut Job<'_>, src_len: u64, dst_len: u64) -> Ended<Refusal> {
    if let Some(error) = job.to_new_name.take() {
        return refused(job, Piece::whole(src_len), 0, error);
    }
    if !sys::CLONES_INTO_FILES {
        return into_no_file();
    }
    let sliced = is_sliced(job, Piece::whole(src_len));
    if dst_len > src_len {
        let block = sys::block_size(job.src.file);
        let tail = src_len.checked_rem(block).unwrap_or(0);
        if tail > 0 {
            return around_the_end(job, src_len, dst_len, block);
        }
    }
    if sliced || sys::CLONES_IN_PARTS && src_len > 0 {
        if let Err(error) = job.require_within_limit(src_len) {
            return Ended::Failed(error);
        }
        return range(job, Piece::whole(src_len), End::OfSource);
    }
    match settled(job, || sys::clone_file(job.src.file, job.dst.file)) {
        Ok(()) => job.count_cloned(src_len),
        Err(error) => refused(job, Piece::whole(src_len), 0, error),
    }
}

/// The refusal of systems that clone, but into no file that is there already.
fn into_no_file() -> Ended<Refusal> {
    let error = sys::errors::not_supported();
    let reason = if sys::CAN_CLONE { Reason::ClonesOnlyToNewNames } else { Reason::NoCloneCall };
    Ended::NotPossible { after: 0, because: Refusal { reason, error } }
}

/// The longest part of a clone that is done by one call.
fn slice(job: &Job<'_>) -> u64 {
    if job.watch.wants_slices() { SLICE } else { sys::LARGEST_CLONE }
}

/// Whether a clone of `piece` takes more than one call.
pub(super) fn is_sliced(job: &Job<'_>, piece: Piece) -> bool {
    piece.len > slice(job)
}

/// Whether a piece ends with the source, even if the source's end has moved.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Given,
    OfSource,
}

/// Clones one piece, in slices if it is watched or too long for one call.
pub(super) fn range(job: &mut Job<'_>, piece: Piece, end: End) -> Ended<Refusal> {
    rest_of_range(job, piece, 0, end)
}

/// Like [`range`], if the first `done` bytes are cloned already.
fn rest_of_range(job: &mut Job<'_>, piece: Piece, mut done: u64, end: End) -> Ended<Refusal> {
    if !sys::CLONES_INTO_FILES {
        return into_no_file();
    }
    while done < piece.len {
        let rest = piece.after(done);
        let sliced = is_sliced(job, rest);
        let end = if sliced { End::Given } else { end };
        let slice = if sliced { rest.first(slice(job)) } else { rest };
        let cloned = match one_call(job, slice, end) {
            Ok(cloned) => cloned,
            Err(error) => return refused(job, rest, done, error),
        };
        if let Ended::Failed(error) = job.count_cloned(cloned) {
            return Ended::Failed(error);
        }
        done += cloned;
    }
    Ended::Done
}

/// Clones the piece, or on some systems the start of it. Returns how many bytes, at least one.
fn one_call(job: &Job<'_>, piece: Piece, end: End) -> io::Result<u64> {
    let clone = || {
        // The kernel would overwrite the bytes around the piece.
        let overreaches = job.dst.shares_clusters()
            && diagnose::misaligned(job.src.file, job.dst.file, piece).is_some();
        if overreaches || job.would_hang() {
            return ask_for_nothing(job, piece.dst).map(|()| piece.len);
        }
        let (src, dst) = (job.src.file, job.dst.file);
        settled(job, || sys::clone_some(src, piece.src, piece.len, dst, piece.dst))
    };
    match clone() {
        // A piece that ends within a block can be shared only up to the source's end, and that has
        // moved. A length of 0 means everything up to the end. It is not used from the start,
        // because it also means nothing, if the source has shrunk.
        Err(error)
            if end == End::OfSource
                && error.kind() == io::ErrorKind::InvalidInput
                && sys::status(job.src.file).is_ok_and(|status| status.len() > piece.src_end()) =>
        {
            let (src, dst) = (job.src.file, job.dst.file);
            settled(job, || sys::clone_range(src, piece.src, 0, dst, piece.dst)).map(|()| piece.len)
        }
        result => result,
    }
}

/// The kernel's error for a range that no source can have, whatever changed meanwhile: EINVAL,
/// unless another errno comes first.
pub(super) fn ask_for_nothing(job: &Job<'_>, dst_offset: u64) -> io::Result<()> {
    retrying(|| sys::clone_range(job.src.file, BEYOND, 1, job.dst.file, dst_offset))
}

/// Like [`range`], but a piece that cannot be shared as a whole changes nothing. The last slice
/// comes first, because only its end may be off a block boundary.
pub(super) fn range_or_nothing(job: &mut Job<'_>, piece: Piece) -> Ended<Refusal> {
    let before = if is_sliced(job, piece) { (piece.len - 1) / slice(job) * slice(job) } else { 0 };
    match range(job, piece.after(before), End::Given) {
        Ended::Done => range(job, piece.first(before), End::Given),
        other => other,
    }
}

/// Clones a source whose last block is not whole over a longer destination.
///
/// The kernel refuses to do that in one call (EINVAL), and a destination that is cut first has lost
/// its bytes if the clone is refused afterwards. So something that leaves those bytes alone is
/// cloned before the cut: the whole blocks or, if there are none, the last block to a place after
/// the destination's end.
fn around_the_end(job: &mut Job<'_>, src_len: u64, dst_len: u64, block: u64) -> Ended<Refusal> {
    let whole = Piece::whole(src_len);
    let blocks = src_len - src_len % block;
    if blocks > 0 {
        match range(job, whole.first(blocks), End::Given) {
            Ended::Done => {}
            other => return other,
        }
    } else {
        let behind = Piece { dst: dst_len.next_multiple_of(block), ..whole };
        // The trial must not hit a limit that the copy itself does not.
        if let Some(reason) = diagnose::size_limit(behind.dst_end()) {
            let error = sys::errors::too_large();
            return Ended::NotPossible { after: 0, because: Refusal { reason, error } };
        }
        if let Err(error) = one_call(job, behind, End::OfSource) {
            return match job.restore_length(dst_len) {
                Ok(()) => refused(job, behind, 0, error),
                Err(error) => Ended::Failed(error),
            };
        }
    }
    if let Err(error) = job.set_length(src_len) {
        return Ended::Failed(error);
    }
    rest_of_range(job, whole, blocks, End::OfSource)
}

/// Repeats a call after EINTR, and once after EAGAIN.
pub(super) fn retrying<T>(mut call: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    let mut may_be_busy = true;
    loop {
        match call().map_err(|error| (error.kind(), error)) {
            Err((io::ErrorKind::Interrupted, _)) => {}
            Err((io::ErrorKind::WouldBlock, _)) if may_be_busy => may_be_busy = false,
            result => return result.map_err(|(_, error)| error),
        }
    }
}

/// As [`retrying`], and once more after ZFS has written the source to its disk. It refuses before that: with EINVAL
/// if a part of the source is there.
fn settled<T>(job: &Job<'_>, mut call: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    match retrying(&mut call).map_err(|error| (error.kind(), error)) {
        Err((io::ErrorKind::WouldBlock | io::ErrorKind::InvalidInput, _))
            if is_on_disk_now(job) =>
        {
            retrying(call)
        }
        result => result.map_err(|(_, error)| error),
    }
}

/// Has ZFS write the source to its disk, because it clones nothing else. There a search for data does that,
/// and fsync does not.
fn is_on_disk_now(job: &Job<'_>) -> bool {
    let search = || match job.owns_source {
        true => sys::next_data(job.src.file, 0),
        false => sys::private_description(job.src.file).and_then(|src| sys::next_data(&src, 0)),
    };
    job.src.filesystem().is_some_and(FsType::is_zfs) && search().is_ok()
}

/// The next method if the reason behind the errno prevents only cloning, and an error otherwise.
fn refused(job: &Job<'_>, rest: Piece, done: u64, error: io::Error) -> Ended<Refusal> {
    let reason = diagnose::clone(&job.src, &job.dst, rest, &error);
    // Neither a filter nor a server begins to refuse in the middle of a file.
    let too_late = done > 0 && diagnose::may_be_filtered(&error);
    match reason {
        Some(reason) if reason.prevents_only_cloning() && !too_late => {
            return Ended::NotPossible { after: done, because: Refusal { reason, error } };
        }
        Some(_) => {}
        // A full or failing disk can stop a clone midway.
        None => job.watch.note_change(),
    }
    Ended::Failed(Error::io_because(Operation::Clone, Side::Destination, reason, error))
}
