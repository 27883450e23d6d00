//! Parts of the errors' texts.

use std::fmt::{self, Display, Formatter};
use std::path::PathBuf;

use super::operation::{Operation, Side};
use crate::display::Quoted;
use crate::progress::Progress;

/// A file by its path or, if it has none, by its role in the copy.
pub(super) struct OneFile<'a>(pub(super) Side, pub(super) &'a Option<PathBuf>);

impl Display for OneFile<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.1 {
            Some(path) => Quoted(path).fmt(f),
            None => write!(f, "the {}", self.0),
        }
    }
}

/// How many bytes were done when the work was stopped.
pub(super) struct Stopped(pub(super) u64, pub(super) u64);

impl Display for Stopped {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match *self {
            Self(0, _) => f.write_str("cancelled before the first byte"),
            Self(done, total) => write!(f, "cancelled after {}", Progress { done, total }),
        }
    }
}

/// The state of the destination after a stopped copy.
pub(super) struct State(pub(super) bool);

impl Display for State {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0 { "is incomplete" } else { "was not changed" })
    }
}

/// The files that an operation was applied to.
pub(super) struct Subject<'a>(
    pub(super) Operation,
    pub(super) Side,
    pub(super) &'a Option<PathBuf>,
    pub(super) &'a Option<PathBuf>,
);

impl Display for Subject<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self(operation, side, path, destination) = self;
        if operation.concerns_both(*side) {
            let (src, dst) = (OneFile(Side::Source, path), OneFile(Side::Destination, destination));
            write!(f, "{src} to {dst}")
        } else {
            OneFile(*side, path).fmt(f)
        }
    }
}
