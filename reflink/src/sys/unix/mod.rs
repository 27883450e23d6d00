//! What all Unix systems have.

pub(super) mod check;
pub(super) mod dir;
pub(crate) mod errors;
pub(super) mod file;
pub(super) mod nodes;
pub(super) mod status;

/// Whether files have owners that are numbers.
pub(crate) const HAS_OWNERS: bool = true;

pub(crate) use dir::Dir;
pub(crate) use file::*;
pub(crate) use nodes::*;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(crate) use status::status;
