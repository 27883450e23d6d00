//! A symbolic link or a special file that is no part of a tree.

use std::path::Path;
use std::sync::PoisonError;

use super::choices::Existing;
use super::copy::settings;
use super::nodes::Original;
use super::outcome::Outcome;
use super::plan::Plan;
use super::progress::Progress;
use crate::choices::Overwrite;
use crate::error::{Error, Operation, Result, Side};
use crate::open::At;
use crate::staging::{Target, sync_name};
use crate::sys::{self, FileKind};

/// [`Options::copy_node`](super::Options::copy_node).
pub(super) fn copy(plan: &Plan<'_>, src: At<'_>, dst: At<'_>) -> Result<Outcome> {
    between(plan, src, dst).map_err(|error| error.with_paths(src.path, dst.path))
}

fn between(plan: &Plan<'_>, src: At<'_>, dst: At<'_>) -> Result<Outcome> {
    plan.files.session.call()?;
    let inspect = || Error::on(Operation::Inspect, Side::Source);
    let Some(name) = src.path.file_name().map(Path::new) else {
        return Err(inspect()(sys::errors::invalid()));
    };
    let parent = src.path.parent().filter(|parent| !parent.as_os_str().is_empty());
    // To name what is in it, and not to read it.
    let from = src.dir.open_below(parent.unwrap_or(Path::new("."))).map_err(inspect())?;
    let found = from.inspect(name, false);
    let found = found.and_then(|found| found.ok_or_else(sys::errors::not_found));
    let kind = found.map_err(inspect())?.kind;
    if !matches!(kind, FileKind::Symlink | FileKind::Special) {
        return Err(inspect()(sys::errors::invalid()));
    }
    let original = Original::find(&from, name, kind, false)?;
    let target = Target::open(dst)?;
    let mut settings = settings(plan, true);
    (settings.is_not_atomic, settings.flushes_directories) = (false, false);
    if plan.existing == Existing::Fail {
        settings.overwrite = Overwrite::Never;
    }
    let flush = || Error::on(Operation::Sync, Side::Destination);
    let is_flushed = plan.sync || plan.files.session.settings.sync;
    // Opened now, because an error after the copy has its name would leave it there.
    let parent = if is_flushed { target.open_to_sync(settings)? } else { None };
    let done = original.copy_to(settings, &target, &mut || match &parent {
        Some(parent) => sys::sync_filesystem(parent).map_err(flush()),
        None => Ok(()),
    })?;
    if let Some(parent) = parent {
        sync_name(&parent, 0)?;
    }
    if let Some(callback) = &plan.on_progress {
        // The copy is complete, so that nothing is left to stop.
        let mut callback = callback.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = callback(Progress { entries: 1, bytes: 0 });
    }
    let mut outcome = Outcome::default();
    outcome.add_node(kind, done, Default::default);
    Ok(outcome)
}
