//! What Windows has.

pub(super) mod clone;
mod control;
pub(super) mod dir;
pub(crate) mod errors;
mod file;
mod holes;
mod information;
mod nodes;
mod open;
mod rename;
mod special;
mod status;

pub(crate) use clone::{block_size, differ_in_integrity, own_block_size};
pub(crate) use dir::Dir;
pub(crate) use file::*;
pub(crate) use holes::{
    HOLES_MOVE_OFFSET, cannot_change_allocation, expect_holes, next_data, next_hole, punch_hole,
};
pub(crate) use nodes::*;
pub(crate) use rename::rename_no_replace;
pub(crate) use special::Special;
pub(crate) use status::status;

/// Whether files have owners that are numbers.
pub(crate) const HAS_OWNERS: bool = false;
/// Whether there is a call that clones into an open file.
pub(crate) const CLONES_INTO_FILES: bool = true;
