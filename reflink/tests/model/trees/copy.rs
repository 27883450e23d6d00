//! What a copy does to the model of its destination.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use reflink::Overwrite;

use super::tree::{Kind, Node, Tree};

/// The choices of one copy.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Choices {
    pub(crate) keeps_times: bool,
    pub(crate) keeps_links: bool,
    pub(crate) overwrite: Overwrite,
    pub(crate) threads: usize,
}

/// Copies `src` into `dst`, which exists if it has a root. Returns the entries that fail, without those below
/// them.
pub(crate) fn copy(src: &Tree, dst: &mut Tree, choices: Choices) -> BTreeSet<PathBuf> {
    let mut failed = BTreeSet::<PathBuf>::new();
    // The copies of nodes with several names.
    let mut copies = BTreeMap::new();
    for (path, number) in &src.names {
        if path.ancestors().any(|above| failed.contains(above)) {
            continue;
        }
        let node = &src.nodes[number];
        let old = dst.get(path).map(|node| node.kind.clone());
        if !can_copy(node, old.as_ref(), choices.overwrite) {
            failed.insert(path.clone());
            continue;
        }
        let modified = node.modified.filter(|_| choices.keeps_times);
        let made = Node { modified, ..node.clone() };
        if node.kind == Kind::Directory && old.is_some() {
            *dst.get_mut(path) = made;
        } else if let Some(copy) = copies.get(number).filter(|_| choices.keeps_links) {
            dst.set(path, *copy);
        } else {
            copies.insert(number, dst.add(path, made));
        }
    }
    failed
}

/// Whether `node` can get the name that `old` has.
fn can_copy(node: &Node, old: Option<&Kind>, overwrite: Overwrite) -> bool {
    let Some(old) = old else { return true };
    match (&node.kind, old) {
        (Kind::Directory, old) => *old == Kind::Directory,
        (_, Kind::Directory) => false,
        _ if overwrite == Overwrite::Never => false,
        // Only its like replaces a special file.
        (kind, Kind::Fifo) => *kind == Kind::Fifo,
        _ => true,
    }
}
