//! How far a tree copy is.

/// How far a tree copy is, for the callback of [`Options::on_progress`](super::Options::on_progress).
///
/// The total is unknown, because nothing is read twice to find it out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// Entries that are done; a directory counts when it has been made.
    pub entries: u64,
    /// Bytes of files that are done, including holes.
    pub bytes: u64,
}
