//! Ranges: exactly the bytes asked for, or an error before anything changes.

use std::fs::{File, Metadata};
use std::ops::Bound;

use super::clone::{self, End};
use super::copy::{self, Below};
use super::{Ended, Job, Piece, aliases, inspect};
use crate::options::Settings;
use crate::{Error, Mode, Operation, Options, Outcome, Reason, Result, Side, diagnose, sys};

/// [`Options::partial`].
pub(crate) fn open_range(
    options: &mut Options<'_>,
    src: &File,
    range: (Bound<u64>, Bound<u64>),
    dst: &File,
    dst_offset: u64,
) -> Result<Outcome> {
    let (from, to) = (inspect(src, Side::Source)?, inspect(dst, Side::Destination)?);
    let (start, end) = resolve(range, from.len());
    let piece = Piece { src: start, dst: dst_offset, len: end.saturating_sub(start) };
    let Settings { mode, sync, .. } = options.settings;
    let mut job = Job::new(src, dst, mode, false, options.watch(piece.len));
    // A FIFO's length is 0, too, and all of it is no empty range.
    if start == end && from.is_file() {
        return Ok(job.outcome);
    }
    let same_file = sys::file_id(src, &from).ok() == sys::file_id(dst, &to).ok();
    if let Some(why) = impossible(start, end, piece, &from, same_file) {
        return Err(job.impossible(piece, why));
    }
    let may_overlap = piece.overlaps_itself() && to.is_file() && mode != Mode::Always;
    if may_overlap && aliases::are_one_file(src, dst)? {
        return Err(job.refused_by_us(Reason::Overlap));
    }
    job.send_source()?;
    match mode {
        Mode::Always => {
            job.require_clone_call()?;
            let ended = clone::into_used(&mut job, |job| clone::range_or_nothing(job, piece))?;
            job.accept(ended)?;
        }
        Mode::Auto => share_and_copy(&mut job, piece, from.len(), to.len(), same_file)?,
        Mode::Never => copy_over(&mut job, piece, to.len())?,
    }
    if sync {
        job.sync()?;
    }
    Ok(job.outcome)
}

/// A range that has to lie within `src`, which is only read, and the length of `src`.
pub(crate) fn resolve_source_range(
    src: &File,
    range: (Bound<u64>, Bound<u64>),
) -> Result<(Piece, u64)> {
    let status = inspect(src, Side::Source)?;
    let (start, end) = resolve(range, status.len());
    let piece = Piece { src: start, dst: start, len: end.saturating_sub(start) };
    // A directory's length can be 0, too, and all of it is no empty range.
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

/// First byte and the one after the last, with an open end at the source's end.
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
fn impossible(
    start: u64,
    end: u64,
    piece: Piece,
    src: &Metadata,
    same_file: bool,
) -> Option<Reason> {
    const LARGEST_OFFSET: u64 = i64::MAX as u64;
    let side = Side::Source;
    let dst_end = piece.dst.checked_add(piece.len);
    if src.is_dir() {
        Some(Reason::Directory { side })
    } else if !src.is_file() {
        Some(Reason::NotRegular { side })
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

/// Shares every whole block that both sides can share, and copies the ragged ends; where nothing can
/// be shared, copies.
fn share_and_copy(
    job: &mut Job<'_>,
    piece: Piece,
    src_len: u64,
    dst_len: u64,
    same_file: bool,
) -> Result<()> {
    let block = if sys::HAS_REFLINK { sys::block_size(job.dst) } else { 0 };
    // Slices that make the file longer move the source's end, too, if it is the same file.
    let goes_on = same_file && clone::is_sliced(job, piece);
    let Some([head, middle, tail]) =
        piece.cut(block, src_len, if goes_on { u64::MAX } else { dst_len })
    else {
        if sys::may_be_on_smb(job.dst)
            && matches!(sys::on_one_filesystem(job.src, job.dst), Ok(Some(true)))
        {
            // A server might change something and refuse, or copy and call that a clone.
            job.refusal = diagnose::misaligned(job.src, job.dst, piece);
            return clone::into_used(job, |job| copy_over(job, piece, dst_len))?;
        }
        // The kernel is asked all the same: it knows whether these files can be cloned at all, and
        // what stands against any copy.
        let ended = clone::into_used(job, |job| clone::range(job, piece, End::Given))?;
        return match job.accept(ended)? {
            Some(after) => copy_over(job, piece.after(after), dst_len),
            None => Ok(()),
        };
    };
    // The middle first: a refusal that stops everything then comes before anything has changed.
    let ended = clone::into_used(job, |job| clone::range(job, middle, End::Given))?;
    if let Ended::NotPossible { after: 0, .. } = ended {
        job.accept(ended)?;
        return copy_over(job, piece, dst_len);
    }
    if let Some(after) = job.accept(ended)? {
        copy_over(job, middle.after(after), dst_len)?;
    }
    if head.len + tail.len > 0 {
        job.require_copyable()?;
        job.refusal = job.refusal.or_else(|| diagnose::misaligned(job.src, job.dst, piece));
    }
    let mut buffer = Vec::new();
    copy::read_write(job, head, &mut buffer)?;
    copy::read_write(job, tail, &mut buffer)
}

/// Copies a range over whatever is there.
fn copy_over(job: &mut Job<'_>, piece: Piece, dst_len: u64) -> Result<()> {
    job.require_copyable()?;
    if piece.dst_end() > dst_len && piece.len > 0 {
        // The final length first, as for a whole file; by writing the last byte and not by
        // ftruncate, which would cut off what somebody else appends meanwhile.
        copy::write_all(job, &[0], piece.dst_end() - 1)?;
    }
    copy::piece(job, piece, Below::Bytes { dst_len })
}
