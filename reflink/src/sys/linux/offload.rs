//! Copying inside the kernel: copy_file_range(2).

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd as _;

use super::offset::signed;

/// One copy_file_range(2) with explicit offsets; returns the bytes copied, perhaps fewer than asked.
pub(crate) fn copy_file_range(
    src: &File,
    src_offset: u64,
    dst: &File,
    dst_offset: u64,
    len: usize,
) -> io::Result<usize> {
    let mut off_in = signed(src_offset)?;
    let mut off_out = signed(dst_offset)?;
    // The system call itself, as not every libc that Rust supports wraps it.
    // SAFETY: both offsets are 64-bit integers of ours, alive and writable for the call, and the
    // descriptors stay open; the other arguments are plain numbers.
    let copied = unsafe {
        libc::syscall(
            libc::SYS_copy_file_range,
            src.as_raw_fd(),
            &raw mut off_in,
            dst.as_raw_fd(),
            &raw mut off_out,
            len,
            0,
        )
    };
    usize::try_from(copied).map_err(|_| io::Error::last_os_error())
}
