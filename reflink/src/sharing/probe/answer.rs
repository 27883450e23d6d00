//! The result of a trial, and its evidence.

use std::fmt::{self, Display, Formatter};

use crate::error::{FsType, Reason};

/// Whether files can be cloned in a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Support {
    /// A clone was made, and FIEMAP showed that its blocks are shared.
    Yes,
    /// A clone was refused.
    No(Reason),
    /// Neither yes nor no.
    Unknown(Inconclusive),
}

/// Why a [`probe`](crate::probe) found neither yes nor no.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Inconclusive {
    /// The files to try it with could not be made or written (EACCES, EROFS, ENOSPC, …).
    NotTried {
        /// The kernel's errno, if there was one.
        errno: Option<i32>,
    },
    /// The trial failed, but not because of cloning (EIO, ENOSPC, a server that is gone).
    Failed {
        /// The kernel's errno; `None` if the kernel reported success, but the clone has other bytes.
        errno: Option<i32>,
    },
    /// The kernel reported a clone, but nothing shows whether its blocks are shared: the filesystem
    /// or its server lists no shared extents (NFS, SMB, ZFS).
    SharingHidden,
}

/// The evidence for the result of a [`Probe`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Evidence {
    /// One block was cloned, and FIEMAP shows both files at the same place, shared.
    SharedExtents,
    /// The kernel reported that one block was cloned.
    CloneAccepted,
    /// The kernel refused to clone one block.
    CloneRefused,
    /// Cloning one block, or reading it afterwards, failed.
    CloneFailed,
    /// The kernel reported that one block was cloned, but the clone has other bytes.
    CloneDiffers,
    /// Nothing was tried.
    NotTried,
}

/// The result for a place, or a pair of places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Probe {
    /// Whether files can be cloned.
    pub support: Support,
    /// The evidence.
    pub evidence: Evidence,
    /// The filesystem of the destination.
    pub filesystem: Option<FsType>,
    /// Its block size in bytes: offsets and lengths of a range clone must be multiples of it.
    /// `None` if it is unknown: network filesystems do not report the server's block size.
    pub block_size: Option<u64>,
}

impl Display for Evidence {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::SharedExtents => "cloned a block and saw it shared",
            Self::CloneAccepted => "cloned a block, and cannot see whether it is shared",
            Self::CloneRefused => "the kernel refused to clone a block",
            Self::CloneFailed => "cloning a block failed",
            Self::CloneDiffers => "a block was cloned, and the clone has other bytes",
            Self::NotTried => "not tried",
        })
    }
}
