//! A range that two files share.

/// A run of bytes that is in the same blocks in both files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SharedRange {
    /// Where it starts in the first file, in bytes.
    pub first: u64,
    /// Where it starts in the second file, in bytes.
    pub second: u64,
    /// Its length in bytes.
    pub len: u64,
}
