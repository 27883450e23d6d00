//! What only FreeBSD has: copy_file_range(2), which can also clone since FreeBSD 15. Written from the manual page and
//! the system's headers, and type-checked: no test has run it.

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd as _;
use std::os::unix::fs::MetadataExt as _;

use crate::sys::unix::errors;

/// `unistd.h` of FreeBSD 15: fails with EOPNOTSUPP rather than copy bytes. Before, EINVAL: no flag was allowed.
const COPY_FILE_RANGE_CLONE: libc::c_uint = 0x0080_0000;
/// `sys/unistd.h` of FreeBSD 15: the block size for clones, 0 if there are none.
const PC_CLONE_BLKSIZE: libc::c_int = 69;

/// Whether there is a call that clones into an open file.
pub(crate) const CLONES_INTO_FILES: bool = true;
/// Whether there is a call that copies within the kernel.
pub(crate) const HAS_COPY_FILE_RANGE: bool = true;
/// The longest range of one call.
pub(crate) const LARGEST_CLONE: u64 = u64::MAX;

/// One copy_file_range(2) with explicit offsets; returns the bytes copied, perhaps fewer than asked.
pub(crate) fn copy_file_range(
    src: &File,
    src_offset: u64,
    dst: &File,
    dst_offset: u64,
    len: usize,
) -> io::Result<usize> {
    call(src, src_offset, dst, dst_offset, len, 0)
}

fn call(
    src: &File,
    src_offset: u64,
    dst: &File,
    dst_offset: u64,
    len: usize,
    flags: libc::c_uint,
) -> io::Result<usize> {
    let signed = |offset| i64::try_from(offset).map_err(|_| errors::invalid());
    let (mut from, mut to) = (signed(src_offset)?, signed(dst_offset)?);
    let len = len.min(isize::MAX as usize);
    // SAFETY: both offsets are ours, alive and writable for the call, and the descriptors stay open; the other
    // arguments are plain numbers.
    let copied = unsafe {
        libc::copy_file_range(
            src.as_raw_fd(),
            &raw mut from,
            dst.as_raw_fd(),
            &raw mut to,
            len,
            flags,
        )
    };
    usize::try_from(copied).map_err(|_| io::Error::last_os_error())
}

/// Shares all blocks of `src` with `dst`.
pub(crate) fn clone_file(src: &File, dst: &File) -> io::Result<()> {
    clone_range(src, 0, 0, dst, 0)
}

/// Shares `len` bytes, or those at their start, by one call. Returns how many, at least one.
pub(crate) fn clone_some(
    src: &File,
    src_offset: u64,
    len: u64,
    dst: &File,
    dst_offset: u64,
) -> io::Result<u64> {
    let len = usize::try_from(len).unwrap_or(usize::MAX);
    match call(src, src_offset, dst, dst_offset, len, COPY_FILE_RANGE_CLONE)? {
        // The range does not lie within the source.
        0 => Err(errors::invalid()),
        cloned => Ok(cloned as u64),
    }
}

/// Shares `len` bytes; 0 means up to the source's end.
///
/// If a call after the first one fails, the bytes before it are shared already, and the error does not say so.
pub(crate) fn clone_range(
    src: &File,
    src_offset: u64,
    len: u64,
    dst: &File,
    dst_offset: u64,
) -> io::Result<()> {
    let end = if len == 0 { src.metadata()?.len().saturating_sub(src_offset) } else { len };
    let mut done = 0;
    while done < end {
        let offsets = src_offset.checked_add(done).zip(dst_offset.checked_add(done));
        let (from, to) = offsets.ok_or_else(errors::invalid)?;
        done += clone_some(src, from, end - done, dst, to)?;
    }
    Ok(())
}

/// The block size of clones or, if the system does not state it, that of the file.
pub(crate) fn block_size(file: &File) -> u64 {
    own_block_size(file).or_else(|| Some(file.metadata().ok()?.blksize())).unwrap_or(4 << 10)
}

/// What offsets and lengths of a clone must be multiples of, if the system states it.
pub(crate) fn own_block_size(file: &File) -> Option<u64> {
    // SAFETY: fpathconf takes plain numbers, and the descriptor stays open for the call.
    let size = unsafe { libc::fpathconf(file.as_raw_fd(), PC_CLONE_BLKSIZE) };
    u64::try_from(size).ok().filter(|size| *size > 0)
}
