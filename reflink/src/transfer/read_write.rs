//! The third method: read and write.

use super::bytes::{BUFFER, has_byte_at, read, write_all};
use super::job::{Job, inspect, shrank};
use crate::error::{FsType, Result, Side};
use crate::piece::Piece;
use crate::sys;

/// pread and pwrite, through `buffer`. Returns how many bytes are missing from the source: 0,
/// unless the source ends before its stated length.
pub(super) fn read_write(job: &mut Job<'_>, piece: Piece, buffer: &mut Vec<u8>) -> Result<u64> {
    reserve(buffer, piece.len);
    let mut rest = piece;
    while rest.len > 0 {
        let ask = usize::try_from(rest.len).unwrap_or(usize::MAX).min(buffer.len());
        let copied = read(job, &mut buffer[..ask], rest.src)?;
        if copied == 0 {
            accept_early_end(job, rest.src, piece.src_end())?;
            return Ok(rest.len);
        }
        write_all(job, &buffer[..copied], rest.dst)?;
        rest = rest.after(copied as u64);
        job.count_copied(copied as u64)?;
    }
    Ok(0)
}

/// Accepts that reading found the source's end at `at`, before its stated `end`.
///
/// # Errors
///
/// [`Error::SourceShrank`](crate::Error::SourceShrank) if the source has lost its bytes since the copy began.
pub(super) fn accept_early_end(job: &Job<'_>, at: u64, end: u64) -> Result<()> {
    // The length is requested from the server or FUSE program again: the client may have cached an
    // old length, or may replace the stated length after a short read.
    let afresh = job.src.may_be_remote().then(|| sys::facts_now(job.src.file).ok()).flatten();
    let found = match afresh {
        Some(facts) => facts.len,
        None => inspect(job.src.file, Side::Source)?.len(),
    };
    if found < end {
        return Err(shrank(end, found));
    }
    // The length on a disk is exact. Elsewhere the file may have been cut and written again.
    let is_disk = job.src.filesystem().is_some_and(FsType::is_disk);
    if is_disk || has_byte_at(job, at)? {
        return Err(shrank(end, at));
    }
    Ok(())
}

/// Gives the buffer a size suitable for `len` bytes.
pub(super) fn reserve(buffer: &mut Vec<u8>, len: u64) {
    let wanted = usize::try_from(len.min(BUFFER)).unwrap_or_default();
    if buffer.len() < wanted {
        buffer.resize(wanted, 0);
    }
}
