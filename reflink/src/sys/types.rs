//! What the calls of all systems take and return.

use std::ops::ControlFlow;
use std::time::SystemTime;

/// The type of a file, as far as a copy cares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FileKind {
    Regular,
    Directory,
    Symlink,
    /// A FIFO, a socket or a device.
    Special,
}

/// What a name in a directory stands for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NameStatus {
    pub(crate) kind: FileKind,
    pub(crate) id: FileId,
    pub(crate) mode: u32,
}

/// Device and inode.
#[cfg(not(windows))]
pub(crate) type FileId = (u64, u64);
/// Volume and file: ReFS needs all 128 bits.
#[cfg(windows)]
pub(crate) type FileId = (u64, u128);

/// What one look at an open file found.
#[derive(Clone, Debug)]
pub(crate) struct Status {
    pub(super) kind: FileKind,
    pub(super) len: u64,
    /// The permission bits, set-id bits included. On Windows, attributes stand for them.
    pub(crate) mode: u32,
    /// User and group. Windows has no numbers for them.
    pub(crate) owner: (u32, u32),
    pub(crate) id: FileId,
    /// How many names the file has.
    pub(crate) links: u64,
    /// Bytes of blocks, if that is known.
    pub(crate) allocated: Option<u64>,
    pub(crate) accessed: SystemTime,
    pub(crate) modified: SystemTime,
    pub(crate) changed: SystemTime,
    /// When the file was made, if the filesystem records that: a later file can have the same number.
    pub(crate) born: Option<SystemTime>,
    /// The mount by which the file was opened, if that has a number of its own.
    pub(crate) mount: Option<MountId>,
}

impl Status {
    pub(crate) fn len(&self) -> u64 {
        self.len
    }

    pub(crate) fn is_file(&self) -> bool {
        self.kind == FileKind::Regular
    }

    pub(crate) fn kind(&self) -> FileKind {
        self.kind
    }

    pub(crate) fn is_dir(&self) -> bool {
        self.kind == FileKind::Directory
    }
}

/// The number of a mount, which no other mount gets before the next boot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct MountId(pub(super) u64);

/// Asked while an open waits for a lease; `Break` ends the wait.
pub(crate) type MayWait<'w> = &'w mut dyn FnMut() -> ControlFlow<()>;

/// How a descriptor was opened.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Access {
    pub(crate) reads: bool,
    pub(crate) writes: bool,
    pub(crate) appends: bool,
    /// O_DIRECT: it takes only whole blocks.
    pub(crate) direct: bool,
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
