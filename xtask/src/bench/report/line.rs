//! The lines of plots.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a line shows.
/// The order is that of legends and tables.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub(in crate::bench) enum Line {
    /// The system call FICLONE.
    Clone,
    /// The system call copy_file_range, which may share blocks: see the space it took.
    CopyFileRange,
    /// read and write.
    ReadWrite,
    /// The library, `Mode::Auto`.
    Library,
    /// A sync of the whole filesystem, whose time counts, and clones then.
    SyncFirst,
    /// A clone with xfs's hint to copy shared blocks in pieces of 1 MiB.
    Hinted,
    /// A file that shares nothing.
    Unshared,
    /// A clone, written to for the first time.
    FirstWrite,
    /// The same blocks once more.
    SecondWrite,
    /// Each clone made from the one before.
    Depth,
    /// All clones made from one file.
    Width,
    /// All threads clone one file.
    OneSource,
    /// Each thread clones a file of its own.
    OwnSources,
    /// The library's `reflink::tree`, with all metadata.
    Tree,
    /// A snapshot of a btrfs subvolume.
    Snapshot,
    /// `cp -a`, which clones, too.
    CpArchive,
    /// Two files with the same bytes.
    Equal,
    /// Two files whose last byte differs.
    Unequal,
}
