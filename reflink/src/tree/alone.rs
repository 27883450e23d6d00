//! A symbolic link or a special file that is no part of a tree.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::choices::Existing;
use super::copy::{settings, with_worker};
use super::default_acl;
use super::job::Job;
use super::node::{Node, Pair};
use super::nodes;
use super::outcome::Outcome;
use super::plan::Plan;
use super::staging::{Staged, Target};
use crate::choices::Overwrite;
use crate::error::{Error, Operation, Result, Side};
use crate::open::At;
use crate::staging::same_file;
use crate::sys::{self, Dir, FileKind};

/// [`Options::copy_node`](super::Options::copy_node).
pub(super) fn copy(plan: &Plan<'_>, src: At<'_>, dst: At<'_>) -> Result<Outcome> {
    between(plan, src, dst).map_err(|error| error.with_paths(src.path, dst.path))
}

fn between(plan: &Plan<'_>, src: At<'_>, dst: At<'_>) -> Result<Outcome> {
    let inspect = || Error::on(Operation::Inspect, Side::Source);
    let Some(name) = src.path.file_name().map(Path::new) else {
        return Err(inspect()(sys::errors::invalid()));
    };
    let parent = src.path.parent().filter(|parent| !parent.as_os_str().is_empty());
    // To name what is in it, and not to read it.
    let opened = src.dir.open_below(parent.unwrap_or(Path::new("."))).map_err(inspect())?;
    let Dir::Open(source) = opened else { return Err(inspect()(sys::errors::invalid())) };
    let status = sys::status(&source).map_err(inspect())?;
    let found = Dir::Open(source.try_clone().map_err(inspect())?).inspect(name, false);
    let found = found.and_then(|found| found.ok_or_else(sys::errors::not_found));
    let found = found.map_err(inspect())?;
    if !matches!(found.kind, FileKind::Symlink | FileKind::Special) {
        return Err(inspect()(sys::errors::invalid()));
    }

    let target = Target::open(dst, plan.existing)?;
    let replaces = plan.existing == Existing::Merge
        && plan.files.session.settings.overwrite != Overwrite::Never;
    if let Some(id) = target.found()? {
        if !replaces {
            return Err(Error::io(Operation::Create, Side::Destination, sys::errors::exists()));
        }
        if id == found.id {
            return Err(same_file());
        }
    }
    let mut staged = target.stage()?;
    let make = |staged: &Staged| -> Result<Outcome> {
        let failed = Error::on(Operation::Inspect, Side::Destination);
        let destination = staged.dir.try_clone().map_err(failed)?;
        let settings = settings(plan, false);
        default_acl::drop_inherited(settings, &destination)
            .map_err(Error::on(Operation::SetXattrs, Side::Destination))?;
        let pair = Arc::new(Pair { source, destination });
        let root = Node::new(None, Path::new(""), status, (0, 0), false);
        let parts = (Arc::clone(&root), Arc::clone(&pair));
        let job = Job::new(plan, settings, (src.path, dst.path), parts, (1, 1));
        with_worker(&job, |mut worker| {
            match found.kind {
                FileKind::Symlink => nodes::copy_symlink(&mut worker, &root, &pair, name)?,
                _ => nodes::copy_special(&mut worker, &root, &pair, name)?,
            }
            Ok(worker.outcome)
        })
    };
    let sync = plan.sync || plan.files.session.settings.sync;
    let made = make(&staged).and_then(|outcome| {
        let left_behind = target.publish_entry(&mut staged, name, replaces, sync)?;
        Ok(Outcome { left_behind: left_behind.into_iter().collect(), ..outcome })
    });
    let mut outcome = made.map_err(|error| target.discard(staged, error))?;
    for lost in &mut outcome.not_kept {
        // It is the root.
        lost.path = PathBuf::new();
    }
    Ok(outcome)
}
