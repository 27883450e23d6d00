//! Copying through a pipe: splice(2).

use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd as _, FromRawFd as _, OwnedFd};

use super::offset::signed;
use crate::sys::unix::check::check;

/// A pipe that takes pages of a file out of the kernel's memory and writes them to another file.
pub(crate) struct Pipe {
    read: OwnedFd,
    write: OwnedFd,
}

impl Pipe {
    /// A pipe with room for `len` bytes. EPERM if the user's pipes may not take more memory.
    pub(crate) fn new(len: libc::c_int) -> io::Result<Self> {
        let mut ends = [-1; 2];
        // SAFETY: pipe2 writes two descriptors into the array, which is alive and has room for them.
        check(unsafe { libc::pipe2(ends.as_mut_ptr(), libc::O_CLOEXEC) })?;
        // SAFETY: pipe2 has just opened both descriptors, and nothing else has them.
        let [read, write] = ends.map(|end| unsafe { OwnedFd::from_raw_fd(end) });
        // SAFETY: F_SETPIPE_SZ takes a plain number, and the descriptor stays open for the call.
        check(unsafe { libc::fcntl(write.as_raw_fd(), libc::F_SETPIPE_SZ, len) })?;
        Ok(Self { read, write })
    }

    /// One splice(2) of at most `len` bytes of the file into the pipe. Returns how many, and 0 at the file's end.
    pub(crate) fn fill(&self, src: &File, offset: u64, len: usize) -> io::Result<usize> {
        let mut offset = signed(offset)?;
        let (from, to) = (src.as_raw_fd(), self.write.as_raw_fd());
        // SAFETY: the offset is a 64-bit integer of ours, alive and writable for the call, a pipe has none, and
        // both descriptors stay open; the other arguments are plain numbers.
        let moved =
            unsafe { libc::splice(from, &raw mut offset, to, std::ptr::null_mut(), len, 0) };
        usize::try_from(moved).map_err(|_| io::Error::last_os_error())
    }

    /// One splice(2) of at most `len` bytes of the pipe into the file. Returns how many.
    pub(crate) fn drain(&self, dst: &File, offset: u64, len: usize) -> io::Result<usize> {
        let mut offset = signed(offset)?;
        let (from, to) = (self.read.as_raw_fd(), dst.as_raw_fd());
        // SAFETY: as in `fill`, with the offset of the other file.
        let moved =
            unsafe { libc::splice(from, std::ptr::null_mut(), to, &raw mut offset, len, 0) };
        usize::try_from(moved).map_err(|_| io::Error::last_os_error())
    }
}
