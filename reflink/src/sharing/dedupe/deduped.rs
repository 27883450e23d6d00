//! The result for a destination.

use crate::error::Error;

/// The result for one destination of [`dedupe`](crate::dedupe).
#[derive(Debug)]
#[non_exhaustive]
pub enum Deduped {
    /// The bytes are equal.
    #[non_exhaustive]
    Shared {
        /// Bytes that are shared now, including holes. Less than the range's length if the range
        /// ends neither on a block boundary nor at the end of both files (on OCFS2, even at the end
        /// of both): such an end is compared but cannot be shared. The bytes of a small file that
        /// btrfs or OCFS2 keeps in its metadata cannot be shared either.
        bytes: u64,
    },
    /// The bytes are not equal.
    #[non_exhaustive]
    Differs {
        /// Bytes that are shared now, all of them before the difference.
        bytes: u64,
        /// The offset in the source of the first different byte. `None` if no difference was found:
        /// somebody is writing to one of the files, or the destination is not open for reading.
        at: Option<u64>,
    },
    /// The destination could not be compared or shared.
    #[non_exhaustive]
    Failed {
        /// Bytes that are shared now.
        bytes: u64,
        /// Why the dedupe stopped.
        error: Error,
    },
}

impl Deduped {
    /// Bytes that are shared now: the first bytes of the range, except those kept in metadata.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        match self {
            Self::Shared { bytes } | Self::Differs { bytes, .. } | Self::Failed { bytes, .. } => {
                *bytes
            }
        }
    }
}
