//! What Windows has.

pub(super) mod dir;
pub(crate) mod errors;
mod file;
mod status;

pub(crate) use dir::Dir;
pub(crate) use file::*;
pub(crate) use status::status;
