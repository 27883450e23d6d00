//! A directory of the tree: its place below the root, and its open descriptors.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::staging::Source;
use crate::sys::{Dir, Status};

/// The mode of a directory whose contents are not complete.
pub(super) const OWNER_ONLY: u32 = 0o700;

/// A directory whose contents are being copied.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) parent: Option<Arc<Node>>,
    /// Its name in the parent; empty for the root.
    pub(super) name: PathBuf,
    /// The status of the source when it was opened; reading the source changes its access time.
    pub(super) source: Status,
    /// The status of the destination when it was made or found. Its mount is that of each file that is made in it.
    pub(super) destination: Status,
    /// Whether the destination already existed.
    pub(super) existed: bool,
    /// How many parts of the work are unfinished: reading the directory, parts that were handed to
    /// other threads, and each directory in it. At 0 the directory gets its metadata.
    unfinished: AtomicUsize,
}

impl Node {
    /// A directory that is about to be read.
    pub(super) fn new(
        parent: Option<&Arc<Self>>,
        name: &Path,
        source: Status,
        (destination, existed): (Status, bool),
    ) -> Arc<Self> {
        if let Some(parent) = parent {
            parent.begin_part();
        }
        let (parent, name) = (parent.cloned(), name.to_owned());
        let unfinished = AtomicUsize::new(1);
        Arc::new(Self { parent, name, source, destination, existed, unfinished })
    }

    /// Adds one part to the unfinished work.
    pub(super) fn begin_part(&self) {
        self.unfinished.fetch_add(1, Ordering::Relaxed);
    }

    /// Ends a part; true if it was the last.
    pub(super) fn end_part(&self) -> bool {
        self.unfinished.fetch_sub(1, Ordering::AcqRel) == 1
    }

    /// The directories from the root, which is left out, to this one.
    pub(super) fn from_root(self: &Arc<Self>) -> Vec<&Arc<Self>> {
        let mut nodes: Vec<_> = self.ancestors().collect();
        nodes.pop();
        nodes.reverse();
        nodes
    }

    /// This directory and its ancestors.
    pub(super) fn ancestors(self: &Arc<Self>) -> impl Iterator<Item = &Arc<Self>> {
        std::iter::successors(Some(self), |node| node.parent.as_ref())
    }

    /// The path from the root to `name` in this directory.
    pub(super) fn path_of(self: &Arc<Self>, name: &Path) -> PathBuf {
        let mut path: PathBuf = self.from_root().into_iter().map(|node| &node.name).collect();
        if !name.as_os_str().is_empty() {
            path.push(name);
        }
        path
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        // In a loop, because a tree can be deeper than the stack.
        let mut next = self.parent.take();
        while let Some(mut node) = next.and_then(Arc::into_inner) {
            next = node.parent.take();
        }
    }
}

/// A source directory and its copy, both open for reading.
pub(super) struct Pair {
    pub(super) source: Source,
    pub(super) destination: File,
}

impl Pair {
    pub(super) fn source_dir(&self) -> Dir<'_> {
        Dir::of(&self.source.file)
    }

    pub(super) fn destination_dir(&self) -> Dir<'_> {
        Dir::of(&self.destination)
    }
}
