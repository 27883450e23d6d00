//! Large data between local files that share nothing: through a pipe, which takes the source's pages out of
//! the kernel's memory. So each byte is copied once, where read and write copy it twice.

use std::io;

use super::bytes::{BUFFER, cannot_read, cannot_write, uninterrupted};
use super::job::{Ended, Job};
use crate::choices::Mode;
use crate::diagnose;
use crate::error::Reason;
use crate::piece::Piece;
use crate::sys::Pipe;

/// Fewer bytes do not pay for a pipe.
const WORTH_A_PIPE: u64 = 512 << 10;

/// Whether `len` bytes are faster through a pipe than by any other call.
pub(super) fn is_worth_a_pipe(job: &Job<'_>, len: u64) -> bool {
    len >= WORTH_A_PIPE && certainly_shares_nothing(job) && job.copies_through_memory()
}

/// Copies the piece through the pipe, which is empty. After anything but `Done`, the pipe may hold bytes.
pub(super) fn splice(job: &mut Job<'_>, pipe: &Pipe, piece: Piece) -> Ended<()> {
    let mut rest = piece;
    while rest.len > 0 {
        let ask = rest.len.min(BUFFER) as usize;
        let mut held = match uninterrupted(|| pipe.fill(job.src.file, rest.src, ask)) {
            // The source's end: read finds out whether it has moved.
            Ok(0) => return not_possible(piece, rest),
            Ok(held) => held,
            Err(error) if diagnose::prevents_only_offload(&error) => {
                return not_possible(piece, rest);
            }
            Err(error) => return Ended::Failed(cannot_read(job, error)),
        };
        while held > 0 {
            let error = match uninterrupted(|| pipe.drain(job.dst.file, rest.dst, held)) {
                Ok(0) => io::ErrorKind::WriteZero.into(),
                Ok(written) => {
                    held -= written;
                    rest = rest.after(written as u64);
                    job.watch.note_change();
                    if let Err(error) = job.count_copied(written as u64) {
                        return Ended::Failed(error);
                    }
                    continue;
                }
                Err(error) => error,
            };
            if diagnose::prevents_only_offload(&error) {
                return not_possible(piece, rest);
            }
            return Ended::Failed(cannot_write(job, error));
        }
    }
    // The kernel erases the last page of a file that is cut, also if the pipe has it.
    match job.check_source_still_reaches(piece.src_end()) {
        Ok(()) => Ended::Done,
        Err(error) => Ended::Failed(error),
    }
}

fn not_possible(piece: Piece, rest: Piece) -> Ended<()> {
    Ended::NotPossible { after: piece.len - rest.len, because: () }
}

/// Whether no other call would share: copy_file_range does if it can, unless a clone was refused for one of
/// these reasons.
fn certainly_shares_nothing(job: &Job<'_>) -> bool {
    use Reason::{DifferentFilesystems, Misaligned, NoCloneSupport, NoCow, XfsWithoutReflink};

    job.mode == Mode::Never
        || matches!(
            job.refusal,
            Some(
                DifferentFilesystems { .. }
                    | NoCloneSupport { .. }
                    | XfsWithoutReflink
                    | Misaligned { .. }
                    | NoCow { .. }
            )
        )
}
