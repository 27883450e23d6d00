//! The space that files took.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::line::Line;

/// The space that something took.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
pub(in crate::bench) struct Space {
    /// What was made.
    pub(in crate::bench) what: String,
    /// The line that this belongs to, where there is one.
    pub(in crate::bench) line: Option<Line>,
    /// The length of the new files in bytes.
    pub(in crate::bench) length: u64,
    /// By how many bytes the filesystem's free space shrank, metadata included.
    pub(in crate::bench) statfs: i64,
    /// The new files' extents; null where the filesystem does not tell.
    pub(in crate::bench) fiemap: Option<Fiemap>,
}

/// What FIEMAP says about files, summed up.
#[derive(Clone, Copy, Default, Serialize, Deserialize, JsonSchema)]
pub(in crate::bench) struct Fiemap {
    /// Bytes that they share with others.
    pub(in crate::bench) shared: u64,
    /// Bytes of their own.
    pub(in crate::bench) exclusive: u64,
    /// Extents.
    pub(in crate::bench) extents: u64,
}
