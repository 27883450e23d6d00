//! The questions.

use clap::ValueEnum;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The questions that an evaluation answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ValueEnum)]
#[serde(rename_all = "snake_case")]
pub(in crate::bench) enum Topic {
    /// Which method is the fastest at which size.
    Methods,
    /// What an extent costs.
    Extents,
    /// What the first write to a clone costs.
    Overwrites,
    /// What many writes make of a clone.
    Fragmentation,
    /// Clones of clones, and many clones of one file.
    Generations,
    /// Many threads.
    Threads,
    /// Many small files.
    SmallFiles,
    /// Sources that are not on disk yet.
    JustWritten,
    /// A tree that is changed and cloned again and again.
    Rounds,
    /// Trees of small files.
    Trees,
    /// Making equal data shared.
    Dedupe,
}

impl Topic {
    /// All of them, in the order of the report.
    pub(in crate::bench) const ALL: [Self; 11] = [
        Self::Methods,
        Self::Extents,
        Self::Overwrites,
        Self::Fragmentation,
        Self::Generations,
        Self::Threads,
        Self::SmallFiles,
        Self::JustWritten,
        Self::Rounds,
        Self::Trees,
        Self::Dedupe,
    ];
}
