//! What Windows has.

pub(super) mod clone;
mod control;
pub(super) mod dir;
pub(crate) mod errors;
mod file;
mod rename;
mod status;

pub(crate) use clone::{block_size, differ_in_integrity, own_block_size};
pub(crate) use dir::Dir;
pub(crate) use file::*;
pub(crate) use rename::rename_no_replace;
pub(crate) use status::status;

/// Whether there is a call that clones into an open file.
pub(crate) const CLONES_INTO_FILES: bool = true;
