//! The choices that a tree copy leaves to its caller.

use std::path::Path;

/// What to do if the destination exists.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Existing {
    /// Fail with EEXIST, without a race.
    #[default]
    Fail,
    /// If it is a directory, copy into it. Each file is replaced as the file options specify,
    /// entries that only the destination has stay, and existing directories get the metadata of the
    /// source's. An error leaves what was copied so far.
    Merge,
}

/// What an error of one entry means for the others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OnError {
    /// The copy stops, and a new tree is removed.
    #[default]
    Stop,
    /// The entry is left out and reported in [`Outcome::failed`](super::Outcome::failed). ENOSPC,
    /// EDQUOT, EROFS, EMFILE and ENFILE still stop the copy, and so does EIO, except if the source cannot
    /// be read: its other files may be readable. ENOSPC for an attribute does not: ext4 and btrfs return it for one that is
    /// too large. A file that [`Mode::Always`](crate::Mode::Always) cannot clone stops the copy.
    GoOn,
}

/// Which symbolic links of the source are followed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Follow {
    /// None: a link at the root is ENOTDIR.
    Never,
    /// The root, if it is a link. All others are copied as links.
    #[default]
    Root,
    /// All: their targets are copied. A dangling link is an error, and a link to a directory that
    /// contains it is ELOOP.
    Always,
}

/// The type of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// A symbolic link.
    Symlink,
    /// A FIFO, a socket or a device.
    Special,
}

/// An entry that is about to be copied, for the callback of [`Options::each`](super::Options::each).
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Entry<'e> {
    /// Its path, from the root of the source.
    pub path: &'e Path,
    /// Its type.
    pub kind: Kind,
}

/// What to do with an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Visit {
    /// Copy it.
    Copy,
    /// Leave it out, with everything below it.
    Skip,
}
