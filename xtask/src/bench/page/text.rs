//! The standing text of a report.

use super::units::with_unit;
use crate::bench::report::{Axis, Topic, Unit};

impl Topic {
    pub(in crate::bench) fn title(self) -> &'static str {
        match self {
            Self::Methods => "Methods and sizes",
            Self::Extents => "Extents",
            Self::Overwrites => "The first write",
            Self::Fragmentation => "After many writes",
            Self::Generations => "Clones of clones",
            Self::Threads => "Threads",
            Self::SmallFiles => "Small files",
            Self::JustWritten => "Just written",
            Self::Rounds => "Snapshots of a tree",
            Self::Trees => "Trees of small files",
            Self::Dedupe => "Dedupe",
        }
    }

    /// What was done.
    pub(super) fn explanation(self) -> &'static str {
        match self {
            Self::Methods => {
                "One open file onto another, new one, in turns: by clone (FICLONE), by \
                 copy_file_range, by read and write, and by this library, which takes a clone if it \
                 can. The source is on disk and in the page cache. A copy is in the page cache when its call returns; what it costs to have it \
                 on disk shows with an fsync."
            }
            Self::Extents => {
                "Clones of files with more and more extents of one block, each with a hole behind \
                 it. FIEMAP counted them."
            }
            Self::Overwrites => {
                "Whole blocks are overwritten and then synced: in a fresh clone, in the same places \
                 once more, and in a file of the same size that was never cloned. What is written \
                 first to a shared block needs a new one."
            }
            Self::Fragmentation => {
                "More and more blocks are overwritten at random places, in a clone and in a file \
                 that was never cloned. After each step the file is synced, its extents are \
                 counted, and it is read from start to end, without the page cache. On xfs a clone \
                 with the hint to copy shared blocks in pieces of 1 MiB (xfs_io's cowextsize) is \
                 beside them."
            }
            Self::Generations => {
                "A file of 1 MiB is cloned, the clone is cloned, and so on; and one file is cloned \
                 again and again. All clones stay."
            }
            Self::Threads => {
                "Threads make clones of files of 1 MiB, each in a directory of its own: all of one \
                 file, or each of its own. The rate is that of all threads together."
            }
            Self::SmallFiles => {
                "Many files, one after the other, are opened and copied to new names; on disk \
                 before (clean), or just written (dirty). A clone of a dirty file waits until it is \
                 on disk, unless the whole filesystem is synced first; that time counts."
            }
            Self::JustWritten => {
                "A file is written and copied at once, while it is not on disk. A clone has to wait \
                 for the disk; the other methods copy from memory."
            }
            Self::Rounds => {
                "A tree of files is copied, file by file, by clones or by reads and writes; on btrfs, \
                 as root, a subvolume is copied by a snapshot, too. Then 16 bytes are changed at a \
                 random place of each file of the first tree, the filesystem is synced, and the first \
                 tree is read without the page cache. All this is repeated, and all copies stay."
            }
            Self::Trees => {
                "Trees of files of 4 KiB, 100 in a directory, are copied with all their metadata, by \
                 reflink::tree and by cp -a: on disk before (clean), or just written (dirty)."
            }
            Self::Dedupe => {
                "Two files with the same bytes, or with another last byte, are deduped by \
                 reflink::dedupe (FIDEDUPERANGE). Both are on disk and in the page cache. The kernel \
                 compares them; if they differ, the library also finds out where."
            }
        }
    }
}

/// What a measure's plot is called.
pub(super) fn measure_title(topic: Topic, name: &str) -> &'static str {
    match (topic, name) {
        (Topic::Methods, "call") => "Until the call returns",
        (Topic::Methods, _) => "Until the copy is on disk",
        (Topic::Extents, _) => "Time of a clone",
        (Topic::Overwrites, "random") => "Overwriting at random places, time a block",
        (Topic::Overwrites, _) => "Overwriting in order",
        (Topic::Fragmentation, "extents") => "Extents after overwrites",
        (Topic::Fragmentation, _) => "Reading after overwrites",
        (Topic::Generations, _) => "Time of one more clone",
        (Topic::Threads, _) => "Clones a second",
        (Topic::SmallFiles, "clean") => "Small files, clean, time a file",
        (Topic::SmallFiles, _) => "Small files, dirty, time a file",
        (Topic::Rounds, "copy") => "Copying the tree",
        (Topic::Rounds, "write") => "Writing to the tree",
        (Topic::Rounds, "read") => "Reading the tree",
        (Topic::Rounds, _) => "Space used so far",
        (Topic::Trees, "clean") => "Trees, clean, time a file",
        (Topic::Trees, _) => "Trees, dirty, time a file",
        (Topic::Dedupe, _) => "Time for a GiB",
        (Topic::JustWritten, _) => "Until the call returns, just written",
    }
}

/// "4 KiB", "1 block", "8 threads"
pub(super) fn position(x: f64, axis: &Axis) -> String {
    let value = with_unit(x, axis.unit);
    if axis.unit != Unit::Count {
        return value;
    }
    let things = axis.label.split([' ', ',']).next().unwrap_or_default();
    let things = if x == 1.0 { things.trim_end_matches('s') } else { things };
    format!("{value} {things}")
}
