//! What a tree copy did.

use std::path::PathBuf;

use crate::error::{Error, Reason};
use crate::outcome::{self, Attribute};
use crate::sys::FileKind;

/// How many entries of lost metadata are listed at most: a copy to a filesystem without owners
/// would list every file.
const MOST: usize = 1000;

/// What a tree copy did: entries by their type, bytes by the method that transferred them.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Outcome {
    /// Regular files that were copied, without further names of a copied file.
    pub files: u64,
    /// Directories, including the root.
    pub directories: u64,
    /// Symbolic links.
    pub symlinks: u64,
    /// FIFOs, sockets and devices.
    pub specials: u64,
    /// Further names of entries that were copied before: hard links within the tree, also those that an earlier copy
    /// has made.
    pub links: u64,
    /// Entries that [`Options::each`](super::Options::each) left out.
    pub skipped: u64,
    /// As [`reflink::Outcome::cloned`](crate::Outcome::cloned), of all files.
    pub cloned: u64,
    /// As [`reflink::Outcome::offloaded`](crate::Outcome::offloaded), of all files.
    pub offloaded: u64,
    /// As [`reflink::Outcome::copied`](crate::Outcome::copied), of all files.
    pub copied: u64,
    /// As [`reflink::Outcome::holes`](crate::Outcome::holes), of all files.
    pub holes: u64,
    /// Bytes of files that are hard links to the source's
    /// ([`reflink::Options::hard_links`](crate::Options::hard_links)).
    pub hard_linked: u64,
    /// Why files were not cloned, and how many files for each reason.
    pub fallbacks: Vec<(Reason, u64)>,
    /// Metadata of the source that the copy did not get: the first thousand items.
    pub not_kept: Vec<NotKept>,
    /// How many more items there are than [`not_kept`](Outcome::not_kept) lists.
    pub not_kept_unlisted: u64,
    /// Entries that were left out because of an error ([`OnError::GoOn`](super::OnError::GoOn)).
    pub failed: Vec<Failure>,
    /// Temporary files that could not be removed.
    pub left_behind: Vec<PathBuf>,
}

/// An entry that is not in the copy, or lacks something, because of an error.
#[derive(Debug)]
#[non_exhaustive]
pub struct Failure {
    /// Its path, from the root of the source.
    pub path: PathBuf,
    /// The error. It has the path as seen from the caller's name of the root.
    pub error: Error,
}

/// Metadata that an entry did not get.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct NotKept {
    /// The entry's path, from the root of the source.
    pub path: PathBuf,
    /// The metadata that it did not get.
    pub attribute: Attribute,
    /// The errno of the failed system call, if there was one.
    pub errno: Option<i32>,
}

impl Outcome {
    /// All bytes of the files, including holes.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.cloned + self.offloaded + self.copied + self.holes + self.hard_linked
    }

    /// All entries of the copy.
    #[must_use]
    pub fn entries(&self) -> u64 {
        self.files + self.directories + self.symlinks + self.specials + self.links
    }

    /// Adds what the copy of one file did.
    pub(super) fn add_file(&mut self, done: outcome::Outcome, path: impl Fn() -> PathBuf) {
        self.files += 1;
        self.cloned += done.cloned;
        self.offloaded += done.offloaded;
        self.copied += done.copied;
        self.holes += done.holes;
        self.hard_linked += done.hard_linked.unwrap_or(0);
        if let Some(reason) = done.fallback {
            self.add_fallback(reason, 1);
        }
        self.add_not_kept(done.not_kept, path);
        self.left_behind.extend(done.left_behind);
    }

    /// Adds what the copy of a symbolic link or a special file did.
    pub(super) fn add_node(
        &mut self,
        kind: FileKind,
        done: outcome::Outcome,
        path: impl Fn() -> PathBuf,
    ) {
        match kind {
            FileKind::Symlink => self.symlinks += 1,
            _ => self.specials += 1,
        }
        self.add_not_kept(done.not_kept, path);
        self.left_behind.extend(done.left_behind);
    }

    pub(super) fn add_not_kept(&mut self, lost: Vec<outcome::NotKept>, path: impl Fn() -> PathBuf) {
        for outcome::NotKept { attribute, errno } in lost {
            if self.not_kept.len() < MOST {
                self.not_kept.push(NotKept { path: path(), attribute, errno });
            } else {
                self.not_kept_unlisted += 1;
            }
        }
    }

    fn add_fallback(&mut self, reason: Reason, files: u64) {
        match self.fallbacks.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, count)) => *count += files,
            None => self.fallbacks.push((reason, files)),
        }
    }

    /// Adds what another thread did.
    pub(super) fn merge(&mut self, other: Self) {
        self.files += other.files;
        self.directories += other.directories;
        self.symlinks += other.symlinks;
        self.specials += other.specials;
        self.links += other.links;
        self.skipped += other.skipped;
        self.cloned += other.cloned;
        self.offloaded += other.offloaded;
        self.copied += other.copied;
        self.holes += other.holes;
        self.hard_linked += other.hard_linked;
        for (reason, files) in other.fallbacks {
            self.add_fallback(reason, files);
        }
        self.not_kept.extend(other.not_kept);
        self.not_kept_unlisted += other.not_kept_unlisted;
        self.not_kept_unlisted += self.not_kept.len().saturating_sub(MOST) as u64;
        self.not_kept.truncate(MOST);
        self.failed.extend(other.failed);
        self.left_behind.extend(other.left_behind);
    }
}
