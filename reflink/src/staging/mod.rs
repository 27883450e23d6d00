//! From two paths to a finished file under its name: the destination appears whole or not at all.

use std::fs::{File, Metadata};
use std::path::Path;

mod in_place;
mod link;
mod staged;
mod target;
mod unfinished;

use crate::choices::HardLinks;
use crate::choices::{Mode, Overwrite, Permissions};
use crate::error::{Error, Operation, Result, Side};
use crate::metadata;
use crate::metadata::PermissionPlan;
use crate::outcome::Outcome;
use crate::regular;
use crate::session::{Call, Settings};
use crate::sys::{self, FileId};
use crate::transfer::Job;
use staged::{Published, Staged, Way, publish};
use target::Target;
pub(crate) use unfinished::scratch_file;
use unfinished::{Stays, Unfinished};

/// [`Options::copy`].
pub(crate) fn copy(call: &Call<'_>, src: &Path, dst: &Path) -> Result<Outcome> {
    let mut source = Source::of(call.open_for_reading(src, Side::Source)?)?;
    let hard_links = call.settings.hard_links;
    if hard_links != HardLinks::Never {
        let status = std::fs::symlink_metadata(src);
        source.is_behind_link =
            status.map_err(Error::on(Operation::Inspect, Side::Source))?.is_symlink();
    }
    if call.settings.mode == Mode::Always && !sys::HAS_REFLINK {
        return Err(Error::Unsupported);
    }
    let in_place = call.settings.overwrite == Overwrite::InPlace;
    if in_place {
        if let Some(existing) = in_place::open(call, dst)? {
            return in_place::copy(call, &source, existing)
                .map_err(|error| error.having_changed(call.account.changed()));
        }
    }
    let target = Target::open(dst)?;
    if in_place {
        // A symbolic link to nothing cannot be opened, and is not a free name.
        target.check(source.id, Overwrite::InPlace)?;
    }
    let mut stays = Vec::new();
    let result = copy_to_new(call, &source, &target, &mut stays);
    stays.into_iter().fold(result, |result, Stays { name, error: removal }| {
        let path = target.beside(&name);
        match result {
            Ok(mut outcome) => {
                outcome.left_behind.push(path);
                Ok(outcome)
            }
            Err(error) => Err(Error::LeftBehind { error: Box::new(error), path, removal }),
        }
    })
}

/// An open source, known to be a regular file.
pub(crate) struct Source {
    pub(crate) file: File,
    pub(crate) status: Metadata,
    id: FileId,
    /// Whether the caller's path is a symbolic link. Asked only if a hard link could be made.
    is_behind_link: bool,
}

impl Source {
    fn of(file: File) -> Result<Self> {
        let side = Side::Source;
        let status = file.metadata().map_err(Error::on(Operation::Inspect, side))?;
        regular::require(&status, Operation::Copy, side)?;
        let id = sys::file_id(&file, &status).map_err(Error::on(Operation::Inspect, side))?;
        Ok(Self { file, status, id, is_behind_link: false })
    }
}

/// Makes a new file in the first way in which it can be given its name. Names that could not be
/// removed come back in `stays`.
fn copy_to_new(
    call: &Call<'_>,
    source: &Source,
    target: &Target<'_>,
    stays: &mut Vec<Stays>,
) -> Result<Outcome> {
    let settings = call.settings;
    let mut may_link = link::is_wanted(settings, source);
    if may_link && settings.hard_links == HardLinks::First {
        if let Some(outcome) = link::make(settings, source, target, stays)? {
            return Ok(outcome);
        }
        may_link = false;
    }
    let (mut way, mut shown) = (Way::Unnamed, 0);
    loop {
        let existing = match settings.permissions {
            Permissions::Replaced => target.check(source.id, settings.overwrite)?,
            _ => None,
        };
        let permissions =
            PermissionPlan::new(settings, source, existing, (&target.dir, target.name));
        let staged = Staged::create(target, way, permissions.initial_mode(), settings.overwrite)?;
        let Staged { file, mut name, way: made } = staged;

        let watch = call.watch(source.status.len()).not_below(shown);
        let job = Job::new(&source.file, &file, settings.mode, true, watch);
        let filled = fill(job, settings, source, target, &name, permissions, may_link);
        let Some(filled) = filled.transpose() else {
            drop(file);
            stays.extend(name.remove().err());
            if let Some(outcome) = link::make(settings, source, target, stays)? {
                return Ok(outcome);
            }
            may_link = false;
            continue;
        };
        let result = filled.and_then(|filled| {
            publish(file, &mut name, made, target, source.id, settings.overwrite)
                .map(|published| (filled, published))
        });
        stays.extend(name.remove().err());
        let (Filled { outcome, directory }, published) = result?;
        match published {
            Published::Yes => {
                if let Some(directory) = directory {
                    sync(&directory)?;
                }
                return Ok(outcome);
            }
            Published::MakeAgain(next) => (way, shown) = (next, outcome.total()),
        }
    }
}

/// A file that lacks nothing but its name.
struct Filled {
    outcome: Outcome,
    /// To be flushed when the file has its name.
    directory: Option<File>,
}

/// Gives the new file its data and its metadata; `None` if it cannot be cloned and a hard link is to be
/// made before a copy (`links_before_copy`).
fn fill(
    mut job: Job<'_>,
    settings: Settings,
    source: &Source,
    target: &Target<'_>,
    name: &Unfinished<'_>,
    permissions: PermissionPlan,
    links_before_copy: bool,
) -> Result<Option<Filled>> {
    let mut len = source.status.len();
    if name.named_in().is_some() {
        // If files have names from the start, a server can have them.
        job.send_source()?;
    }
    let cloned = job.clone_whole(len, 0);
    let has_its_name = name.name() == Some(target.name);
    if !has_its_name && matches!(cloned, Ok(Some(_)) | Err(Error::NotReflinkable { .. })) {
        // Fail before the long copy, not after it. And before the answer that would have callers try
        // a copy: no copy can go onto a directory either.
        target.check(source.id, settings.overwrite)?;
    }
    if links_before_copy && matches!(cloned, Ok(Some(0)) | Err(Error::NotReflinkable { .. })) {
        return Ok(None);
    }
    if let Some(from) = cloned? {
        len = job.copy_whole(from, len, 0)?;
    }
    let status = job.finish(len)?;
    let file = job.destination();
    let mut outcome = job.outcome;
    let shape = metadata::New { file, status: &status, named_in: name.named_in() };
    metadata::apply(settings, source, &shape, permissions, &mut outcome)?;
    let mut directory = None;
    if settings.sync {
        sync(file)?;
        // Now, as an error after the file has its name would leave it there.
        directory = target.open_to_sync()?;
    }
    Ok(Some(Filled { outcome, directory }))
}

fn sync(file: &File) -> Result<()> {
    file.sync_all().map_err(Error::on(Operation::Sync, Side::Destination))
}
