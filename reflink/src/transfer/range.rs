//! Ranges: the exact bytes that were asked for, or an error before anything changes.

use std::fs::File;
use std::ops::Bound;

use super::buffered::Buffered;
use super::bytes::{extend_to, has_byte_at};
use super::clone::{self, End};
use super::copy::{self, Below};
use super::job::{Ended, Job, inspect, shrank};
use super::read_write::{accept_early_end, read_write};
use super::unknown_length;
use crate::choices::Mode;
use crate::error::{Error, Operation, Reason, Result, Side};
use crate::known::Known;
use crate::outcome::Outcome;
use crate::piece::{Ends, Piece};
use crate::regular;
use crate::session::{Call, Settings};
use crate::sys::{self, Status};
use crate::{diagnose, identity};

/// [`Options::partial`](crate::Options::partial).
pub(crate) fn open_range(
    call: &Call<'_>,
    src: &File,
    range: (Bound<u64>, Bound<u64>),
    dst: &File,
    dst_offset: u64,
) -> Result<Outcome> {
    let (from, to) = (inspect(src, Side::Source)?, inspect(dst, Side::Destination)?);
    let (start, end) = resolve(range, from.len());
    let piece = Piece { src: start, dst: dst_offset, len: end.saturating_sub(start) };
    let ends = if range.1 == Bound::Unbounded { Ends::WithSource } else { Ends::AtGivenByte };
    let Settings { mode, sync, .. } = call.settings;
    let mut buffered = None;
    let mut job = Job::new(call, Known::on(src, from.mount), Known::on(dst, to.mount), piece.len);
    // A FIFO's length is 0, too, but the whole of a FIFO is not an empty range.
    let has_no_length = from.is_file() && from.len() == 0;
    let may_have_bytes = has_no_length && (start < end || ends == Ends::WithSource);
    if from.is_file() && start == end && !may_have_bytes {
        return Ok(job.outcome);
    }
    let same_file = from.id == to.id;
    let why_not = impossible(start, end, piece, &from, same_file);
    if mode != Mode::Always || may_have_bytes {
        buffered.insert(Buffered::of(&job)).stand_in(&mut job);
    }
    if may_have_bytes && matches!(why_not, None | Some(Reason::PastEnd { .. })) {
        unknown_length::copy_range(&mut job, piece, ends, (&from, &to), same_file)?;
        let outcome = job.complete(sync)?;
        return Buffered::close(buffered).map(|()| outcome);
    }
    if let Some(why) = why_not {
        return Err(job.impossible(piece, why));
    }
    let may_overlap = piece.overlaps_itself() && to.is_file() && mode != Mode::Always;
    if may_overlap && identity::show_one_file(&job.src, &job.dst, &mut job.watch)? {
        return Err(job.refused_by_us(Reason::Overlap));
    }
    if mode != Mode::Always && to.is_file() {
        job.require_within_limit(piece.dst_end())?;
    }
    job.send_source()?;
    match mode {
        Mode::Always => {
            job.require_clone_call()?;
            let ended = clone::into_used(&mut job, |job| clone::range_or_nothing(job, piece))?;
            job.accept(ended)?;
        }
        Mode::Auto => share_and_copy(&mut job, piece, ends, (&from, &to), same_file)?,
        Mode::Never => copy_over(&mut job, piece, ends, (&from, &to))?,
    }
    let outcome = job.complete(sync)?;
    Buffered::close(buffered).map(|()| outcome)
}

/// A range that must lie within `src`, which is only read, and the length of `src`.
pub(crate) fn resolve_source_range(
    src: &File,
    range: (Bound<u64>, Bound<u64>),
) -> Result<(Piece, u64)> {
    let status = inspect(src, Side::Source)?;
    let (start, end) = resolve(range, status.len());
    let piece = Piece { src: start, dst: start, len: end.saturating_sub(start) };
    // A directory's length can be 0, too, but the whole of a directory is not an empty range.
    let is_empty = start == end && status.is_file();
    let why = if is_empty { None } else { impossible(start, end, piece, &status, false) };
    match why {
        None => Ok((piece, status.len())),
        Some(why) => {
            let error = match why {
                Reason::Directory { .. } => sys::errors::is_directory(),
                _ => sys::errors::invalid(),
            };
            Err(Error::explained(Operation::Dedupe, Side::Source, Some(why), error))
        }
    }
}

/// The first byte and the one after the last; an open end is the source's end.
fn resolve((start, end): (Bound<u64>, Bound<u64>), src_len: u64) -> (u64, u64) {
    let start = match start {
        Bound::Included(start) => start,
        Bound::Excluded(before) => before.saturating_add(1),
        Bound::Unbounded => 0,
    };
    let end = match end {
        Bound::Included(last) => last.saturating_add(1),
        Bound::Excluded(end) => end,
        Bound::Unbounded => src_len,
    };
    (start, end)
}

/// Why no method could copy the range.
fn impossible(start: u64, end: u64, piece: Piece, src: &Status, same_file: bool) -> Option<Reason> {
    const LARGEST_OFFSET: u64 = i64::MAX as u64;
    let side = Side::Source;
    let dst_end = piece.dst.checked_add(piece.len);
    if let Some((reason, _)) = regular::refusal(src, side) {
        Some(reason)
    } else if end > LARGEST_OFFSET || dst_end.is_none_or(|end| end > LARGEST_OFFSET) {
        Some(Reason::Overflow)
    } else if start > end || end > src.len() {
        Some(Reason::PastEnd { source_length: src.len() })
    } else if same_file && piece.overlaps_itself() {
        Some(Reason::Overlap)
    } else {
        None
    }
}

/// Shares every whole block that both sides can share, and copies the ragged ends; copies
/// everything if nothing can be shared.
fn share_and_copy(
    job: &mut Job<'_>,
    piece: Piece,
    ends: Ends,
    (from, to): (&Status, &Status),
    same_file: bool,
) -> Result<()> {
    if job.is_refused() {
        return copy_over(job, piece, ends, (from, to));
    }
    let block = if sys::CLONES_INTO_FILES { sys::block_size(job.src.file) } else { 0 };
    // If both are the same file, slices that make the file longer also move the source's end.
    let goes_on = same_file && clone::is_sliced(job, piece);
    let Some([head, middle, tail]) =
        piece.cut(block, from.len(), if goes_on { u64::MAX } else { to.len() })
    else {
        if job.dst.may_be_on_smb()
            && matches!(sys::on_one_filesystem(job.src.file, job.dst.file), Ok(Some(true)))
        {
            // A server might change something and refuse, or copy and report a clone.
            job.refusal = diagnose::misaligned(job.src.file, job.dst.file, piece);
            return clone::into_used(job, |job| copy_over(job, piece, ends, (from, to)))?;
        }
        // The clone is tried anyway: its errno shows whether these files can be cloned at all, and
        // whether anything prevents every copy.
        let ended = clone::into_used(job, |job| clone::range(job, piece, End::Given))?;
        return match job.accept(ended)? {
            Some(after) => copy_over(job, piece.after(after), ends, (from, to)),
            None => Ok(()),
        };
    };
    if head.len + tail.len > 0 {
        job.require_buffered()?;
    }
    // The middle comes first, so that an error that stops everything comes before any change.
    let ended = clone::into_used(job, |job| clone::range(job, middle, End::Given))?;
    if let Ended::NotPossible { after: 0, .. } = ended {
        job.accept(ended)?;
        return copy_over(job, piece, ends, (from, to));
    }
    if let Some(after) = job.accept(ended)? {
        copy_over(job, middle.after(after), Ends::AtGivenByte, (from, to))?;
    }
    if head.len + tail.len > 0 {
        job.require_copyable(from, to)?;
        job.ask_copy_file_range()?;
        job.refusal =
            job.refusal.or_else(|| diagnose::misaligned(job.src.file, job.dst.file, piece));
    }
    let mut buffer = Vec::new();
    for ragged in [head, tail] {
        let missing = read_write(job, ragged, &mut buffer)?;
        complete(ragged, ragged.src_end() - missing)?;
    }
    Ok(())
}

/// Copies a range over existing bytes.
fn copy_over(
    job: &mut Job<'_>,
    piece: Piece,
    ends: Ends,
    (from, to): (&Status, &Status),
) -> Result<()> {
    job.require_copyable(from, to)?;
    job.ask_copy_file_range()?;
    if piece.len == 0 {
        return Ok(());
    }
    // Before anything changes, because the source may end before its stated length.
    let last = piece.src_end() - 1;
    if !has_byte_at(job, last)? {
        accept_early_end(job, last, piece.src_end())?;
        return match ends {
            Ends::WithSource => unknown_length::copy_to_the_end(job, piece).map(drop),
            Ends::AtGivenByte => Err(unknown_length::past_end(job, piece)),
        };
    }
    // Set the final length first, as for a whole file.
    let dst_len = to.len();
    extend_to(job, piece.dst_end(), dst_len)?;
    complete(piece, copy::piece(job, piece, ends, Below::Bytes { dst_len })?)
}

/// If the range was seen to exist, all of it must have been copied.
fn complete(piece: Piece, end: u64) -> Result<()> {
    if end < piece.src_end() { Err(shrank(piece.src_end(), end)) } else { Ok(()) }
}
