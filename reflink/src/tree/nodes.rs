//! Symbolic links, FIFOs, sockets and devices.

use std::io;
use std::path::Path;
use std::sync::Arc;

use super::choices::Follow;
use super::job::Job;
use super::node::{Node, Pair};
use super::once::once;
use super::publish::publish;
use super::worker::Worker;
use crate::choices::{Permissions, Preserve};
use crate::error::{Error, Operation, Result, Side};
use crate::outcome::{Attribute, NotKept};
use crate::sys::{self, Dir, FileKind, Special, Status};

/// Copies the symbolic link `name` itself, not its target.
pub(super) fn copy_symlink(
    worker: &mut Worker<'_, '_>,
    node: &Arc<Node>,
    pair: &Pair,
    name: &Path,
) -> Result<()> {
    let from = pair.source_dir();
    let status =
        sys::status_of_name(&from, name).map_err(Error::on(Operation::Inspect, Side::Source))?;
    once(worker, (node, pair, name), (status.id, status.links), |worker| {
        let target =
            sys::read_symlink(&from, name).map_err(Error::on(Operation::Read, Side::Source))?;
        let to = pair.destination_dir();
        publish(worker.job, &to, name, |temporary| {
            sys::make_symlink(&to, temporary, Path::new(&target))
        })
        .map_err(Error::on(Operation::Create, Side::Destination))?;
        worker.outcome.symlinks += 1;
        keep_metadata(worker, node, pair, name, &status)?;
        worker.job.count_entry(0);
        Ok(())
    })
}

/// Copies the FIFO, socket or device `name` without opening it.
pub(super) fn copy_special(
    worker: &mut Worker<'_, '_>,
    node: &Arc<Node>,
    pair: &Pair,
    name: &Path,
) -> Result<()> {
    let open = || Error::on(Operation::Inspect, Side::Source);
    let follows = worker.job.plan.follow == Follow::Always;
    let special = Special::open(&pair.source_dir(), name, follows).map_err(open())?;
    let status = special.status().map_err(open())?;
    if status.kind() != FileKind::Special {
        return Err(open()(sys::errors::invalid()));
    }
    once(worker, (node, pair, name), (status.id, status.links), |worker| {
        let to = pair.destination_dir();
        let create = || Error::on(Operation::Create, Side::Destination);
        let mode = status.mode & 0o777;
        publish(worker.job, &to, name, |temporary| special.make(&to, temporary, mode))
            .map_err(create())?;
        worker.outcome.specials += 1;
        keep_metadata(worker, node, pair, name, &status)?;
        if worker.job.settings.permissions == Permissions::Source {
            let set = Special::open(&to, name, false).and_then(|new| new.set_mode(mode));
            let required = worker.job.settings.permissions_required;
            note(
                worker,
                node,
                name,
                set,
                required,
                Operation::SetPermissions,
                Attribute::Permissions,
            )?;
        }
        worker.job.count_entry(0);
        Ok(())
    })
}

/// Owner, attributes and times of entries without contents.
fn keep_metadata(
    worker: &mut Worker<'_, '_>,
    node: &Arc<Node>,
    pair: &Pair,
    name: &Path,
    source: &Status,
) -> Result<()> {
    let settings = worker.job.settings;
    let wants = |what| {
        let required = settings.preserve.contains(what);
        (required || settings.preserve_if_possible.contains(what)).then_some(required)
    };
    let to = pair.destination_dir();
    if let Some(required) = wants(Preserve::OWNER) {
        let kept = keep_owner(&to, name, source.owner);
        note(worker, node, name, kept, required, Operation::SetOwner, Attribute::Owner)?;
    }
    #[cfg(feature = "xattr")]
    if let Some(required) = wants(Preserve::XATTRS) {
        let kept = keep_xattrs(pair, name);
        note(worker, node, name, kept, required, Operation::SetXattrs, Attribute::Xattr(None))?;
    }
    if let Some(required) = wants(Preserve::TIMES) {
        let kept = sys::set_times_of_name(&to, name, source.accessed, source.modified);
        note(worker, node, name, kept, required, Operation::SetTimes, Attribute::Times)?;
    }
    Ok(())
}

fn keep_owner(dir: &Dir<'_>, name: &Path, (user, group): (u32, u32)) -> io::Result<()> {
    let now = sys::status_of_name(dir, name)?.owner;
    if now == (user, group) {
        return Ok(());
    }
    sys::set_owner_of_name(dir, name, Some(user), Some(group)).or_else(|error| {
        // An unprivileged owner cannot change the owner, but may still set a group they belong to.
        match sys::set_owner_of_name(dir, name, None, Some(group)) {
            Ok(()) if now.0 == user => Ok(()),
            _ => Err(error),
        }
    })
}

#[cfg(feature = "xattr")]
fn keep_xattrs(pair: &Pair, name: &Path) -> io::Result<()> {
    let from = sys::path_of_name(&pair.source_dir(), name);
    let to = sys::path_of_name(&pair.destination_dir(), name);
    let names = match xattr::list(&from) {
        Err(error) if sys::errors::is_not_supported(&error) => return Ok(()),
        names => names?,
    };
    for attribute in names {
        if !crate::metadata::is_the_files(attribute.as_encoded_bytes()) {
            continue;
        }
        if let Some(value) = xattr::get(&from, &attribute)? {
            xattr::set(&to, &attribute, &value)?;
        }
    }
    Ok(())
}

fn note(
    worker: &mut Worker<'_, '_>,
    node: &Arc<Node>,
    name: &Path,
    kept: io::Result<()>,
    required: bool,
    operation: Operation,
    attribute: Attribute,
) -> Result<()> {
    match kept {
        Ok(()) => {}
        Err(error) if required => return Err(Error::io(operation, Side::Destination, error)),
        Err(error) => {
            let lost = NotKept { attribute, errno: error.raw_os_error() };
            worker.outcome.add_not_kept(vec![lost], Job::path(node, name));
        }
    }
    Ok(())
}
