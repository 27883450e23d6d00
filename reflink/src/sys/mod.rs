//! The system calls, and the only unsafe code of the crate.
//!
//! A folder an operating system; all have the same functions with the same signatures. [`other`] stands in
//! for what only Linux has, [`portable`] is another way to what trees need, and constants tell what a system can
//! do at all.
#![allow(unsafe_code)]

use std::fs::File;

use crate::error::FsType;

#[cfg(target_vendor = "apple")]
mod apple;
#[cfg(target_os = "freebsd")]
mod freebsd;
#[cfg(any(target_os = "linux", target_os = "android"))]
mod linux;
#[cfg(any(not(any(target_os = "linux", target_os = "android")), reflink_as = "new-names"))]
mod listed;
#[cfg(any(not(any(target_os = "linux", target_os = "android")), reflink_as = "new-names"))]
mod listing;
#[cfg(not(any(target_os = "linux", target_os = "android", target_os = "freebsd", windows)))]
mod no_clones;
#[cfg(not(any(target_vendor = "apple", reflink_as = "new-names")))]
mod no_new_names;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
mod other;
#[cfg(any(
    all(unix, not(any(target_os = "linux", target_os = "android"))),
    reflink_as = "new-names"
))]
mod portable;
#[cfg(any(windows, reflink_as = "ranges"))]
mod ranges;
mod types;
#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(target_vendor = "apple")]
pub(crate) use apple::*;
#[cfg(target_os = "freebsd")]
pub(crate) use freebsd::*;
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) use linux::*;
#[cfg(any(not(any(target_os = "linux", target_os = "android")), reflink_as = "new-names"))]
pub(crate) use listing::*;
#[cfg(not(any(target_os = "linux", target_os = "android", target_os = "freebsd", windows)))]
pub(crate) use no_clones::*;
#[cfg(not(any(target_vendor = "apple", reflink_as = "new-names")))]
pub(crate) use no_new_names::*;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(crate) use other::*;
#[cfg(any(
    all(unix, not(any(target_os = "linux", target_os = "android"))),
    reflink_as = "new-names"
))]
pub(crate) use portable::*;
#[cfg(any(windows, reflink_as = "ranges"))]
pub(crate) use ranges::*;
pub(crate) use types::*;
#[cfg(unix)]
pub(crate) use unix::*;
#[cfg(windows)]
pub(crate) use windows::*;

#[cfg(not(any(unix, windows)))]
compile_error!("reflink works on Unix and Windows: add a folder for this system to src/sys");

/// Whether there is a call that clones files.
pub(crate) const CAN_CLONE: bool = CLONES_INTO_FILES || CLONES_TO_NEW_NAMES;

/// Whether one call can clone less than it is asked for.
pub(crate) const CLONES_IN_PARTS: bool = cfg!(target_os = "freebsd");

/// Shares `len` bytes, all of them. Returns how many.
#[cfg(not(target_os = "freebsd"))]
pub(crate) fn clone_some(
    src: &File,
    src_offset: u64,
    len: u64,
    dst: &File,
    dst_offset: u64,
) -> std::io::Result<u64> {
    clone_range(src, src_offset, len, dst, dst_offset).map(|()| len)
}

/// Whether an SMB server may have the file: nothing tells of one that was removed there.
pub(crate) fn may_be_on_smb(file: &File) -> bool {
    fs_type(file).is_none_or(FsType::is_smb)
}

/// Whether a server or another program may have the file.
pub(crate) fn may_be_remote(file: &File) -> bool {
    KNOWS_FILESYSTEM_TYPES && fs_type(file).is_none_or(FsType::is_network)
}

/// Whether a program has the files of the directory.
pub(crate) fn is_on_fuse(dir: &Dir) -> bool {
    fs_type_of_dir(dir).and_then(FsType::name) == Some("fuse")
}

/// Whether what is shared with the file are clusters, of which the kernel takes more than it is asked for.
pub(crate) fn shares_clusters(file: &File) -> bool {
    fs_type(file).is_some_and(FsType::shares_clusters)
}
