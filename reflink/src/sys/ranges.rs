//! Clones on a system whose call takes only whole clusters, and only of files that were made ready for it: ReFS.
//!
//! The functions do what FICLONE and FICLONERANGE do, so that the rest of the crate needs to know nothing of that.
//! What the calls are is in the `raw` module: those of Windows, or of a Linux with the same limits.
//!
//! The rules are those of "Block Cloning" in Microsoft's documentation of file systems.

use std::fs::File;
use std::io;

#[cfg(reflink_as = "ranges")]
use super::linux::{block_size, refs as raw, status};
#[cfg(reflink_as = "ranges")]
use super::unix::errors;
#[cfg(windows)]
use super::windows::{block_size, clone as raw, errors, status};

/// The longest range of one call, which must be less than 4 GiB.
pub(crate) const LARGEST_CLONE: u64 = 2 << 30;

/// Shares all blocks of `src` with `dst`. It must not have more bytes than [`LARGEST_CLONE`].
pub(crate) fn clone_file(src: &File, dst: &File) -> io::Result<()> {
    clone_range(src, 0, 0, dst, 0)
}

/// Shares `len` bytes; 0 means up to the source's end.
///
/// If the destination is too short, it becomes longer first, and gets its old length back if it then cannot have
/// the bytes and nobody has made it longer still.
pub(crate) fn clone_range(
    src: &File,
    src_offset: u64,
    len: u64,
    dst: &File,
    dst_offset: u64,
) -> io::Result<()> {
    raw::can_clone(src, dst)?;
    let (from, to) = (status(src)?, status(dst)?);
    let (src_len, dst_len) = (from.len(), to.len());
    let len = if len == 0 { src_len.saturating_sub(src_offset) } else { len };
    if len == 0 {
        return Ok(());
    }
    let ends = src_offset.checked_add(len).zip(dst_offset.checked_add(len));
    let possible = |end: &u64| i64::try_from(*end).is_ok();
    let ends = ends.filter(|(src_end, dst_end)| possible(src_end) && possible(dst_end));
    let (src_end, dst_end) = ends.ok_or_else(errors::invalid)?;
    let cluster = block_size(dst);
    if cluster == 0 {
        return Err(errors::invalid());
    }
    let is_whole = |number: u64| number.checked_rem(cluster) == Some(0);
    // The last cluster of a file is shared as a whole, whatever follows the file's end in it.
    let shared = match (src_end == src_len && dst_end >= dst_len, is_whole(len)) {
        (_, true) => len,
        (true, false) => len.next_multiple_of(cluster),
        (false, false) => return Err(errors::invalid()),
    };
    let overlaps = from.id == to.id && src_offset < dst_end && dst_offset < src_end;
    if overlaps || src_end > src_len || !is_whole(src_offset) || !is_whole(dst_offset) {
        return Err(errors::invalid());
    }
    raw::make_ready(src, dst)?;
    // Another process can have appended meanwhile, and to flush takes a while. A write of the last byte instead of
    // the new length would never cut anything off, but Windows fills all that is before it with zeros, on the disk.
    let dst_len = status(dst)?.len();
    if shared != len && dst_end < dst_len {
        return Err(errors::invalid());
    }
    if dst_end > dst_len {
        dst.set_len(dst_end)?;
    }
    raw::share(src, src_offset, shared, dst, dst_offset).inspect_err(|_| {
        if dst_end > dst_len && status(dst).is_ok_and(|now| now.len() == dst_end) {
            // The clone's error says more than one of this would.
            let _ = dst.set_len(dst_len);
        }
    })
}
