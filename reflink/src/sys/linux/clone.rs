//! Sharing blocks: FICLONE and FICLONERANGE.

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd as _;

use reflink_sys as kernel;

use super::ioctl::Ioctl;
use crate::sys::unix::check::check;

/// The longest range of one call.
#[cfg_attr(
    any(reflink_as = "new-names", reflink_as = "ranges"),
    expect(dead_code, reason = "a call has a limit of its own there")
)]
pub(crate) const LARGEST_CLONE: u64 = u64::MAX;

/// `ioctl(dst, FICLONE, src)`: shares all blocks of `src` with `dst`.
#[cfg_attr(reflink_as = "ranges", expect(dead_code, reason = "it has no such call"))]
pub(crate) fn clone_file(src: &File, dst: &File) -> io::Result<()> {
    // SAFETY: FICLONE takes a descriptor number as its argument and touches no memory of ours; both
    // descriptors stay open for the call, as the files are borrowed.
    check(unsafe { libc::ioctl(dst.as_raw_fd(), kernel::FICLONE as libc::Ioctl, src.as_raw_fd()) })
}

/// `ioctl(dst, FICLONERANGE, …)`: shares `len` bytes; 0 means up to the source's end.
#[cfg_attr(reflink_as = "new-names", expect(dead_code, reason = "it has no such call"))]
pub(crate) fn clone_range(
    src: &File,
    src_offset: u64,
    len: u64,
    dst: &File,
    dst_offset: u64,
) -> io::Result<()> {
    // SAFETY: FICLONERANGE reads one `file_clone_range`.
    const FICLONERANGE: Ioctl<kernel::file_clone_range> =
        unsafe { Ioctl::new(kernel::FICLONERANGE) };

    let mut range = kernel::file_clone_range {
        src_fd: src.as_raw_fd().into(),
        src_offset,
        src_length: len,
        dest_offset: dst_offset,
    };
    FICLONERANGE.call(dst, &mut range)
}
