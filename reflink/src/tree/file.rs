//! Regular files.

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use super::choices::Follow;
use super::job::Job;
use super::node::{Node, Pair};
use super::once::once;
use super::worker::Worker;
use crate::choices::HardLinks;
use crate::copy::copy_opened;
use crate::error::{Error, Operation, Result, Side};
use crate::open::At;
use crate::progress::Progress;
use crate::regular;
use crate::staging::Source;
use crate::sys;
use crate::watch::Observer as _;

/// Copies the regular file `name`.
///
/// # Errors
///
/// ELOOP or EINVAL, among others, if the name belongs to something else by now.
pub(super) fn copy(
    worker: &mut Worker<'_, '_>,
    node: &Arc<Node>,
    pair: &Pair,
    name: &Path,
) -> Result<()> {
    let follows = worker.job.plan.follow == Follow::Always;
    let observer = worker.observer;
    let mut may_wait = || -> ControlFlow<()> { observer.tell(Progress::default()) };
    let file = sys::open_file(&pair.source_dir(), name, follows, &mut may_wait)
        .map_err(Error::on(Operation::Open, Side::Source))?;
    let status = sys::status(&file).map_err(Error::on(Operation::Inspect, Side::Source))?;
    regular::require(&status, Operation::Copy, Side::Source)?;
    let (id, names) = (status.id, status.links);
    let inode = (id, status.born);
    // A hard link is made of a name in the tree, and not of what a link leads to.
    let is_behind_link = follows && worker.call.settings.hard_links != HardLinks::Never && {
        let named = pair.source_dir().inspect(name, false);
        let named = named.map_err(Error::on(Operation::Inspect, Side::Source))?;
        named.is_none_or(|named| named.id != id)
    };
    let source = Source { file, status, is_behind_link };
    once(worker, (node, pair, name), (inode, names, None), |worker| {
        let dir = pair.destination_dir();
        let dst = At { mount: node.destination.mount, ..At::below(&dir, name) };
        let done = copy_opened(&worker.call, &source, dst);
        let mut done = done.inspect_err(|_| observer.give_up())?;
        for left in &mut done.left_behind {
            *left = worker.job.beside(node, left);
        }
        if done.cloned > 0 {
            worker.job.flush.note_clone(&source.file, &source.status);
        }
        observer.finish(done.total());
        worker.outcome.add_file(done, Job::path(node, name));
        Ok(())
    })
}
