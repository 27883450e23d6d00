//! A tree that was copied.

use std::path::{Path, PathBuf};
use std::time::Duration;

use reflink::tree::Outcome;

/// A tree that was copied, whole or in part.
pub(super) struct Done<'a> {
    pub(super) source: &'a Path,
    pub(super) destination: &'a Path,
    pub(super) outcome: &'a Outcome,
    pub(super) time: Duration,
}

/// The path of an entry; the root's own is empty, and would add a slash.
pub(super) fn below(root: &Path, path: &Path) -> PathBuf {
    if path.as_os_str().is_empty() { root.to_owned() } else { root.join(path) }
}
