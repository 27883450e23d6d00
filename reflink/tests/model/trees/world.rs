//! Trees on disk beside their models.

use std::collections::BTreeSet;
use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

use reflink::tree::{Existing, OnError, Options};
use reflink::{Overwrite, Preserve};
use rustix::fs::{AtFlags, CWD, FileType, Mode, Timespec, Timestamps, mknodat, utimensat};
use tempfile::TempDir;

use super::copy::{self, Choices};
use super::op::{Op, TREES};
use super::tree::{Bytes, Kind, Node, Tree};

/// The trees, and what they should be.
pub(crate) struct World {
    dir: TempDir,
    pub(crate) trees: Vec<Tree>,
    /// The time that the next changed entry gets.
    now: i64,
}

impl World {
    pub(crate) fn new() -> Self {
        let trees = (0..TREES).map(|_| Tree::default()).collect();
        Self { dir: crate::common::dir(), trees, now: 1_000_000_000 }
    }

    fn path(&self, tree: usize, path: &Path) -> PathBuf {
        let root = self.dir.path().join(tree.to_string());
        // A slash at the end would follow a link.
        if path.as_os_str().is_empty() { root } else { root.join(path) }
    }

    /// Carries out an operation on both sides; returns what is different after a copy.
    pub(crate) fn step(&mut self, op: &Op) -> Result<(), String> {
        match op {
            Op::Make { tree, path, kind, mode } if self.trees[*tree].is_free(path) => {
                make(&self.path(*tree, path), kind, *mode);
                let node = Node { kind: kind.clone(), mode: *mode, modified: None };
                self.trees[*tree].add(path, node);
                self.touch(*tree, path, true);
            }
            Op::Write { tree, path, bytes } => {
                if let Some(Node { kind: Kind::File(_), .. }) = self.trees[*tree].get(path) {
                    fs::write(self.path(*tree, path), &bytes.0).unwrap();
                    self.trees[*tree].get_mut(path).kind = Kind::File(bytes.clone());
                    self.touch(*tree, path, false);
                }
            }
            Op::Link { tree, path, to } => {
                let model = &self.trees[*tree];
                let Some(&node) = model.names.get(path) else { return Ok(()) };
                if model.is_free(to) && !model.is_directory(path) {
                    fs::hard_link(self.path(*tree, path), self.path(*tree, to)).unwrap();
                    self.trees[*tree].set(to, node);
                    self.touch(*tree, to, true);
                }
            }
            Op::Remove { tree, path } if self.trees[*tree].get(path).is_some() => {
                remove(&self.path(*tree, path));
                self.trees[*tree].remove(path);
                if let Some(parent) = path.parent() {
                    self.touch(*tree, parent, false);
                }
            }
            Op::SetMode { tree, path, mode } => {
                let node = self.trees[*tree].get(path);
                if node.is_some_and(|node| !matches!(node.kind, Kind::Link(_))) {
                    let mode = Permissions::from_mode(*mode);
                    fs::set_permissions(self.path(*tree, path), mode.clone()).unwrap();
                    self.trees[*tree].get_mut(path).mode = mode.mode();
                }
            }
            Op::Copy { from, to, is_new, choices } if !self.trees[*from].names.is_empty() => {
                if *is_new && !self.trees[*to].names.is_empty() {
                    remove(&self.path(*to, Path::new("")));
                    self.trees[*to] = Tree::default();
                }
                return self.copy(*from, *to, *choices);
            }
            _ => {}
        }
        Ok(())
    }

    /// Gives an entry, and its directory if that changed, a time.
    fn touch(&mut self, tree: usize, path: &Path, is_new: bool) {
        let parent = path.parent().filter(|_| is_new);
        for path in [Some(path), parent].into_iter().flatten() {
            self.now += 1;
            let time = Timespec { tv_sec: self.now, tv_nsec: 0 };
            let times = Timestamps { last_access: time, last_modification: time };
            utimensat(CWD, self.path(tree, path), &times, AtFlags::SYMLINK_NOFOLLOW).unwrap();
            self.trees[tree].get_mut(path).modified = Some(self.now);
        }
    }

    fn copy(&mut self, from: usize, to: usize, choices: Choices) -> Result<(), String> {
        let source = self.trees[from].clone();
        let is_new = self.trees[to].names.is_empty();
        let failed = copy::copy(&source, &mut self.trees[to], choices);
        let [src, dst] = [from, to].map(|tree| self.path(tree, Path::new("")));
        let done =
            options(choices, is_new).copy(&src, &dst).map_err(|error| format!("{error:?}"))?;
        let found: BTreeSet<_> = done.failed.iter().map(|failure| failure.path.clone()).collect();
        if found != failed {
            return Err(format!("these failed: {:?}, and not {failed:?}", done.failed));
        }
        let is_copied = |path: &&PathBuf| !path.ancestors().any(|above| failed.contains(above));
        let copied = source.names.keys().filter(is_copied).count() as u64;
        if done.entries() != copied || !done.not_kept.is_empty() || !done.left_behind.is_empty() {
            return Err(format!("{copied} entries were copied, but {done:?}"));
        }
        source.compare(&src)?;
        self.trees[to].compare(&dst)
    }
}

fn options<'a>(choices: Choices, is_new: bool) -> Options<'a> {
    let Choices { keeps_times, keeps_links, overwrite, threads } = choices;
    let preserve = if keeps_times { Preserve::TIMES } else { Preserve::NONE };
    // A new tree has nothing to overwrite.
    let existing =
        if is_new && overwrite == Overwrite::Never { Existing::Fail } else { Existing::Merge };
    Options::new()
        .files(reflink::Options::new().preserve(preserve).overwrite(overwrite))
        .keep_hard_links(keeps_links)
        .threads(threads)
        .existing(existing)
        .errors(OnError::GoOn)
}

fn make(path: &Path, kind: &Kind, mode: u32) {
    match kind {
        Kind::Directory => fs::create_dir(path).unwrap(),
        Kind::File(Bytes(bytes)) => fs::write(path, bytes).unwrap(),
        Kind::Link(target) => return symlink(target, path).unwrap(),
        Kind::Fifo => mknodat(CWD, path, FileType::Fifo, Mode::RUSR, 0).unwrap(),
    }
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

fn remove(path: &Path) {
    if path.symlink_metadata().unwrap().is_dir() {
        fs::remove_dir_all(path).unwrap();
    } else {
        fs::remove_file(path).unwrap();
    }
}
