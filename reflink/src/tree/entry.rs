//! One entry of a directory, whatever it is.

use std::path::Path;
use std::sync::Arc;

use super::choices::{Entry, Follow, Kind, Visit};
use super::file;
use super::links::{Place, Turn};
use super::node::{Node, Pair};
use super::queue::Task;
use super::worker::Worker;
use super::{directories, nodes};
use crate::error::{Error, Operation, Result, Side};
use crate::sys::{self, Dir, FileId, FileKind};

/// Copies the entry; of a directory the contents are returned as a task.
pub(super) fn copy(
    worker: &mut Worker<'_, '_>,
    node: &Arc<Node>,
    pair: &Pair,
    name: &Path,
    kind: Option<FileKind>,
) -> Result<Option<Task>> {
    let follows = worker.job.options.follow == Follow::Always;
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
        FileKind::Symlink => nodes::copy_symlink(worker, node, pair, name)?,
        FileKind::Special => nodes::copy_special(worker, node, pair, name)?,
    }
    Ok(None)
}

fn kind_of(pair: &Pair, name: &Path, follow: bool) -> Result<FileKind> {
    let found = pair.source_dir().inspect(name, follow);
    let found = found.and_then(|found| found.ok_or_else(sys::errors::not_found));
    found.map(|found| found.kind).map_err(Error::on(Operation::Inspect, Side::Source))
}

fn is_skipped(worker: &Worker<'_, '_>, node: &Arc<Node>, name: &Path, kind: FileKind) -> bool {
    let Some(each) = &worker.job.options.each else { return false };
    let kind = match kind {
        FileKind::Regular => Kind::File,
        FileKind::Directory => Kind::Directory,
        FileKind::Symlink => Kind::Symlink,
        FileKind::Special => Kind::Special,
    };
    each(Entry { path: &node.path_of(name), kind }) == Visit::Skip
}

/// Makes an entry with several names once, by `make`, and links the other names to that.
pub(super) fn once(
    worker: &mut Worker<'_, '_>,
    (node, pair, name): (&Arc<Node>, &Pair, &Path),
    (id, names): (FileId, u64),
    make: impl FnOnce(&mut Worker<'_, '_>) -> Result<()>,
) -> Result<()> {
    if names < 2 || !worker.job.options.keep_hard_links {
        return make(worker);
    }
    match worker.job.links.turn(id, names) {
        Turn::First => {
            let made = make(worker);
            match &made {
                Ok(()) => worker.job.links.copied(id, node, name),
                Err(_) => worker.job.links.failed(id),
            }
            made
        }
        Turn::Link(place) => {
            let error = match link(worker, &place, node, pair, name) {
                Ok(()) => {
                    worker.outcome.links += 1;
                    worker.job.count_entry(0);
                    return Ok(());
                }
                Err(error) => error,
            };
            // As many names as the filesystem allows, or none: the name gets a copy of its own.
            let can_copy = error.io_error().is_some_and(|it| {
                sys::cannot_link_this(it) || it.kind() == std::io::ErrorKind::PermissionDenied
            });
            if can_copy { make(worker) } else { Err(error) }
        }
    }
}

/// Gives the file at `place` the further name `name`.
fn link(
    worker: &mut Worker<'_, '_>,
    place: &Place,
    node: &Arc<Node>,
    pair: &Pair,
    name: &Path,
) -> Result<()> {
    let to = pair.destination_dir();
    let publish = || Error::on(Operation::Publish, Side::Destination);
    if Arc::ptr_eq(&place.node, node) {
        return nodes::link(worker.job, &to, &place.name, &to, name).map_err(publish());
    }
    let is_open =
        worker.linked_from.as_ref().is_some_and(|(from, _)| Arc::ptr_eq(from, &place.node));
    if !is_open {
        worker.linked_from = None;
        let dir = directories::open_from_root(worker.job, &place.node, Side::Destination)?;
        worker.linked_from = Some((Arc::clone(&place.node), dir));
    }
    let Some((_, dir)) = &worker.linked_from else { return Ok(()) };
    use std::os::fd::AsFd as _;
    let from = Dir::Borrowed(dir.as_fd());
    nodes::link(worker.job, &from, &place.name, &to, name).map_err(publish())
}
