//! The second and the third method: copy_file_range, then read and write. Only data is copied;
//! holes stay holes.

use std::io;

use super::bytes::{BUFFER, cannot_write, has_byte_at, uninterrupted, write_all};
use super::job::{Ended, Job};
use super::read_write::{read_write, reserve};
use super::segments::{Segment, Segments};
use super::splice::{is_worth_a_pipe, splice};
use super::unknown_length;
use crate::choices::Mode;
use crate::error::{Error, FsType, Operation, Reason, Result, Side};
use crate::piece::{Ends, Piece};
use crate::sys::Pipe;
use crate::{diagnose, sys};

/// The most bytes of one copy_file_range call: the call does less than 2 GiB anyway, and glibc 2.41
/// and 2.42 misread results of 2 GiB.
const LARGEST_CALL: u64 = 1 << 30;
/// The most bytes if the copy is watched: about a tenth of a second on a fast disk.
const LARGEST_WATCHED_CALL: u64 = 64 << 20;
/// Fewer bytes do not pay for blocks in advance, in one step instead of one for each page that is written.
const WORTH_PREALLOCATING: u64 = 512 << 10;
/// The last bytes get their blocks when they are written to disk: ext4 starts to write a file that replaces
/// another only if the file still has such bytes. One cluster of bigalloc's usual size.
const LEFT_TO_WRITING: u64 = 64 << 10;

/// What the destination has at the place of the piece.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Below {
    /// Nothing: holes need no work.
    Holes,
    /// Nothing, not even a hole: the file grows with the data, and holes are written as zeros.
    End,
    /// Bytes, up to this length of the file: a hole in the source must erase them.
    Bytes { dst_len: u64 },
}

/// Copies one piece, with copy_file_range as far as possible (if `mode` allows it, because it may
/// share). Returns the offset in the source up to which there was something to copy: the end of the
/// piece, unless the source ends before its stated length or continues past it.
pub(super) fn piece(job: &mut Job<'_>, piece: Piece, ends: Ends, below: Below) -> Result<u64> {
    let may_misstate = job.src.may_misstate();
    if may_misstate {
        job.send_source()?;
    }
    // Linux carries out this call by a clone if it can, and OCFS2 clones whole clusters.
    let overreaches = job.dst.shares_clusters() || job.would_hang();
    let waits = job.refusal == Some(Reason::Unsynced);
    let offloads = job.mode != Mode::Never && sys::HAS_COPY_FILE_RANGE && !overreaches && !waits;
    let preallocates = below == Below::Holes
        && !may_misstate
        && job.dst.filesystem().is_some_and(FsType::writes_faster_preallocated);
    let mut way = Way { preallocates, splices: true, pipe: None, offloads, buffer: Vec::new() };
    let mut segments = match below {
        Below::End => Segments::dense(),
        _ if may_misstate && job.src.has_false_holes() => Segments::dense(),
        Below::Holes | Below::Bytes { .. } => Segments::new(job.src.file, job.owns_source),
    };
    let mut rest = piece;
    let mut ends_with_hole = false;
    while rest.len > 0 {
        let segment = segments.next(rest.src, rest.src_end());
        let part = rest.first(segment.len());
        rest = rest.after(segment.len());
        ends_with_hole = matches!(segment, Segment::Hole(_));
        if ends_with_hole {
            make_hole(job, part, below, &mut way.buffer)?;
            job.count_hole(part.len)?;
            continue;
        }
        let missing = way.copy(job, part)?;
        if missing > 0 {
            return Ok(part.src_end() - missing);
        }
    }
    // A hole at the end of the source looks the same as an end that has moved closer.
    if ends_with_hole {
        job.check_source_still_reaches(piece.src_end())?;
    }
    if may_misstate && ends == Ends::WithSource {
        return unknown_length::copy_the_unstated(job, piece);
    }
    Ok(piece.src_end())
}

/// How data is copied: as it turns out, from piece to piece.
struct Way {
    preallocates: bool,
    /// Whether a pipe is tried.
    splices: bool,
    pipe: Option<Pipe>,
    /// Whether copy_file_range is used.
    offloads: bool,
    buffer: Vec<u8>,
}

impl Way {
    /// Copies a piece of data. Returns how many bytes are missing from the source.
    fn copy(&mut self, job: &mut Job<'_>, piece: Piece) -> Result<u64> {
        let mut rest = piece;
        while rest.len > 0 {
            let part =
                rest.first(if self.preallocates { rest.len.min(LARGEST_CALL) } else { rest.len });
            if self.preallocates && part.len >= WORTH_PREALLOCATING {
                self.preallocates = preallocate(job, part)?;
            }
            let missing = self.copy_part(job, part)?;
            rest = rest.after(part.len);
            if missing > 0 {
                return Ok(missing + rest.len);
            }
        }
        Ok(0)
    }

    fn copy_part(&mut self, job: &mut Job<'_>, piece: Piece) -> Result<u64> {
        let mut rest = piece;
        if self.splices && self.pipe.is_none() && is_worth_a_pipe(job, piece.len) {
            self.pipe = Pipe::new(BUFFER as i32).ok();
            self.splices = self.pipe.is_some();
        }
        if let Some(pipe) = &self.pipe {
            match splice(job, pipe, rest) {
                Ended::Done => return Ok(0),
                Ended::NotPossible { after, because: () } => {
                    (self.splices, self.pipe) = (false, None);
                    rest = rest.after(after);
                }
                Ended::Failed(error) => return Err(error),
            }
        }
        if self.offloads {
            match offload(job, rest) {
                Ended::Done => return Ok(0),
                Ended::NotPossible { after, because: () } => {
                    self.offloads = false;
                    rest = rest.after(after);
                }
                Ended::Failed(error) => return Err(error),
            }
        }
        read_write(job, rest, &mut self.buffer)
    }
}

/// Gives the piece blocks, except its last bytes. `false` if that is not possible here, for a reason that need not
/// prevent writing.
fn preallocate(job: &Job<'_>, piece: Piece) -> Result<bool> {
    let len = piece.len - LEFT_TO_WRITING;
    match uninterrupted(|| sys::preallocate(job.dst.file, piece.dst, len)) {
        Ok(()) => Ok(true),
        Err(error) if error.raw_os_error().is_some_and(sys::concerns_all_files) => {
            Err(cannot_write(job, error))
        }
        Err(_) => Ok(false),
    }
}

/// Repeats copy_file_range until the piece is copied.
fn offload(job: &mut Job<'_>, piece: Piece) -> Ended<()> {
    let largest = if job.watch.is_watched() { LARGEST_WATCHED_CALL } else { LARGEST_CALL };
    let mut rest = piece;
    let mut may_be_busy = true;
    while rest.len > 0 {
        let ask = usize::try_from(rest.len.min(largest)).unwrap_or(usize::MAX);
        let not_possible = Ended::NotPossible { after: piece.len - rest.len, because: () };
        match sys::copy_file_range(job.src.file, rest.src, job.dst.file, rest.dst, ask) {
            // The source's end, or a file that has no bytes for this call (procfs): read
            // distinguishes the two.
            Ok(0) => return not_possible,
            Ok(copied) => {
                let copied = copied as u64;
                rest = rest.after(copied);
                if let Err(error) = job.count_offloaded(copied) {
                    return Ended::Failed(error);
                }
            }
            Err(error) => match error.kind() {
                io::ErrorKind::Interrupted => {}
                io::ErrorKind::WouldBlock if may_be_busy => may_be_busy = false,
                // On SMB a write would wait for the server, which is gone.
                io::ErrorKind::WouldBlock if !job.dst.may_be_on_smb() => return not_possible,
                _ if diagnose::prevents_only_offload(&error) => {
                    return job.cannot_offload(error).map_or(not_possible, Ended::Failed);
                }
                _ => return Ended::Failed(whose(job, rest.src, error)),
            },
        }
    }
    Ended::Done
}

/// Copies a small file with one call, the first one that changes anything. `false` if other calls must copy
/// it, from its start.
pub(super) fn at_once(job: &Job<'_>, len: u64) -> Result<bool> {
    match sys::copy_file_range(job.src.file, 0, job.dst.file, 0, len as usize) {
        Ok(copied) => {
            if copied > 0 {
                job.watch.note_change();
            }
            // The next call distinguishes a source that has shrunk from a refusal.
            Ok(copied as u64 == len)
        }
        Err(error) => match error.kind() {
            io::ErrorKind::Interrupted | io::ErrorKind::WouldBlock => Ok(false),
            _ if diagnose::prevents_only_offload(&error) => Ok(false),
            _ => Err(whose(job, 0, error)),
        },
    }
}

/// The error of a copy_file_range at `offset` of the source: about the source if that cannot be read, and
/// otherwise about both files.
fn whose(job: &Job<'_>, offset: u64, error: io::Error) -> Error {
    if sys::is_input_output(&error) {
        if let Err(unreadable) = has_byte_at(job, offset) {
            return unreadable;
        }
    }
    let (src, dst) = (job.src.file, job.dst.file);
    diagnose::explain(src, dst, Operation::CopyFileRange, Side::Destination, error)
}

/// Makes the destination read as zeros under a hole of the source.
fn make_hole(job: &Job<'_>, hole: Piece, below: Below, buffer: &mut Vec<u8>) -> Result<()> {
    let Below::Bytes { dst_len } = below else { return Ok(()) };
    let Some(len) = dst_len.checked_sub(hole.dst).map(|below| below.min(hole.len)) else {
        return Ok(());
    };
    if len == 0 {
        return Ok(());
    }
    match sys::punch_hole(job.dst.file, hole.dst, len) {
        Ok(()) => {
            job.watch.note_change();
            return Ok(());
        }
        Err(error) if sys::cannot_change_allocation(&error) => {}
        Err(error) => return Err(Error::io(Operation::PunchHole, Side::Destination, error)),
    }
    reserve(buffer, len);
    buffer.fill(0);
    let mut rest = hole.first(len);
    while rest.len > 0 {
        let zeros = usize::try_from(rest.len).unwrap_or(usize::MAX).min(buffer.len());
        write_all(job, &buffer[..zeros], rest.dst)?;
        rest = rest.after(zeros as u64);
    }
    Ok(())
}
