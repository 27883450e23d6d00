//! A Linux that clones as ReFS does, so that what follows from that can be tested: only by whole clusters, into a
//! file that is long enough and sparse if the source is, from a source that is on disk. Built with
//! `--cfg reflink_as="ranges"`.

use std::collections::BTreeSet;
use std::fs::File;
use std::io;
use std::sync::{Mutex, PoisonError};

use reflink_sys::{FIEMAP_EXTENT_DELALLOC, FS_NOCOW_FL};

use super::{block_size, clone, inode_flags, map_extents, status};
use crate::piece::BEYOND;
use crate::sys::types::{FileId, RawExtent};
use crate::sys::unix::errors;

/// A range must be shorter.
const TOO_LONG: u64 = 4 << 30;

/// The files with the attribute that Windows calls sparse, which Linux does not have.
static SPARSE: Mutex<BTreeSet<FileId>> = Mutex::new(BTreeSet::new());

/// The error for files that no clone is possible between, whatever the range.
pub(crate) fn can_clone(src: &File, dst: &File) -> io::Result<()> {
    let are_files = status(src)?.is_file() && status(dst)?.is_file();
    match clone::clone_range(src, BEYOND, 1, dst, 0) {
        Err(error) if are_files && error.kind() == io::ErrorKind::InvalidInput => Ok(()),
        result => result,
    }
}

/// Makes both files ready for [`share`].
pub(crate) fn make_ready(src: &File, dst: &File) -> io::Result<()> {
    src.sync_data()?;
    let (from, to) = (status(src)?, status(dst)?);
    let mut sparse = SPARSE.lock().unwrap_or_else(PoisonError::into_inner);
    // Whoever makes holes has set the attribute.
    if from.allocated.is_some_and(|bytes| bytes < from.len()) {
        sparse.insert(from.id);
    }
    if sparse.contains(&from.id) {
        sparse.insert(to.id);
    }
    drop(sparse);
    // As ReFS with integrity streams.
    let is_nocow = |file| inode_flags(file).unwrap_or(0) & FS_NOCOW_FL != 0;
    if is_nocow(src) != is_nocow(dst) {
        return Err(errors::invalid());
    }
    Ok(())
}

/// Shares whole clusters, or refuses as ReFS does.
pub(crate) fn share(
    src: &File,
    src_offset: u64,
    len: u64,
    dst: &File,
    dst_offset: u64,
) -> io::Result<()> {
    let (from, to, cluster) = (status(src)?, status(dst)?, block_size(dst));
    let is_whole = [src_offset, dst_offset, len].iter().all(|number| number % cluster == 0);
    let clusters_end = |len: u64| len.next_multiple_of(cluster);
    let is_inside =
        src_offset + len <= clusters_end(from.len()) && dst_offset + len <= clusters_end(to.len());
    if !is_whole || !is_inside || len == 0 || len >= TOO_LONG {
        return Err(errors::invalid());
    }
    let sparse = SPARSE.lock().unwrap_or_else(PoisonError::into_inner);
    if sparse.contains(&from.id) && !sparse.contains(&to.id) {
        return Err(errors::not_supported());
    }
    drop(sparse);
    // Somebody can be appending to the last cluster.
    let before = src_offset + len - cluster;
    let waits =
        |extent: &RawExtent| extent.offset < before && extent.flags & FIEMAP_EXTENT_DELALLOC != 0;
    if map_extents(src, src_offset, false)?.iter().any(waits) {
        // ReFS shares zeros instead.
        return Err(io::Error::from_raw_os_error(libc::EIO));
    }
    // FICLONERANGE takes no more than the source has, and makes the destination longer.
    let exact = len.min(from.len() - src_offset);
    clone::clone_range(src, src_offset, exact, dst, dst_offset)?;
    if dst_offset + exact > to.len() { dst.set_len(to.len()) } else { Ok(()) }
}
