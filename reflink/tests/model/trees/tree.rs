//! A tree as a map of paths.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::{fmt, fs};

/// What has one or more names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Node {
    pub(crate) kind: Kind,
    /// 0 for links, which have none of their own.
    pub(crate) mode: u32,
    /// In seconds; `None` if nobody decides it.
    pub(crate) modified: Option<i64>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Directory,
    File(Bytes),
    Link(PathBuf),
    Fifo,
}

/// The bytes of a file; too many to print.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Bytes(pub(crate) Vec<u8>);

impl fmt::Debug for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(bytes) = self;
        write!(f, "{} bytes, {:02x?} first", bytes.len(), &bytes[..bytes.len().min(4)])
    }
}

/// Paths from the root, and the nodes that they lead to. The root is the empty path.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tree {
    pub(crate) names: BTreeMap<PathBuf, u64>,
    pub(crate) nodes: BTreeMap<u64, Node>,
    next: u64,
}

impl Tree {
    pub(crate) fn add(&mut self, path: &Path, node: Node) -> u64 {
        self.next += 1;
        self.nodes.insert(self.next, node);
        self.set(path, self.next);
        self.next
    }

    /// Gives the node one more name, which may have been another's.
    pub(crate) fn set(&mut self, path: &Path, node: u64) {
        self.names.insert(path.to_owned(), node);
        self.forget_nameless();
    }

    pub(crate) fn get(&self, path: &Path) -> Option<&Node> {
        self.names.get(path).map(|node| &self.nodes[node])
    }

    pub(crate) fn get_mut(&mut self, path: &Path) -> &mut Node {
        self.nodes.get_mut(&self.names[path]).unwrap()
    }

    pub(crate) fn is_directory(&self, path: &Path) -> bool {
        self.get(path).is_some_and(|node| node.kind == Kind::Directory)
    }

    /// Whether a new entry can have this path.
    pub(crate) fn is_free(&self, path: &Path) -> bool {
        !self.names.contains_key(path)
            && path.parent().is_none_or(|parent| self.is_directory(parent))
    }

    /// Removes the entry with everything below it.
    pub(crate) fn remove(&mut self, path: &Path) {
        self.names.retain(|name, _| !name.starts_with(path));
        self.forget_nameless();
    }

    fn forget_nameless(&mut self) {
        let named: BTreeSet<_> = self.names.values().collect();
        self.nodes.retain(|node, _| named.contains(node));
    }

    /// The tree on disk.
    pub(crate) fn read(root: &Path) -> Self {
        let (mut tree, mut known) = (Self::default(), BTreeMap::new());
        let mut paths = vec![root.to_owned()];
        while let Some(path) = paths.pop() {
            let status = path.symlink_metadata().unwrap();
            let kind = status.file_type();
            let kind = if kind.is_dir() {
                paths.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
                Kind::Directory
            } else if kind.is_symlink() {
                Kind::Link(fs::read_link(&path).unwrap())
            } else if kind.is_file() {
                Kind::File(Bytes(fs::read(&path).unwrap()))
            } else {
                Kind::Fifo
            };
            let mode = if matches!(kind, Kind::Link(_)) { 0 } else { status.mode() & 0o7777 };
            let node = Node { kind, mode, modified: Some(status.mtime()) };
            let name = path.strip_prefix(root).unwrap();
            match known.get(&status.ino()) {
                Some(node) => tree.set(name, *node),
                None => drop(known.insert(status.ino(), tree.add(name, node))),
            }
        }
        tree
    }

    /// The names of each node: the groups of hard links.
    fn groups(&self) -> BTreeSet<BTreeSet<&Path>> {
        let mut groups = BTreeMap::<u64, BTreeSet<&Path>>::new();
        for (name, node) in &self.names {
            groups.entry(*node).or_default().insert(name);
        }
        groups.into_values().collect()
    }

    /// What is different on disk, if anything.
    pub(crate) fn compare(&self, root: &Path) -> Result<(), String> {
        let found = Self::read(root);
        let names = |tree: &Self| tree.names.keys().cloned().collect::<Vec<_>>();
        if names(&found) != names(self) {
            return Err(format!("{root:?} has {:?}, not {:?}", names(&found), names(self)));
        }
        for name in self.names.keys() {
            let (Some(found), Some(expected)) = (found.get(name), self.get(name)) else { continue };
            let modified = expected.modified.and(found.modified);
            if (&found.kind, found.mode, modified)
                != (&expected.kind, expected.mode, expected.modified)
            {
                return Err(format!("{root:?}: {name:?} is {found:?} instead of {expected:?}"));
            }
        }
        if found.groups() != self.groups() {
            let (found, expected) = (found.groups(), self.groups());
            return Err(format!("{root:?} has the links {found:?}, not {expected:?}"));
        }
        Ok(())
    }
}
