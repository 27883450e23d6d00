//! The system calls, and the only unsafe code of the crate.
//!
//! Every operating system gives the same functions with the same signatures: files of its own
//! family for what it has, and [`no_clone`] for what only Linux has.
#![allow(unsafe_code)]

#[cfg(any(target_os = "linux", target_os = "android"))]
#[path = "linux.rs"]
mod os;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
#[path = "no_clone.rs"]
mod os;

#[cfg(any(target_os = "linux", target_os = "android"))]
mod attributes;
#[cfg(any(target_os = "linux", target_os = "android"))]
mod facts;
#[cfg(any(target_os = "linux", target_os = "android"))]
mod lease;
#[cfg(any(target_os = "linux", target_os = "android"))]
mod mapping;
#[cfg(any(target_os = "linux", target_os = "android"))]
mod mounts;
#[cfg(any(target_os = "linux", target_os = "android"))]
mod places;
mod status;

#[cfg(unix)]
#[path = "dir_unix.rs"]
mod dir;
#[cfg(windows)]
#[path = "dir_windows.rs"]
mod dir;
#[cfg(unix)]
#[path = "unix.rs"]
mod family;
#[cfg(windows)]
#[path = "windows.rs"]
mod family;

#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) use attributes::*;
pub(crate) use dir::Dir;
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) use facts::*;
pub(crate) use family::*;
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) use mapping::*;
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) use mounts::{MountId, fs_type_by, mount_of};
pub(crate) use os::*;
pub(crate) use status::{Status, status};

#[cfg(not(any(unix, windows)))]
compile_error!(
    "reflink works on Unix and Windows: add a file for this system beside src/sys/unix.rs"
);

/// Whether an SMB server may have the file: nothing tells of one that was removed there.
pub(crate) fn may_be_on_smb(file: &std::fs::File) -> bool {
    fs_type(file).is_none_or(crate::error::FsType::is_smb)
}

/// Whether a server or another program may have the file.
pub(crate) fn may_be_remote(file: &std::fs::File) -> bool {
    HAS_REFLINK && fs_type(file).is_none_or(crate::error::FsType::is_network)
}

/// Whether a program has the files of the directory.
pub(crate) fn is_on_fuse(dir: &Dir) -> bool {
    fs_type_of_dir(dir).and_then(crate::error::FsType::name) == Some("fuse")
}

/// Whether what is shared with the file are clusters, of which the kernel takes more than it is asked for.
pub(crate) fn shares_clusters(file: &std::fs::File) -> bool {
    fs_type(file).is_some_and(crate::error::FsType::shares_clusters)
}

/// What a file shows under each of its numbers, if it has several.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Facts {
    pub(crate) len: u64,
    pub(crate) modified: Time,
    pub(crate) changed: Time,
    /// `None` if the filesystem has none.
    pub(crate) born: Option<Time>,
}

/// Since the epoch.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Time {
    pub(crate) seconds: i64,
    pub(crate) nanoseconds: i64,
}

/// An extent as FS_IOC_FIEMAP reports it.
pub(crate) struct RawExtent {
    pub(crate) offset: u64,
    pub(crate) physical: u64,
    pub(crate) len: u64,
    pub(crate) flags: u32,
}

/// What FIDEDUPERANGE says of one destination.
#[cfg_attr(
    not(any(target_os = "linux", target_os = "android")),
    expect(dead_code, reason = "only Linux has the call")
)]
pub(crate) enum DedupeAnswer {
    /// So many bytes from the start of the range are shared now.
    Shared(u64),
    /// The bytes are not equal, and nothing was shared.
    Differs,
    Failed(std::io::Error),
}
