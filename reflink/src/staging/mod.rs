//! From two paths to a finished file under its name: the destination appears whole or not at all.

use std::fs::{File, Metadata};
use std::path::Path;

mod staged;
mod target;

use crate::sys::{self, FileId};
use crate::transfer::Job;
use crate::{
    Error, Mode, Operation, Options, Outcome, Overwrite, Permissions, Reason, Result, Side,
    metadata,
};
pub(crate) use staged::scratch_file;
use staged::{Published, Staged};
use target::Target;

/// [`Options::copy`].
pub(crate) fn copy(options: &mut Options<'_>, src: &Path, dst: &Path) -> Result<Outcome> {
    let source = Source::open(src)?;
    if options.settings.mode == Mode::Always && !sys::HAS_REFLINK {
        return Err(Error::Unsupported);
    }
    if options.settings.overwrite == Overwrite::InPlace {
        if let Some(existing) = open_in_place(dst)? {
            return copy_in_place(options, &source, existing);
        }
    }
    let target = Target::open(dst)?;
    match copy_to_new(options, &source, &target, Staged::unnamed)? {
        Some(outcome) => Ok(outcome),
        // An unnamed file that cannot be given a name: no /proc, and no right to do without.
        None => copy_to_new(options, &source, &target, Staged::named)?.ok_or_else(|| {
            Error::io(Operation::Publish, Side::Destination, sys::errors::invalid())
        }),
    }
}

/// An open source, known to be a regular file.
pub(crate) struct Source {
    pub(crate) file: File,
    pub(crate) status: Metadata,
    id: FileId,
}

impl Source {
    fn open(path: &Path) -> Result<Self> {
        let side = Side::Source;
        let file = sys::open_source(path)
            .map_err(|error| Error::on_path(Operation::Open, side, path, error))?;
        let status = file.metadata().map_err(Error::on(Operation::Inspect, side))?;
        require_regular(&status, side)?;
        let id = sys::file_id(&file, &status).map_err(Error::on(Operation::Inspect, side))?;
        Ok(Self { file, status, id })
    }
}

fn require_regular(status: &Metadata, side: Side) -> Result<()> {
    let (reason, error) = if status.is_dir() {
        (Reason::Directory { side }, sys::errors::is_directory())
    } else if !status.is_file() {
        (Reason::NotRegular { side }, sys::errors::invalid())
    } else {
        return Ok(());
    };
    Err(Error::explained(Operation::Copy, side, Some(reason), error))
}

/// Makes a new file, gives it the source's data and metadata, and then its name. `None` where it
/// turned out at the last step that `stage`'s kind of file cannot be given one.
fn copy_to_new<'t>(
    options: &mut Options<'_>,
    source: &Source,
    target: &'t Target<'_>,
    stage: fn(&'t Target<'_>, u32) -> Result<Staged<'t>>,
) -> Result<Option<Outcome>> {
    let settings = options.settings;
    let mut len = source.status.len();
    let existing = match settings.permissions {
        Permissions::Replaced => target.check(source.id, settings.overwrite)?,
        _ => None,
    };
    let permissions = metadata::PermissionPlan::new(settings, source, existing, target.path);
    let staged = stage(target, permissions.initial_mode())?;

    let mut job = Job::new(&source.file, staged.file(), settings.mode, true, options.watch(len));
    if staged.named_in().is_some() {
        // Where files have names from the start, a server can have them.
        job.send_source()?;
    }
    let cloned = job.clone_whole(len, 0);
    if matches!(cloned, Ok(Some(_)) | Err(Error::NotReflinkable { .. })) {
        // Before the long work: an error that waits for its end would be cruel. And before the
        // answer that would have callers try a copy: no copy can go onto a directory either.
        target.check(source.id, settings.overwrite)?;
    }
    if let Some(from) = cloned? {
        len = job.copy_whole(from, len, 0)?;
    }
    let status = job.finish(len)?;
    let mut outcome = job.outcome;

    let shape = metadata::New { file: staged.file(), status: &status, named_in: staged.named_in() };
    metadata::apply(settings, source, &shape, permissions, &mut outcome)?;
    let mut directory = None;
    if settings.sync {
        sync(staged.file())?;
        // Now, as an error after the file has its name would leave it there.
        directory = target.open_to_sync()?;
    }
    match staged.publish(target, source.id, settings.overwrite)? {
        Published::Yes => {}
        Published::CannotBeNamed => return Ok(None),
    }
    if let Some(directory) = directory {
        sync(&directory)?;
    }
    Ok(Some(outcome))
}

/// The existing destination; `None` where there is none yet.
fn open_in_place(path: &Path) -> Result<Option<File>> {
    match sys::open_in_place(path) {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::on_path(Operation::Open, Side::Destination, path, error)),
    }
}

/// Writes into the existing file, as cp does.
fn copy_in_place(options: &mut Options<'_>, source: &Source, file: File) -> Result<Outcome> {
    let side = Side::Destination;
    let settings = options.settings;
    let mut len = source.status.len();
    let old = file.metadata().map_err(Error::on(Operation::Inspect, side))?;
    require_regular(&old, side)?;
    let id = sys::file_id(&file, &old).map_err(Error::on(Operation::Inspect, side))?;
    if id == source.id {
        return Err(target::same_file());
    }
    let mut job = Job::new(&source.file, &file, settings.mode, true, options.watch(len));
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

fn sync(file: &File) -> Result<()> {
    file.sync_all().map_err(Error::on(Operation::Sync, Side::Destination))
}
