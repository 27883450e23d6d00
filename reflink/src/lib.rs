//! Copy-on-write file copies.

use std::fs::File;
use std::ops::RangeBounds;
use std::path::Path;

mod diagnose;
pub mod display;
mod error;
mod metadata;
mod options;
mod outcome;
mod progress;
mod staging;
mod sys;
mod transfer;

pub use error::{Error, FsType, Operation, Reason, Result, Side};
pub use options::{Mode, Options, Overwrite, Permissions, Preserve};
pub use outcome::{Attribute, Method, NotKept, Outcome};
pub use progress::Progress;

/// Clones.
pub fn always(src: impl AsRef<Path>, dst: impl AsRef<Path>) -> Result<Outcome> {
    Options::new().mode(Mode::Always).copy(src, dst)
}

/// Clones or copies.
pub fn auto(src: impl AsRef<Path>, dst: impl AsRef<Path>) -> Result<Outcome> {
    Options::new().mode(Mode::Auto).copy(src, dst)
}

/// Makes `dst` the same as `src`.
pub fn reflink(src: &File, dst: &File, mode: Mode) -> Result<Outcome> {
    Options::new().mode(mode).reflink(src, dst)
}

/// Copies a range.
pub fn partial(
    src: &File,
    range: impl RangeBounds<u64>,
    dst: &File,
    dst_offset: u64,
    mode: Mode,
) -> Result<Outcome> {
    Options::new().mode(mode).partial(src, range, dst, dst_offset)
}
