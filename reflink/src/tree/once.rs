//! Entries with several names: one copy, and links to it.

use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;

use super::choices::Follow;
use super::directories;
use super::links::{Inode, Place, Turn};
use super::node::{Node, Pair};
use super::publish::{New, publish};
use super::worker::Worker;
use crate::choices::Overwrite;
use crate::error::{Result, Side};
use crate::open::At;
use crate::staging::Target;
use crate::sys::{self, Dir, FileId};

/// Makes an entry with several names once, with `make`, and links the other names to it. `kind` is its type
/// (S_IFMT), or `None` for a regular file.
pub(super) fn once(
    worker: &mut Worker<'_, '_>,
    (node, pair, name): (&Arc<Node>, &Pair, &Path),
    (inode, names, kind): (Inode, u64, Option<u32>),
    make: impl FnOnce(&mut Worker<'_, '_>) -> Result<()>,
) -> Result<()> {
    if names < 2 || !worker.job.plan.keep_hard_links {
        return make(worker);
    }
    // A followed link is one more way to the file, and nothing tells how many there are.
    let follows = worker.job.plan.follow == Follow::Always;
    let names = if follows { u64::MAX } else { names };
    match worker.job.links.turn(inode, names) {
        Turn::First => {
            let made = make(worker);
            match &made {
                Ok(()) => worker.job.links.copied(inode, node, name),
                Err(_) => worker.job.links.failed(inode),
            }
            made
        }
        Turn::Link(place) => {
            let error = match link(worker, &place, (node, pair, name), (inode.0, kind)) {
                Ok(()) => {
                    worker.outcome.links += 1;
                    worker.job.count_entry(0);
                    return Ok(());
                }
                Err(error) => error,
            };
            let in_place = worker.job.settings.overwrite == Overwrite::InPlace;
            let can_copy = error.io_error().is_some_and(|it| match it.kind() {
                ErrorKind::PermissionDenied => true,
                // The file that has the name gets the bytes, and keeps its inode.
                ErrorKind::AlreadyExists => in_place && kind.is_none(),
                // The file has as many links as the filesystem allows, or the filesystem allows
                // none: the name gets a copy of its own.
                _ => sys::cannot_link_this(it),
            });
            if can_copy { make(worker) } else { Err(error) }
        }
    }
}

/// Adds the name `name` to the copy at `place`.
fn link(
    worker: &mut Worker<'_, '_>,
    place: &Place,
    (node, pair, name): (&Arc<Node>, &Pair, &Path),
    source: (FileId, Option<u32>),
) -> Result<()> {
    let dir = pair.destination_dir();
    if Arc::ptr_eq(&place.node, node) {
        return link_from(worker, &dir, place, &dir, (node, name, source));
    }
    let from = match worker.linked_from.take() {
        Some((from, dir)) if Arc::ptr_eq(&from, &place.node) => dir,
        _ => directories::open_from_root(worker.job, &place.node, Side::Destination)?,
    };
    let linked = link_from(worker, &Dir::of(&from), place, &dir, (node, name, source));
    worker.linked_from = Some((Arc::clone(&place.node), from));
    linked
}

fn link_from(
    worker: &mut Worker<'_, '_>,
    from: &Dir<'_>,
    place: &Place,
    to: &Dir<'_>,
    (node, name, (source, kind)): (&Arc<Node>, &Path, (FileId, Option<u32>)),
) -> Result<()> {
    if worker.job.merges() && worker.job.settings.overwrite != Overwrite::Never {
        let found = |dir: &Dir<'_>, name| dir.inspect(name, false).ok().flatten();
        let (now, wanted) = (found(to, name), found(from, &place.name));
        if now.zip(wanted).is_some_and(|(now, wanted)| now.id == wanted.id) {
            // An earlier copy has linked it.
            return Ok(());
        }
    }
    let target = Target::open(At::below(to, name))?;
    let behind = || from.inspect(&place.name, true).ok().flatten().map(|found| found.id);
    let left = publish(New {
        settings: worker.job.settings,
        target: &target,
        check: &|overwrite| match kind {
            // In place, the file that has the name is written to, and gets no other inode.
            None if overwrite == Overwrite::InPlace => target.check(source, Overwrite::Never),
            None => target.check(source, overwrite),
            Some(kind) => target.check_node(kind, source, behind, overwrite),
        },
        make: &mut |name| sys::link_name(from, &place.name, to, name),
        finish: &mut |_| Ok(()),
    })?;
    worker.outcome.left_behind.extend(left.map(|left| worker.job.beside(node, &left)));
    Ok(())
}
