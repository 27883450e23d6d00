//! What became of a destination.

use crate::error::Error;

/// What became of one destination of [`dedupe`](crate::dedupe).
#[derive(Debug)]
#[non_exhaustive]
pub enum Deduped {
    /// The bytes are equal.
    #[non_exhaustive]
    Shared {
        /// Bytes that are shared now, holes included. Less than the range's length if its end is neither
        /// on a block boundary nor the end of both files (on OCFS2, also if it is): such an end is compared
        /// but cannot be shared. Nor can the bytes of a small file that btrfs or OCFS2 keeps among its
        /// metadata.
        bytes: u64,
    },
    /// The bytes are not equal.
    #[non_exhaustive]
    Differs {
        /// Bytes that are shared now, all of them before the difference.
        bytes: u64,
        /// Where in the source the first different byte is. `None` where none was found: somebody
        /// writes to one of the files, or the destination is not open for reading.
        at: Option<u64>,
    },
    /// The destination could not be compared or shared.
    #[non_exhaustive]
    Failed {
        /// Bytes that are shared now.
        bytes: u64,
        /// Why it went no further.
        error: Error,
    },
}

impl Deduped {
    /// Bytes that are shared now: the range's first ones, except what is kept among the metadata.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        match self {
            Self::Shared { bytes } | Self::Differs { bytes, .. } | Self::Failed { bytes, .. } => {
                *bytes
            }
        }
    }
}
