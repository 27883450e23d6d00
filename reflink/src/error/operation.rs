//! The steps of a copy, as errors name them.

use std::fmt::{self, Display, Formatter};

/// One of the two files of a copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Side {
    /// The file that is read.
    Source,
    /// The file that is written.
    Destination,
}

impl Display for Side {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Source => "source",
            Self::Destination => "destination",
        })
    }
}

/// The operation that failed. Displays as a verb: "open", "set the times of".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Operation {
    /// Opening a file: open(2).
    Open,
    /// Reading length, type and mode: fstat(2).
    Inspect,
    /// Creating the new file in the destination's directory: open(2) with O_TMPFILE or O_CREAT.
    Create,
    /// Sharing blocks: ioctl_ficlone(2), ioctl_ficlonerange(2).
    Clone,
    /// Copying inside the kernel: copy_file_range(2).
    CopyFileRange,
    /// Copying as a whole, if no single system call failed.
    Copy,
    /// Reading: pread(2).
    Read,
    /// Writing: pwrite(2).
    Write,
    /// Setting the length: ftruncate(2).
    SetLength,
    /// Making a hole: fallocate(2) with FALLOC_FL_PUNCH_HOLE.
    PunchHole,
    /// Setting the permission bits: fchmod(2).
    SetPermissions,
    /// Setting owner and group: fchown(2).
    SetOwner,
    /// Setting access and modification time: futimens(3).
    SetTimes,
    /// Listing extents: FS_IOC_FIEMAP.
    MapExtents,
    /// Sharing equal blocks: ioctl_fideduperange(2).
    Dedupe,
    /// Taking a snapshot of a btrfs subvolume: BTRFS_IOC_SNAP_CREATE.
    Snapshot,
    /// Reading extended attributes: flistxattr(2), fgetxattr(2).
    ReadXattrs,
    /// Setting or removing extended attributes: fsetxattr(2), fremovexattr(2).
    SetXattrs,
    /// Flushing to stable storage: fsync(2).
    Sync,
    /// Flushing the directory that has the name of a new file: fsync(2).
    SyncDirectory,
    /// Closing, which reports failed writes on some filesystems: close(2).
    Close,
    /// Giving the finished file its name: linkat(2).
    Publish,
    /// Replacing an existing file with the finished one: renameat(2).
    Replace,
}

impl Operation {
    /// Whether an error about that side concerns both files, so that a message should name both. A
    /// dedupe takes several destinations, and a refusal of its source concerns all of them.
    pub(crate) fn concerns_both(self, side: Side) -> bool {
        match self {
            Self::Clone | Self::CopyFileRange | Self::Copy | Self::Snapshot => true,
            Self::Dedupe => side == Side::Destination,
            _ => false,
        }
    }
}

impl Display for Operation {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Open => "open",
            Self::Inspect => "inspect",
            Self::Create => "create",
            Self::Clone => "clone",
            Self::CopyFileRange | Self::Copy => "copy",
            Self::Read => "read",
            Self::Write => "write",
            Self::SetLength => "set the length of",
            Self::PunchHole => "make a hole in",
            Self::SetPermissions => "set the permissions of",
            Self::SetOwner => "set the owner of",
            Self::SetTimes => "set the times of",
            Self::MapExtents => "list the extents of",
            Self::Dedupe => "dedupe",
            Self::Snapshot => "snapshot",
            Self::ReadXattrs => "read the extended attributes of",
            Self::SetXattrs => "set the extended attributes of",
            Self::Sync => "sync",
            Self::SyncDirectory => "sync the directory of",
            Self::Close => "close",
            Self::Publish => "create",
            Self::Replace => "replace",
        })
    }
}
