//! The first method: sharing blocks, with FICLONE or FICLONERANGE.

use std::io;

use super::job::{Ended, Job, Refusal};
use crate::error::{Error, FsType, Operation, Result, Side};
use crate::piece::{BEYOND, Piece};
use crate::{diagnose, sys};

/// A watched clone is done in slices of so many bytes: at one extent a block, about a third of a
/// second each.
const SLICE: u64 = 256 << 20;

/// Runs a clone, or a copy by the server, into a file that may have bytes already, some of which the
/// client of a network filesystem holds: it does not always notice what its server does to them.
pub(super) fn into_used<'j, T>(
    job: &mut Job<'j>,
    clone: impl FnOnce(&mut Job<'j>) -> T,
) -> Result<T> {
    let filesystem = job.dst.filesystem();
    // Bytes behind the range that have not been sent yet are forgotten: the file ends with the range
    // (SMB, Linux 6.12). SMB has no answer for the filesystem of a removed file.
    if sys::KNOWS_FILESYSTEM_TYPES && filesystem.is_none_or(FsType::is_smb) {
        job.dst.file.sync_data().map_err(|error| {
            diagnose::explain(job.src.file, job.dst.file, Operation::Sync, Side::Destination, error)
        })?;
    }
    let done = clone(job);
    // The block that the range ends in reads as zeros up to there (NFS, Linux 5.10).
    if filesystem.and_then(FsType::name) == Some("nfs") {
        sys::forget_cached(job.dst.file);
    }
    Ok(done)
}

/// Clones a whole file over a destination that has `dst_len` bytes now. The destination can be longer
/// than the source afterwards.
pub(super) fn whole(job: &mut Job<'_>, src_len: u64, dst_len: u64) -> Ended<Refusal> {
    let sliced = is_sliced(job, Piece::whole(src_len));
    if dst_len > src_len {
        let block = sys::block_size(job.dst.file);
        let tail = src_len.checked_rem(block).unwrap_or(0);
        if tail > 0 {
            return around_the_end(job, src_len, dst_len, block);
        }
    }
    if sliced {
        return range(job, Piece::whole(src_len), End::OfSource);
    }
    match retrying(|| sys::clone_file(job.src.file, job.dst.file)) {
        Ok(()) => job.count_cloned(src_len),
        Err(error) => refused(job, Piece::whole(src_len), 0, error),
    }
}

/// Whether a clone of `piece` takes more than one call.
pub(super) fn is_sliced(job: &Job<'_>, piece: Piece) -> bool {
    job.watch.wants_slices() && piece.len > SLICE
}

/// Whether a piece ends where the source does, wherever that is by now.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Given,
    OfSource,
}

/// Clones one piece, in slices if somebody watches.
pub(super) fn range(job: &mut Job<'_>, piece: Piece, end: End) -> Ended<Refusal> {
    rest_of_range(job, piece, 0, end)
}

/// As [`range`], where the first `done` bytes are cloned already.
fn rest_of_range(job: &mut Job<'_>, piece: Piece, mut done: u64, end: End) -> Ended<Refusal> {
    while done < piece.len {
        let rest = piece.after(done);
        let sliced = job.watch.wants_slices() && rest.len > SLICE;
        let slice = if sliced { rest.first(SLICE) } else { rest };
        let end = if sliced { End::Given } else { end };
        if let Err(error) = one_call(job, slice, end) {
            return refused(job, rest, done, error);
        }
        if let Ended::Failed(error) = job.count_cloned(slice.len) {
            return Ended::Failed(error);
        }
        done += slice.len;
    }
    Ended::Done
}

fn one_call(job: &Job<'_>, piece: Piece, end: End) -> io::Result<()> {
    let clone = |len| {
        let piece = Piece { len, ..piece };
        if job.dst.shares_clusters()
            && diagnose::misaligned(job.src.file, job.dst.file, piece).is_some()
        {
            // The kernel would overwrite what lies around the piece.
            return ask_for_nothing(job, piece.dst);
        }
        retrying(|| sys::clone_range(job.src.file, piece.src, len, job.dst.file, piece.dst))
    };
    match clone(piece.len) {
        // What ends within a block can be shared only up to the source's end, and that has moved. To
        // the kernel 0 is everything up to there; not from the start, as it is also nothing, where
        // the source has shrunk.
        Err(error)
            if end == End::OfSource
                && error.kind() == io::ErrorKind::InvalidInput
                && sys::status(job.src.file).is_ok_and(|status| status.len() > piece.src_end()) =>
        {
            clone(0)
        }
        result => result,
    }
}

/// What the kernel says to a range that no source has, whatever has changed meanwhile: EINVAL, unless
/// another answer comes before it.
pub(super) fn ask_for_nothing(job: &Job<'_>, dst_offset: u64) -> io::Result<()> {
    retrying(|| sys::clone_range(job.src.file, BEYOND, 1, job.dst.file, dst_offset))
}

/// As [`range`], but a piece that cannot be shared as a whole changes nothing: the last slice comes
/// first, as its end is the only one that need not be on a block boundary.
pub(super) fn range_or_nothing(job: &mut Job<'_>, piece: Piece) -> Ended<Refusal> {
    let before = if is_sliced(job, piece) { (piece.len - 1) / SLICE * SLICE } else { 0 };
    match range(job, piece.after(before), End::Given) {
        Ended::Done => range(job, piece.first(before), End::Given),
        other => other,
    }
}

/// Clones a source whose last block is not whole over a longer destination.
///
/// The kernel refuses to do that in one call (EINVAL), and a destination cut short first has lost
/// its bytes if the clone is refused after all. So something that leaves those bytes alone is cloned
/// before the cut: the whole blocks or, where there are none, the last one to a place behind the
/// destination's end.
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
        // The trial must not meet a limit that the copy itself does not.
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

/// Calls again after EINTR, and once more after EAGAIN.
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

/// The next method if the reason behind the errno prevents only cloning, and an error otherwise.
fn refused(job: &Job<'_>, rest: Piece, done: u64, error: io::Error) -> Ended<Refusal> {
    let reason = diagnose::clone(job.src.file, job.dst.file, rest, &error);
    // A filter does not begin to filter in the middle of a file, nor does a server.
    let too_late = done > 0 && diagnose::may_be_filtered(&error);
    match reason {
        Some(reason) if reason.prevents_only_cloning() && !too_late => {
            return Ended::NotPossible { after: done, because: Refusal { reason, error } };
        }
        Some(_) => {}
        // A full or failing disk can stop a clone in its middle.
        None => job.watch.note_change(),
    }
    Ended::Failed(Error::io_because(Operation::Clone, Side::Destination, reason, error))
}
