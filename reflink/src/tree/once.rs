//! Entries with several names: one copy, and links to it.

use std::os::fd::AsFd as _;
use std::path::Path;
use std::sync::Arc;

use super::choices::Follow;
use super::links::{Place, Turn};
use super::node::{Node, Pair};
use super::worker::Worker;
use super::{directories, publish};
use crate::error::{Error, Operation, Result, Side};
use crate::sys::{self, Dir, FileId};

/// Makes an entry with several names once, with `make`, and links the other names to it.
pub(super) fn once(
    worker: &mut Worker<'_, '_>,
    (node, pair, name): (&Arc<Node>, &Pair, &Path),
    (id, names): (FileId, u64),
    make: impl FnOnce(&mut Worker<'_, '_>) -> Result<()>,
) -> Result<()> {
    if names < 2 || !worker.job.plan.keep_hard_links {
        return make(worker);
    }
    // A followed link is one more way to the file, and nothing tells how many there are.
    let follows = worker.job.plan.follow == Follow::Always;
    let names = if follows { u64::MAX } else { names };
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
            // The file has as many links as the filesystem allows, or the filesystem allows none:
            // the name gets a copy of its own.
            let can_copy = error.io_error().is_some_and(|it| {
                sys::cannot_link_this(it) || it.kind() == std::io::ErrorKind::PermissionDenied
            });
            if can_copy { make(worker) } else { Err(error) }
        }
    }
}

/// Adds the name `name` to the file at `place`.
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
        return publish::link(worker.job, &to, &place.name, &to, name).map_err(publish());
    }
    let is_open =
        worker.linked_from.as_ref().is_some_and(|(from, _)| Arc::ptr_eq(from, &place.node));
    if !is_open {
        worker.linked_from = None;
        let dir = directories::open_from_root(worker.job, &place.node, Side::Destination)?;
        worker.linked_from = Some((Arc::clone(&place.node), dir));
    }
    let Some((_, dir)) = &worker.linked_from else { return Ok(()) };
    let from = Dir::Borrowed(dir.as_fd());
    publish::link(worker.job, &from, &place.name, &to, name).map_err(publish())
}
