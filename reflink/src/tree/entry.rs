//! One entry of a directory, of any type.

use std::path::Path;
use std::sync::Arc;

use super::choices::{Entry, Follow, Kind, Visit};
use super::file;
use super::node::{Node, Pair};
use super::queue::Task;
use super::worker::Worker;
use super::{directories, nodes};
use crate::error::{Error, Operation, Result, Side};
use crate::sys::{self, FileKind};

/// Copies the entry. The contents of a directory are returned as a task.
pub(super) fn copy(
    worker: &mut Worker<'_, '_>,
    node: &Arc<Node>,
    pair: &Pair,
    name: &Path,
    kind: Option<FileKind>,
) -> Result<Option<Task>> {
    let follows = worker.job.plan.follow == Follow::Always;
    let kind = match kind {
        Some(FileKind::Symlink) if follows => kind_of(pair, name, true)?,
        Some(kind) => kind,
        None => kind_of(pair, name, follows)?,
    };
    if is_skipped(worker, node, name, kind) {
        worker.outcome.skipped += 1;
        return Ok(None);
    }
    match kind {
        FileKind::Directory => return directories::make(worker, node, pair, name).map(Some),
        FileKind::Regular => file::copy(worker, node, pair, name)?,
        FileKind::Symlink | FileKind::Special => nodes::copy(worker, node, pair, name, kind)?,
    }
    Ok(None)
}

fn kind_of(pair: &Pair, name: &Path, follow: bool) -> Result<FileKind> {
    let found = pair.source_dir().inspect(name, follow);
    let found = found.and_then(|found| found.ok_or_else(sys::errors::not_found));
    found.map(|found| found.kind).map_err(Error::on(Operation::Inspect, Side::Source))
}

fn is_skipped(worker: &Worker<'_, '_>, node: &Arc<Node>, name: &Path, kind: FileKind) -> bool {
    let Some(each) = &worker.job.plan.each else { return false };
    let kind = match kind {
        FileKind::Regular => Kind::File,
        FileKind::Directory => Kind::Directory,
        FileKind::Symlink => Kind::Symlink,
        FileKind::Special => Kind::Special,
    };
    each(Entry { path: &node.path_of(name), kind }) == Visit::Skip
}
