//! Files whose length is known only after reading them: procfs, sysfs and FUSE programs generate
//! files as they are read, and report a length of 0 or of a page.

use super::bytes::{BUFFER, extend_to, has_byte_at, read, write_all};
use super::job::{Job, shrank};
use super::read_write::read_write;
use crate::choices::Mode;
use crate::error::{Error, Reason, Result};
use crate::piece::{Ends, Piece};
use crate::sys::{self, Status};

/// Copies from the start of `piece` to the end of the source, whatever the length of `piece`.
/// Returns the offset of that end.
pub(super) fn copy_to_the_end(job: &mut Job<'_>, piece: Piece) -> Result<u64> {
    let mut buffer = vec![0; BUFFER as usize];
    let mut rest = piece;
    loop {
        let read = read(job, &mut buffer, rest.src)?;
        if read == 0 {
            return Ok(rest.src);
        }
        write_all(job, &buffer[..read], rest.dst)?;
        let read = read as u64;
        rest = Piece { src: rest.src + read, dst: rest.dst + read, ..rest };
        job.count_copied(read)?;
    }
}

/// Copies what the source has after `piece`, which ends at the stated length. Returns the offset of
/// the source's end.
pub(super) fn copy_the_unstated(job: &mut Job<'_>, piece: Piece) -> Result<u64> {
    let end = piece.src_end();
    // A source that grows is copied up to its length at the start.
    let has_grown = |job: &Job<'_>| sys::facts_now(job.src.file).is_ok_and(|facts| facts.len > end);
    if !has_byte_at(job, end)? || has_grown(job) {
        return Ok(end);
    }
    copy_to_the_end(job, piece.after(piece.len))
}

/// Copies a range of a source that has a length of 0 but may have bytes.
pub(super) fn copy_range(
    job: &mut Job<'_>,
    piece: Piece,
    ends: Ends,
    (from, to): (&Status, &Status),
    same_file: bool,
) -> Result<()> {
    let must_reach = match ends {
        Ends::AtGivenByte => piece.src_end(),
        Ends::WithSource => piece.src,
    };
    if must_reach > 0 && !has_byte_at(job, must_reach - 1)? {
        return Err(past_end(job, piece));
    }
    if ends == Ends::WithSource && !has_byte_at(job, piece.src)? {
        return Ok(());
    }
    if same_file && (ends == Ends::WithSource || piece.overlaps_itself()) {
        return Err(job.refused_by_us(Reason::Overlap));
    }
    if job.mode == Mode::Always {
        return Err(job.refused_by_us(Reason::UnknownLength));
    }
    job.require_copyable(from, to)?;
    job.ask_copy_file_range()?;
    if job.mode == Mode::Auto {
        job.refusal = Some(Reason::UnknownLength);
    }
    match ends {
        Ends::WithSource => copy_to_the_end(job, piece).map(drop),
        Ends::AtGivenByte => {
            extend_to(job, piece.dst_end(), to.len())?;
            match read_write(job, piece, &mut Vec::new())? {
                0 => Ok(()),
                missing => Err(shrank(piece.src_end(), piece.src_end() - missing)),
            }
        }
    }
}

/// The error for a range that goes past the end that reading finds.
pub(super) fn past_end(job: &Job<'_>, piece: Piece) -> Error {
    match readable_length(job) {
        Ok(source_length) => job.impossible(piece, Reason::PastEnd { source_length }),
        Err(error) => error,
    }
}

/// How many bytes the source has, found by reading them all.
fn readable_length(job: &Job<'_>) -> Result<u64> {
    let mut buffer = vec![0; BUFFER as usize];
    let mut length = 0;
    loop {
        match read(job, &mut buffer, length)? {
            0 => return Ok(length),
            read => length += read as u64,
        }
    }
}
