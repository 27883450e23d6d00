//! The progress of one destination through the range.

use std::fs::File;
use std::io;

use super::deduped::Deduped;
use crate::compare::first_difference;
use crate::diagnose;
use crate::error::{Error, Operation, Side};
use crate::piece::{BEYOND, Piece};
use crate::sharing::extent::ExtentFlags;
use crate::sys::{self, DedupeAnswer};

pub(super) struct Target<'d> {
    pub(super) file: &'d File,
    /// Whether the kernel would accept the range as shareable although it is not.
    overreaches: bool,
    /// What is left of the range.
    pub(super) rest: Piece,
    /// Bytes that the kernel has reported as shared.
    done: u64,
    /// Bytes at the range's end that the kernel is not asked to share.
    tail: u64,
    end: Option<Deduped>,
}

impl<'d> Target<'d> {
    pub(super) fn new(src: &File, file: &'d File, range: Piece, src_len: u64) -> Self {
        let block_size = sys::block_size(file);
        let shares_clusters = sys::shares_clusters(file);
        let overreaches =
            shares_clusters && diagnose::misaligned(file, file, range.first(0)).is_some();
        // On OCFS2 bytes that are appended to a file meanwhile would be overwritten with its last
        // cluster.
        let src_len = if shares_clusters { u64::MAX } else { src_len };
        let tail =
            if overreaches { range.len } else { tail(range, block_size, src_len, length(file)) };
        let end = (range.len == 0).then_some(Deduped::Shared { bytes: 0 });
        let mut target = Self { file, overreaches, rest: range, done: 0, tail, end };
        if target.end.is_none() && sys::may_be_on_smb(file) {
            // No SMB client has this operation. Some (Linux before 6.7) carry it out as a clone:
            // they compare nothing, and overwrite the destination.
            target.fails(src, sys::errors::not_supported());
        }
        target
    }

    /// What the next call should ask for (start and length in the source), if there is anything
    /// left to do.
    ///
    /// A call for no bytes shares nothing, but shows whether these two files can share at all.
    pub(super) fn wants(&self, largest: u64) -> Option<(u64, u64)> {
        let len = self.rest.len - self.tail;
        self.end.is_none().then_some((self.rest.src, len.min(largest)))
    }

    /// Notes that the kernel has shared these bytes. Returns how many bytes are done now.
    pub(super) fn advance(&mut self, src: &File, bytes: u64) -> u64 {
        self.done += bytes;
        self.rest = self.rest.after(bytes);
        if bytes > 0 && self.rest.len > self.tail {
            return bytes;
        }
        // The rest can only be compared.
        let left = self.rest.len;
        let is_impossible = self.overreaches || self.rest.dst_end() > length(self.file);
        if is_impossible || self.done == 0 {
            // A call for no bytes succeeds even on an xfs that was made without reflinks.
            let refusal = self.refusal(src);
            if is_impossible || refusal.kind() != io::ErrorKind::InvalidInput {
                return bytes + self.fails(src, refusal);
            }
        }
        let shared = self.shared();
        let differs = first_difference(src, self.file, self.rest);
        self.end = Some(match differs {
            Ok(None) => Deduped::Shared { bytes: shared },
            Ok(at) => Deduped::Differs { bytes: shared, at },
            Err(error) => Deduped::Failed { bytes: shared, error },
        });
        bytes + left
    }

    /// Notes that the kernel found a difference. Returns how many bytes are done now.
    pub(super) fn differs(&mut self, src: &File) -> u64 {
        // A destination that cannot be read still differs.
        let at = first_difference(src, self.file, self.rest).ok().flatten();
        self.end = Some(Deduped::Differs { bytes: self.shared(), at });
        self.rest.len
    }

    /// Notes that the kernel refused. Returns how many bytes are done now.
    pub(super) fn fails(&mut self, src: &File, error: io::Error) -> u64 {
        let reason = diagnose::dedupe(src, self.file, self.rest, &error);
        let error = Error::explained(Operation::Dedupe, Side::Destination, reason, error);
        self.end = Some(Deduped::Failed { bytes: self.shared(), error });
        self.rest.len
    }

    /// Bytes that are shared now, without those of a small file that btrfs or OCFS2 keeps in its
    /// metadata: the kernel copies and counts them.
    fn shared(&self) -> u64 {
        if self.done == 0 || self.rest.dst > self.done {
            // Such bytes are at the start of the file.
            return self.done;
        }
        let extents = sys::map_extents(self.file, 0, false).unwrap_or_default();
        let inline = extents.iter().take_while(|extent| is_inline(extent));
        self.done.saturating_sub(inline.map(|extent| extent.len).sum())
    }

    /// Whether the first call was refused.
    pub(super) fn is_refused(&self) -> bool {
        matches!(self.end, Some(Deduped::Failed { .. }))
    }

    pub(super) fn into_end(self) -> Option<Deduped> {
        self.end
    }

    /// The kernel's error for a range that does not lie within the destination. The call asks for a
    /// range outside both files, because the kernel would share a part of the actual range.
    fn refusal(&self, src: &File) -> io::Error {
        match sys::dedupe_range(src, self.rest.src, 1, &[(self.file, BEYOND)]) {
            Ok(answers) => answers.into_iter().find_map(|answer| match answer {
                DedupeAnswer::Failed(error) => Some(error),
                DedupeAnswer::Shared(_) | DedupeAnswer::Differs => None,
            }),
            Err(error) => Some(error),
        }
        .unwrap_or_else(sys::errors::invalid)
    }
}

fn is_inline(extent: &sys::RawExtent) -> bool {
    ExtentFlags::of(extent).contains(ExtentFlags::INLINE)
}

fn length(file: &File) -> u64 {
    file.metadata().map_or(0, |status| status.len())
}

/// How many bytes at the range's end the kernel must not be asked to share.
///
/// Part of a block can be shared only if the range ends both files. Otherwise the kernel neither
/// shares nor compares it, but still counts it.
fn tail(range: Piece, block_size: u64, src_len: u64, dst_len: u64) -> u64 {
    let behind_block = |offset: u64| offset.checked_rem(block_size).unwrap_or(0);
    let dst_end = range.dst.saturating_add(range.len);
    if dst_end > dst_len {
        // The kernel would share the bytes that exist, and then refuse.
        range.len
    } else if behind_block(range.src) > 0 || behind_block(range.dst) > 0 {
        // The kernel will refuse all of it.
        0
    } else if range.src_end() == src_len && dst_end == dst_len {
        0
    } else {
        behind_block(range.src_end()).min(range.len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tail_of(src: u64, dst: u64, len: u64, src_len: u64, dst_len: u64) -> u64 {
        tail(Piece { src, dst, len }, 4096, src_len, dst_len)
    }

    #[test]
    fn only_the_end_of_both_files_may_be_ragged() {
        assert_eq!(tail_of(0, 0, 5000, 5000, 5000), 0);
        assert_eq!(tail_of(0, 4096, 5000, 5000, 9096), 0);
        assert_eq!(tail_of(0, 0, 5000, 5000, 6000), 904);
        assert_eq!(tail_of(0, 0, 5000, 6000, 5000), 904);
        assert_eq!(tail_of(4096, 0, 100, 6000, 6000), 100);
        assert_eq!(tail_of(0, 0, 8192, 9000, 9000), 0);
    }

    #[test]
    fn a_request_that_cannot_be_shared_in_full_is_refused() {
        assert_eq!(tail_of(0, 0, 8192, 8192, 5000), 8192);
        assert_eq!(tail_of(0, u64::MAX, 8192, 8192, 5000), 8192);
        assert_eq!(tail_of(1, 0, 5000, 6000, 6000), 0);
        assert_eq!(tail_of(0, 1, 5000, 6000, 6000), 0);
    }

    #[test]
    fn with_an_unknown_block_size_the_kernel_decides() {
        assert_eq!(tail(Piece { src: 0, dst: 0, len: 5000 }, 0, 6000, 6000), 0);
    }
}
