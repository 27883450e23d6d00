//! What a file is on: fstatfs(2).

use std::fs::File;
use std::mem::MaybeUninit;
use std::os::fd::AsRawFd as _;

use crate::error::FsType;
use crate::sys::unix::check::check;

/// The type of the file's filesystem, by the system's own number; 0 if that cannot be found out.
pub(crate) fn type_of_filesystem(file: &File) -> FsType {
    let mut found = MaybeUninit::<libc::statfs>::uninit();
    // SAFETY: there is room for the one `statfs` that is written, and the descriptor stays open.
    if check(unsafe { libc::fstatfs(file.as_raw_fd(), found.as_mut_ptr()) }).is_err() {
        return FsType::from_magic(0);
    }
    // SAFETY: the call succeeded, so that it has written the whole struct.
    FsType::from_magic(unsafe { found.assume_init() }.f_type.into())
}
