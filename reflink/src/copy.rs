//! One file by its name, in one sequence: stage, transfer, metadata, publish.

use std::fs::File;
use std::io;
use std::ops::ControlFlow;

use crate::choices::{HardLinks, Mode, Overwrite, Permissions};
use crate::error::{Error, Operation, Result, Side};
use crate::known::Known;
use crate::metadata::{self, PermissionPlan};
use crate::open::At;
use crate::outcome::Outcome;
use crate::session::Call;
use crate::staging::{
    Finished, Flush, Published, Source, Staged, Stays, Target, Unfinished, Way, link, publish,
    same_file, sync, sync_name,
};
use crate::transfer::{self, Job, NotCloned};
use crate::{regular, sys};

/// [`Options::copy`](crate::Options::copy).
pub(crate) fn copy(call: &Call<'_>, src: At<'_>, dst: At<'_>) -> Result<Outcome> {
    let source = Source::open(call, src)?;
    copy_opened(call, &source, dst)
}

/// Like [`copy`], for a file that the caller has opened.
pub(crate) fn copy_opened(call: &Call<'_>, source: &Source, dst: At<'_>) -> Result<Outcome> {
    let done = attempt(call, source, dst);
    done.or_else(|error| link::unless_there(call.settings, source, dst, error))
}

fn attempt(call: &Call<'_>, source: &Source, dst: At<'_>) -> Result<Outcome> {
    if call.settings.mode == Mode::Always && !sys::CAN_CLONE {
        return Err(Error::Unsupported);
    }
    let in_place = call.settings.overwrite == Overwrite::InPlace;
    if in_place {
        match call.open_for_writing(dst) {
            Ok(file) => {
                return over_existing(call, source, file)
                    .map_err(|error| error.having_changed(call.account.changed()));
            }
            Err(error) if error.is_not_found() => {}
            Err(error) => return Err(error),
        }
    }
    let target = Target::open(dst)?;
    if in_place {
        // A dangling symbolic link cannot be opened, and is not a free name.
        target.check(source.status.id, Overwrite::InPlace)?;
    }
    let mut stays = Vec::new();
    let result = to_new(call, source, &target, &mut stays);
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

/// Writes into the existing file, as cp does.
fn over_existing(call: &Call<'_>, source: &Source, file: File) -> Result<Outcome> {
    let side = Side::Destination;
    let old = sys::status(&file).map_err(Error::on(Operation::Inspect, side))?;
    regular::require(&old, Operation::Copy, side)?;
    if old.id == source.status.id {
        return Err(same_file());
    }
    let permissions = PermissionPlan::of_existing(call.settings, source, &old);
    let len = source.status.len();
    let (src, dst) = (Known::on(&source.file, source.status.mount), Known::on(&file, old.mount));
    let job = Job::new(call, src, dst, len).owning_files();
    let done = fill(call, job, source, Destination::Existing { len: old.len() }, permissions)?;
    sys::close(file).map_err(Error::on(Operation::Close, side))?;
    Ok(done.map(|filled| filled.outcome).unwrap_or_default())
}

/// Makes a new file in the first way that lets it get its name. Names that could not be removed are
/// returned in `stays`.
fn to_new(
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
    let mut way = if settings.is_not_atomic { Way::Private } else { Way::Unnamed };
    let mut shown = 0;
    loop {
        let existing = match settings.permissions {
            Permissions::Replaced => target.check(source.status.id, settings.overwrite)?,
            _ => None,
        };
        let permissions =
            PermissionPlan::new(settings, source, existing, (&target.dir, target.name));
        let (cloned, refused) = match clone_to_name(call, source, target, way)? {
            Some(Ok(staged)) => (Some(staged), None),
            Some(Err(error)) => (None, Some(error)),
            None => (None, None),
        };
        let is_clone = cloned.is_some();
        let staged = match cloned {
            Some(staged) => staged,
            None => Staged::create(target, way, permissions.initial_mode(), settings.overwrite)?,
        };
        let flush = if settings.sync { staged.flush(target) } else { Flush::No };
        let Staged { file, mut name, way: made, mount, .. } = staged;

        let (src, dst) = (Known::on(&source.file, source.status.mount), Known::on(&file, mount));
        let job = Job::new(call, src, dst, source.status.len());
        let job = job.owning_files().not_below(shown).after_refusal(refused);
        let has_umask = cfg!(unix) && made == Way::Private && !is_clone;
        let destination =
            Destination::New { target, name: &name, may_link, is_clone, has_umask, flush };
        let filled = fill(call, job, source, destination, permissions);
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
            publish(
                Finished::New { file, flush },
                &mut name,
                made,
                target,
                source.status.id,
                settings.overwrite,
            )
            .map(|published| (filled, published))
        });
        stays.extend(name.remove().err());
        let (Filled { outcome, directory }, published) = result?;
        match published {
            Published::Yes => {
                if let Some(directory) = directory {
                    sync_name(&directory, outcome.total())?;
                }
                return Ok(outcome);
            }
            Published::MakeAgain(next) => (way, shown) = (next, outcome.total()),
        }
    }
}

/// Makes the new file by cloning, if that takes a call of its own. `None` if it does not, or nothing is to be
/// cloned.
fn clone_to_name<'t>(
    call: &Call<'_>,
    source: &Source,
    target: &'t Target<'_>,
    way: Way,
) -> Result<Option<io::Result<Staged<'t>>>> {
    let settings = call.settings;
    let is_asked = sys::CLONES_TO_NEW_NAMES && settings.mode != Mode::Never;
    let src = Known::on(&source.file, source.status.mount);
    // `Always` tries again, for the system's own error.
    let was_refused =
        || settings.mode == Mode::Auto && call.refusals.find(&src, || target.mount()).is_some();
    if !is_asked || was_refused() || transfer::would_wait_too_long(settings, &src, &source.status) {
        return Ok(None);
    }
    Staged::clone_of(&source.file, target, way, settings.overwrite).map(Some)
}

/// What a copy is written to.
#[derive(Clone, Copy)]
enum Destination<'d> {
    /// A file that has these bytes already.
    Existing { len: u64 },
    /// A new file that will get its name in `target`. With `may_link`, a file that cannot be cloned
    /// is not copied, because a hard link comes first (`links_before_copy`). With `is_clone`, it has
    /// the source's bytes already. With `has_umask`, the kernel has applied the umask, or a default
    /// ACL, to its mode.
    New {
        target: &'d Target<'d>,
        name: &'d Unfinished<'d>,
        may_link: bool,
        is_clone: bool,
        has_umask: bool,
        flush: Flush,
    },
}

/// A file that is complete except for its name.
struct Filled {
    outcome: Outcome,
    /// Flushed after the file has its name.
    directory: Option<File>,
}

/// Gives the destination its data and its metadata; `None` if a hard link replaces the copy.
fn fill(
    call: &Call<'_>,
    mut job: Job<'_>,
    source: &Source,
    destination: Destination<'_>,
    permissions: PermissionPlan,
) -> Result<Option<Filled>> {
    let settings = call.settings;
    let (old_len, named_in) = match destination {
        Destination::Existing { len } => (len, None),
        Destination::New { name, .. } => (0, name.named_in()),
    };
    if named_in.is_some() || matches!(destination, Destination::Existing { .. }) {
        // If files have names from the start, they may be a server's.
        job.send_source()?;
    }
    let is_clone = matches!(destination, Destination::New { is_clone: true, .. });
    let not_cloned = |_: &mut Job<'_>, not_cloned: NotCloned| match destination {
        Destination::Existing { .. } => Ok(ControlFlow::Continue(())),
        Destination::New { target, name, may_link, .. } => {
            let has_its_name = name.name() == Some(target.name);
            if !has_its_name && not_cloned.is_worth_a_check() {
                // Fail before the long copy, not after it. This error must also come before the one
                // that makes callers try a copy, because a copy cannot replace a directory either.
                target.check(source.status.id, settings.overwrite)?;
            }
            let links = may_link && not_cloned.is_all();
            Ok(if links { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
        }
    };
    let status = if is_clone {
        Some(job.of_clone(&source.status)?)
    } else {
        job.whole(&source.status, old_len, not_cloned)?
    };
    let Some(status) = status else { return Ok(None) };
    let file = job.destination();
    let mut outcome = job.outcome;
    let has_umask = matches!(destination, Destination::New { has_umask: true, .. });
    let named_in = named_in.filter(|_| !has_umask);
    let new = metadata::New { file, status: &status, named_in, is_clone };
    metadata::apply(settings, source, &new, permissions, &mut outcome)?;
    let mut directory = None;
    if settings.sync {
        if !matches!(destination, Destination::New { flush: Flush::UnderTemporaryName, .. }) {
            sync(file)?;
        }
        if let Destination::New { target, .. } = destination {
            // Opened now, because an error after the file has its name would leave it there.
            directory = target.open_to_sync(settings)?;
        }
    }
    Ok(Some(Filled { outcome, directory }))
}
