//! Parts of the errors' texts.

use std::fmt::{self, Display, Formatter};
use std::path::PathBuf;

use super::{Operation, Side};
use crate::Progress;
use crate::display::Quoted;

/// One file by its path or, where there is none, by its part in the copy.
pub(super) struct OneFile<'a>(pub(super) Side, pub(super) &'a Option<PathBuf>);

impl Display for OneFile<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.1 {
            Some(path) => Quoted(path).fmt(f),
            None => write!(f, "the {}", self.0),
        }
    }
}

/// Where the work was stopped: after so many bytes of so many.
pub(super) struct Stopped(pub(super) u64, pub(super) u64);

impl Display for Stopped {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match *self {
            Self(0, _) => f.write_str("cancelled before the first byte"),
            Self(done, total) => write!(f, "cancelled after {}", Progress { done, total }),
        }
    }
}

/// What a stopped copy has made of its destination.
pub(super) struct State(pub(super) bool);

impl Display for State {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0 { "is incomplete" } else { "was not changed" })
    }
}

pub(super) struct Pair<'a>(pub(super) &'a Option<PathBuf>, pub(super) &'a Option<PathBuf>);

impl Display for Pair<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self(src, dst) = self;
        write!(f, "{} to {}", OneFile(Side::Source, src), OneFile(Side::Destination, dst))
    }
}

/// What an operation was applied to.
pub(super) struct Subject<'a>(
    pub(super) Operation,
    pub(super) Side,
    pub(super) &'a Option<PathBuf>,
    pub(super) &'a Option<PathBuf>,
);

impl Display for Subject<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self(operation, side, path, destination) = self;
        if operation.is_on_both() {
            Pair(path, destination).fmt(f)
        } else {
            OneFile(*side, path).fmt(f)
        }
    }
}
