//! What is wrong with a range or its files, on every system.

use std::fs::File;

use crate::error::{Reason, Side};
use crate::piece::Piece;
use crate::{regular, sys};

/// Why no files with these lengths could have the range.
pub(super) fn wrong_range(src: &File, dst: &File, piece: Piece) -> Option<Reason> {
    let (from, to) = (sys::status(src).ok()?, sys::status(dst).ok()?);
    let (Some(src_end), Some(dst_end)) =
        (piece.src.checked_add(piece.len), piece.dst.checked_add(piece.len))
    else {
        return Some(Reason::Overflow);
    };
    let covers_both = piece.src == piece.dst && src_end >= from.len();
    if from.id == to.id && piece.src < dst_end && piece.dst < src_end {
        Some(if covers_both { Reason::SameFile } else { Reason::Overlap })
    } else if i64::try_from(src_end.max(dst_end)).is_err() {
        Some(Reason::Overflow)
    } else if src_end > from.len() {
        Some(Reason::PastEnd { source_length: from.len() })
    } else {
        None
    }
}

/// Which numbers of `piece` prevent its ends from being cloned.
pub(crate) fn misaligned(src: &File, dst: &File, piece: Piece) -> Option<Reason> {
    let block_size = sys::block_size(src);
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

/// Whether one of the files is a directory or special.
pub(super) fn wrong_kind(src: &File, dst: &File) -> Option<Reason> {
    let refusal = |file: &File, side| {
        regular::refusal(&sys::status(file).ok()?, side).map(|(reason, _)| reason)
    };
    refusal(src, Side::Source).or_else(|| refusal(dst, Side::Destination))
}
