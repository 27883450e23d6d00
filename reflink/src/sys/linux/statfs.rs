//! fstatfs(2).

use std::mem::MaybeUninit;
use std::os::fd::RawFd;

use crate::error::FsType;
use crate::sys::unix::check::check;

pub(super) struct Statfs {
    pub(super) fs_type: FsType,
    pub(super) block_size: u64,
}

#[allow(clippy::unnecessary_cast)] // the types of both fields differ by architecture
pub(super) fn statfs(fd: RawFd) -> Option<Statfs> {
    let mut facts = MaybeUninit::<libc::statfs64>::uninit();
    // SAFETY: fstatfs64 writes one `statfs64`, for which there is room.
    check(unsafe { libc::fstatfs64(fd, facts.as_mut_ptr()) }).ok()?;
    // SAFETY: the call succeeded, so that it has written the whole struct.
    let facts = unsafe { facts.assume_init() };
    Some(Statfs {
        fs_type: FsType::from_magic(facts.f_type as u64),
        block_size: facts.f_bsize as u64,
    })
}
