//! The answer of a trial, and what it rests on.

use std::fmt::{self, Display, Formatter};

use crate::error::{FsType, Reason};

/// Whether files can be cloned somewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Support {
    /// A clone was made, and its blocks were seen to be shared.
    Yes,
    /// A clone was refused.
    No(Reason),
    /// Neither of the two was found out.
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
    /// The kernel reported a clone, but not whether its blocks are shared: the filesystem or its server
    /// lists no shared extents (NFS, SMB, ZFS).
    SharingHidden,
}

/// How a [`Probe`] came to its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Evidence {
    /// One block was cloned, and FIEMAP shows both files at the same place, shared.
    SharedExtents,
    /// The kernel says that one block was cloned.
    CloneAccepted,
    /// The kernel refused to clone one block.
    CloneRefused,
    /// Cloning one block failed, or reading it after that.
    CloneFailed,
    /// The kernel says that one block was cloned, and the clone has other bytes.
    CloneDiffers,
    /// Nothing was tried.
    NotTried,
}

/// What was found out about a place, or a pair of places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Probe {
    /// The answer.
    pub support: Support,
    /// How it was found out.
    pub evidence: Evidence,
    /// The filesystem of the destination.
    pub filesystem: Option<FsType>,
    /// Its block size in bytes: what offsets and lengths of a range clone must be multiples of.
    /// `None` where it is not known: network filesystems do not tell the server's.
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
