//! The options that name a piece of one file and its place in another.

use std::ops::Bound;

use crate::byte_count;

#[derive(clap::Args)]
pub(crate) struct Piece {
    /// Where to start in SOURCE
    #[arg(long, value_name = "N", default_value = "0", value_parser = byte_count::parse)]
    #[arg(allow_hyphen_values = true)]
    pub(crate) src_offset: u64,

    /// Where to start in DEST
    #[arg(long, value_name = "N", default_value = "0", value_parser = byte_count::parse)]
    #[arg(allow_hyphen_values = true)]
    pub(crate) dst_offset: u64,

    /// How many bytes; without it, all up to SOURCE's end
    #[arg(long, value_name = "N", value_parser = byte_count::parse, allow_hyphen_values = true)]
    length: Option<u64>,
}

impl Piece {
    /// Its bytes in SOURCE.
    pub(crate) fn range(&self) -> (Bound<u64>, Bound<u64>) {
        let start = self.src_offset;
        let end = match self.length {
            // No overflow: both are at most i64::MAX, the largest offset of a file.
            Some(length) => Bound::Excluded(start + length),
            None => Bound::Unbounded,
        };
        (Bound::Included(start), end)
    }
}
