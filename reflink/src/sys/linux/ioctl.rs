//! ioctl(2) with the type of its argument.

use std::fs::File;
use std::io;
use std::marker::PhantomData;
use std::os::fd::AsRawFd as _;

use crate::sys::unix::check::check;

/// A call that reads, writes or changes one `T`.
pub(super) struct Ioctl<T> {
    number: u32,
    argument: PhantomData<fn(&mut T)>,
}

impl<T> Ioctl<T> {
    /// # Safety
    ///
    /// The kernel takes a pointer for this number, reads and writes no more than a `T` there, and leaves a
    /// valid one.
    pub(super) const unsafe fn new(number: u32) -> Self {
        Self { number, argument: PhantomData }
    }

    pub(super) fn call(&self, file: &File, argument: &mut T) -> io::Result<()> {
        let number = self.number as libc::Ioctl;
        // SAFETY: whoever made the number into an `Ioctl` vouched for what the kernel does to its argument,
        // which lives and is writable for the call; the descriptor stays open.
        check(unsafe { libc::ioctl(file.as_raw_fd(), number, std::ptr::from_mut(argument)) })
    }
}
