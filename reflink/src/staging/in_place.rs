//! Writing into the existing file, as cp does.

use std::fs::File;
use std::path::Path;

use super::{Source, sync, target};
use crate::error::{Error, Operation, Result, Side};
use crate::outcome::Outcome;
use crate::session::Call;
use crate::transfer::Job;
use crate::{metadata, regular, sys};

/// The existing destination; `None` if there is none yet.
pub(super) fn open(call: &Call<'_>, path: &Path) -> Result<Option<File>> {
    match call.open_for_writing(path) {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error),
    }
}

pub(super) fn copy(call: &Call<'_>, source: &Source, file: File) -> Result<Outcome> {
    let side = Side::Destination;
    let settings = call.settings;
    let mut len = source.status.len();
    let old = file.metadata().map_err(Error::on(Operation::Inspect, side))?;
    regular::require(&old, Operation::Copy, side)?;
    let id = sys::file_id(&file, &old).map_err(Error::on(Operation::Inspect, side))?;
    if id == source.id {
        return Err(target::same_file());
    }
    let mut job = Job::new(&source.file, &file, settings.mode, true, call.watch(len));
    job.send_source()?;
    if let Some(from) = job.clone_whole(len, old.len())? {
        len = job.copy_whole(from, len, old.len())?;
    }
    let status = job.finish(len)?;
    let mut outcome = job.outcome;
    let existing = metadata::PermissionPlan::of_existing(settings, source, &old);
    let shape = metadata::New { file: &file, status: &status, named_in: None };
    metadata::apply(settings, source, &shape, existing, &mut outcome)?;
    if settings.sync {
        sync(&file)?;
    }
    sys::close(file).map_err(Error::on(Operation::Close, side))?;
    Ok(outcome)
}
