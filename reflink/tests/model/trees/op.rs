//! The operations on trees.

use std::path::PathBuf;

use reflink::Overwrite;

use super::copy::Choices;
use super::tree::{Bytes, Kind, Tree};
use crate::op::Random;

/// The number of trees.
pub(crate) const TREES: usize = 3;
/// Few names, so that the trees have some in common.
const NAMES: [&str; 4] = ["a", "b", "c", "d"];
const MODES: [u32; 4] = [0o600, 0o640, 0o700, 0o755];
const DIRECTORY_MODES: [u32; 3] = [0o700, 0o711, 0o775];

/// One step. It changes nothing if an earlier step that it needs is missing.
#[derive(Clone, Debug)]
pub(crate) enum Op {
    /// A new entry.
    Make {
        tree: usize,
        path: PathBuf,
        kind: Kind,
        mode: u32,
    },
    /// Other bytes in a file, by any of its names.
    Write {
        tree: usize,
        path: PathBuf,
        bytes: Bytes,
    },
    /// One more name of an entry that is no directory.
    Link {
        tree: usize,
        path: PathBuf,
        to: PathBuf,
    },
    /// With everything below.
    Remove {
        tree: usize,
        path: PathBuf,
    },
    SetMode {
        tree: usize,
        path: PathBuf,
        mode: u32,
    },
    /// A new tree, in the place of the old one if `is_new`; else into that.
    Copy {
        from: usize,
        to: usize,
        is_new: bool,
        choices: Choices,
    },
}

impl Op {
    /// A step that makes sense with these trees.
    pub(crate) fn draw(random: &mut Random, trees: &[Tree]) -> Self {
        let tree = random.below(TREES as u64) as usize;
        let paths: Vec<_> = trees[tree].names.keys().collect();
        let directories: Vec<_> =
            paths.iter().copied().filter(|path| trees[tree].is_directory(path)).collect();
        if directories.is_empty() {
            let path = PathBuf::new();
            return Self::Make { tree, path, kind: Kind::Directory, mode: 0o755 };
        }
        let path = random.pick(&paths).clone();
        let directory: &PathBuf = random.pick(&directories);
        // No deeper than the names are different.
        let depth = directory.components().count();
        let new = if depth < 4 { directory.join(random.pick(&NAMES)) } else { path.clone() };
        match random.below(24) {
            0..9 => {
                let (kind, mode) = match random.below(8) {
                    0..3 => (Kind::Directory, random.pick(&DIRECTORY_MODES)),
                    3..6 => (Kind::File(bytes(random)), random.pick(&MODES)),
                    // Links lead nowhere: where a link leads decides what replaces it.
                    6 => (Kind::Link(format!("nowhere/{}", random.below(3)).into()), 0),
                    _ => (Kind::Fifo, random.pick(&MODES)),
                };
                Self::Make { tree, path: new, kind, mode }
            }
            9..12 => Self::Write { tree, path, bytes: bytes(random) },
            12..16 => Self::Link { tree, path, to: new },
            16..18 => Self::Remove { tree, path },
            18 => {
                let is_directory = trees[tree].is_directory(&path);
                let modes = if is_directory { &DIRECTORY_MODES[..] } else { &MODES };
                Self::SetMode { tree, mode: random.pick(modes), path }
            }
            _ => {
                let choices = Choices {
                    keeps_times: random.one_in(2),
                    keeps_links: !random.one_in(4),
                    overwrite: random.pick(&[Overwrite::Replace, Overwrite::Never]),
                    threads: random.pick(&[1, 3]),
                };
                let to = (tree + 1 + random.below(TREES as u64 - 1) as usize) % TREES;
                Self::Copy { from: tree, to, is_new: random.one_in(3), choices }
            }
        }
    }
}

/// Often of a block or less, which filesystems keep elsewhere.
fn bytes(random: &mut Random) -> Bytes {
    let len = random.pick(&[0, 1, 100, 4096, 5000, 20_000]);
    Bytes(crate::common::bytes(random.next() >> 32, len))
}
