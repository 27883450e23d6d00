//! Directories: made with rights for their owner only, and given their metadata when their contents
//! are complete.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;

use super::choices::Follow;
use super::job::Job;
use super::node::{Node, OWNER_ONLY, Pair};
use super::queue::Task;
use super::staging::{cannot_make, into_itself};
use super::worker::Worker;
use crate::choices::Permissions;
use crate::error::{Error, Operation, Result, Side};
use crate::metadata::{self, PermissionPlan};
use crate::outcome::Outcome;
use crate::staging::Source;
use crate::sys::{self, Dir, Entries, FileId};

const SET_GROUP_ID: u32 = 0o2000;
const STICKY: u32 = 0o1000;
const OF_MKDIR: u32 = 0o777 | STICKY;

/// Makes the directory `name`, whose contents are a separate task.
pub(super) fn make(
    worker: &mut Worker<'_, '_>,
    parent: &Arc<Node>,
    pair: &Pair,
    name: &Path,
) -> Result<Task> {
    let job = worker.job;
    let follows = job.plan.follow == Follow::Always;
    let file = sys::open_directory(&pair.source_dir(), name, follows)
        .map_err(Error::on(Operation::Open, Side::Source))?;
    let status = sys::status(&file).map_err(Error::on(Operation::Inspect, Side::Source))?;
    if status.id == job.root.destination.id {
        // Reached through a bind mount, which no parent of the destination showed. The copy would not end.
        job.stop(into_itself().with_paths(job.names.0, job.names.1));
        return Err(into_itself());
    }
    if follows && parent.ancestors().any(|above| above.source.id == status.id) {
        return Err(Error::io(Operation::Open, Side::Source, sys::loops()));
    }
    let is_other_mount = job.plan.one_filesystem && !is_on_one_filesystem(job, &status);
    let by_kernel = kernel_makes_mode(job, Some(parent), &status);
    let mode = if by_kernel { status.mode & OF_MKDIR | OWNER_ONLY } else { OWNER_ONLY };
    let (destination, existed) = make_or_open(job, &pair.destination_dir(), name, mode)?;
    let made =
        sys::status(&destination).map_err(Error::on(Operation::Inspect, Side::Destination))?;
    if made.id == job.root.source.id {
        return Err(into_itself());
    }
    let node = Node::new(Some(parent), name, status.clone(), (made, existed));
    let source = Source::named(file, status);
    job.count_entry(0);
    let entries = is_other_mount.then(Entries::default);
    Ok(Task { node, pair: Arc::new(Pair { source, destination }), entries })
}

fn is_on_one_filesystem(job: &Job<'_, '_>, status: &sys::Status) -> bool {
    let root = &job.root.source;
    match (status.mount, root.mount) {
        (Some(mount), Some(root)) => mount == root,
        _ => sys::device_of(status.id) == sys::device_of(root.id),
    }
}

/// Whether the kernel applies the umask or the default ACL when it makes a directory in `parent`: to find them out
/// later takes more calls. Only where nobody else can reach the directory, because a directory around it is private.
fn kernel_makes_mode(job: &Job<'_, '_>, parent: Option<&Arc<Node>>, source: &sys::Status) -> bool {
    // Other kernels make a directory without this bit.
    let takes_all =
        cfg!(any(target_os = "linux", target_os = "android")) || source.mode & STICKY == 0;
    let is_by_umask = job.settings.permissions != Permissions::Source;
    is_by_umask && takes_all && parent.is_some_and(|parent| !parent.existed)
}

fn make_or_open(job: &Job<'_, '_>, dir: &Dir<'_>, name: &Path, mode: u32) -> Result<(File, bool)> {
    let create = || Error::on(Operation::Create, Side::Destination);
    let existed = match sys::make_directory(dir, name, mode) {
        Ok(()) => false,
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && job.merges() => true,
        Err(error) => return Err(cannot_make(dir, name, error)),
    };
    let file = sys::open_directory(dir, name, false).map_err(create())?;
    Ok((file, existed))
}

/// Ends one part of the work on `node`. After the last part the directory gets its metadata, and
/// that ends one part of the work on its parent.
pub(super) fn end_part(worker: &mut Worker<'_, '_>, mut node: Arc<Node>, mut pair: Arc<Pair>) {
    let mut is_last = node.end_part();
    while is_last && !worker.job.is_stopped() {
        finish(worker, &node, &pair);
        let Some(parent) = node.parent.clone() else { return };
        is_last = parent.end_part();
        if !is_last {
            // The usual case, and it needs no open.
            return;
        }
        match open_parent(worker.job, &parent, &pair) {
            Ok(opened) => (node, pair) = (parent, Arc::new(opened)),
            Err(error) => return worker.job.lose(&parent, error),
        }
    }
}

/// Opens the directory that contains `below`: through `..` or, if a followed link lies between,
/// from the root.
pub(super) fn open_parent(job: &Job<'_, '_>, node: &Arc<Node>, below: &Pair) -> Result<Pair> {
    let open = |file: &File, id, side| -> Result<Option<File>> {
        let opened = sys::open_parent(file).map_err(Error::on(Operation::Open, side))?;
        let found = sys::status(&opened).map_err(Error::on(Operation::Inspect, side))?;
        Ok((found.id == id).then_some(opened))
    };
    let file = match open(&below.source.file, node.source.id, Side::Source) {
        Ok(Some(file)) => file,
        Ok(None) | Err(_) => open_from_root(job, node, Side::Source)?,
    };
    let destination = match open(&below.destination, node.destination.id, Side::Destination) {
        Ok(Some(destination)) => destination,
        Ok(None) | Err(_) => open_from_root(job, node, Side::Destination)?,
    };
    let source = Source::named(file, node.source.clone());
    Ok(Pair { source, destination })
}

/// Opens a directory of one side by the names that lead to it.
pub(super) fn open_from_root(job: &Job<'_, '_>, node: &Arc<Node>, side: Side) -> Result<File> {
    let (root, id) = match side {
        Side::Source => (&job.root_pair.source.file, node.source.id),
        Side::Destination => (&job.root_pair.destination, node.destination.id),
    };
    let follows = side == Side::Source && job.plan.follow == Follow::Always;
    let open = || -> io::Result<File> {
        let mut dir = sys::open_directory(&Dir::of(root), Path::new("."), false)?;
        for node in node.from_root() {
            dir = sys::open_directory(&Dir::of(&dir), &node.name, follows)?;
        }
        require_id(&dir, id)?;
        Ok(dir)
    };
    open().map_err(Error::on(Operation::Open, side))
}

fn require_id(dir: &File, id: FileId) -> io::Result<()> {
    if sys::status(dir)?.id == id { Ok(()) } else { Err(sys::stale()) }
}

/// Gives a directory its metadata after its contents are complete.
fn finish(worker: &mut Worker<'_, '_>, node: &Arc<Node>, pair: &Pair) {
    let mut outcome = Outcome::default();
    let kept = keep_metadata(worker.job, node, pair, &mut outcome);
    if kept.is_err() && !node.existed {
        // It can have the source's bits, among them an ACL's mask. The error is reported anyway.
        let _ = sys::set_mode(&pair.destination, OWNER_ONLY);
    }
    // Also after an error, because of the names in the directory.
    match kept.and(flush(worker.job, pair)) {
        Ok(()) => worker.outcome.directories += 1,
        Err(error) => worker.job.fail(node, Path::new(""), error, &mut worker.outcome),
    }
    worker.outcome.add_not_kept(outcome.not_kept, Job::path(node, Path::new("")));
}

fn keep_metadata(
    job: &Job<'_, '_>,
    node: &Arc<Node>,
    pair: &Pair,
    outcome: &mut Outcome,
) -> Result<()> {
    let mut settings = job.settings;
    // The root was made in a directory of the caller.
    settings.inherits_no_acl &= node.parent.is_some();
    let (source, file) = (&pair.source, &pair.destination);
    let (mut now, mut named_in) = (node.destination.clone(), None);
    let permissions = if node.existed {
        // Others can have changed it meanwhile.
        now = sys::status(file).map_err(Error::on(Operation::Inspect, Side::Destination))?;
        PermissionPlan::of_existing(settings, source, &now)
    } else {
        let is_made = kernel_makes_mode(job, node.parent.as_ref(), &node.source);
        if settings.permissions != Permissions::Source && !is_made {
            let above = sys::find_parent(file);
            named_in = Some(above.map_err(Error::on(Operation::Open, Side::Destination))?);
        }
        PermissionPlan::of_new(settings, source)
    };
    let named_in = named_in.as_ref().map(Dir::of);
    let named_in = named_in.as_ref();
    let new = metadata::New { file, status: &now, named_in, is_clone: false };
    #[cfg(all(unix, feature = "xattr"))]
    super::default_acl::keep(settings, pair, outcome)?;
    metadata::apply(settings, source, &new, permissions, outcome)?;
    if settings.permissions != Permissions::Source && now.mode & SET_GROUP_ID != 0 {
        keep_inherited_group(&pair.destination)
            .map_err(Error::on(Operation::SetPermissions, Side::Destination))?;
    }
    Ok(())
}

/// On a system that cannot flush all of a tree in one call.
fn flush(job: &Job<'_, '_>, pair: &Pair) -> Result<()> {
    if !job.settings.sync {
        return Ok(());
    }
    sys::sync_filesystem(&pair.destination).map_err(Error::on(Operation::Sync, Side::Destination))
}

/// If the umask makes the mode, the set-group-id bit of the parent directory is inherited, as by
/// mkdir(2).
fn keep_inherited_group(dir: &File) -> io::Result<()> {
    let mode = sys::status(dir)?.mode;
    if mode & SET_GROUP_ID == 0 { sys::set_mode(dir, mode | SET_GROUP_ID) } else { Ok(()) }
}
