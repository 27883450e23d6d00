//! What the `libc` crate defines as well, by hand, must be the same.
#![cfg(any(target_os = "linux", target_os = "android"))]

use std::mem::{offset_of, size_of};

#[test]
fn requests() {
    assert_eq!(reflink_sys::FICLONE as libc::Ioctl, libc::FICLONE);
    assert_eq!(reflink_sys::FICLONERANGE as libc::Ioctl, libc::FICLONERANGE);
    assert_eq!(reflink_sys::FS_IOC_GETFLAGS as libc::Ioctl, libc::FS_IOC_GETFLAGS);
}

#[test]
fn file_clone_range() {
    use libc::file_clone_range as theirs;
    use reflink_sys::file_clone_range as ours;
    assert_eq!(size_of::<ours>(), size_of::<theirs>());
    assert_eq!(offset_of!(ours, src_fd), offset_of!(theirs, src_fd));
    assert_eq!(offset_of!(ours, src_offset), offset_of!(theirs, src_offset));
    assert_eq!(offset_of!(ours, src_length), offset_of!(theirs, src_length));
    assert_eq!(offset_of!(ours, dest_offset), offset_of!(theirs, dest_offset));
}
