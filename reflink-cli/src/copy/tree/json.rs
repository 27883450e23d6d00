//! `--json`: one object a tree, and one for each entry that failed.

use std::borrow::Cow;
use std::path::Path;

use serde::Serialize;

use super::done::{Done, below};
use crate::failure::Failure;
use crate::json::{Name, line};
use crate::report;
use crate::report::json::{Bytes, Names, NotKept};

/// The object for a tree.
pub(super) fn done(done: &Done<'_>) -> String {
    let outcome = done.outcome;
    line(&Tree {
        names: Names::new(Some(done.source), done.destination),
        entries: Entries {
            files: outcome.files,
            directories: outcome.directories,
            symlinks: outcome.symlinks,
            specials: outcome.specials,
            hard_links: outcome.links,
            total: outcome.entries(),
        },
        bytes: Bytes {
            cloned: outcome.cloned,
            offloaded: outcome.offloaded,
            copied: outcome.copied,
            holes: outcome.holes,
            hard_linked: outcome.hard_linked,
            total: outcome.total(),
        },
        fallbacks: (outcome.fallbacks.iter())
            .map(|(reason, files)| Fallback { reason: reason.to_string(), files: *files })
            .collect(),
        not_kept: (outcome.not_kept.iter())
            .map(|lost| Lost {
                name: Name::from(lost.path.as_path()),
                lost: NotKept::new(&lost.attribute, lost.errno),
            })
            .collect(),
        not_kept_unlisted: outcome.not_kept_unlisted,
        failed: outcome.failed.len(),
        seconds: done.time.as_secs_f64(),
        left_behind: outcome.left_behind.iter().map(|path| path.to_string_lossy()).collect(),
    })
}

/// The object for an entry that failed: that of a file.
pub(super) fn failed(
    (source, destination): (&Path, &Path),
    path: &Path,
    failure: &Failure,
) -> String {
    let (source, destination) = (below(source, path), below(destination, path));
    report::json::failed(Some(&source), &destination, failure)
}

#[derive(Serialize)]
struct Tree<'a> {
    #[serde(flatten)]
    names: Names<'a>,
    entries: Entries,
    bytes: Bytes,
    fallbacks: Vec<Fallback>,
    not_kept: Vec<Lost<'a>>,
    not_kept_unlisted: u64,
    failed: usize,
    seconds: f64,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    left_behind: Vec<Cow<'a, str>>,
}

#[derive(Serialize)]
struct Entries {
    files: u64,
    directories: u64,
    symlinks: u64,
    specials: u64,
    hard_links: u64,
    total: u64,
}

#[derive(Serialize)]
struct Fallback {
    reason: String,
    files: u64,
}

#[derive(Serialize)]
struct Lost<'a> {
    #[serde(flatten)]
    name: Name<'a>,
    #[serde(flatten)]
    lost: NotKept,
}
