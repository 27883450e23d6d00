//! A hard link to the source instead of a copy.

use std::fs::File;

use super::source::Source;
use super::staged::{Finished, Published, Way, publish};
use super::target::{Target, sync_name};
use super::unfinished::{Stays, Unfinished};
use crate::choices::{HardLinks, Mode};
use crate::error::{Error, Operation, Reason, Result, Side};
use crate::open::At;
use crate::outcome::Outcome;
use crate::session::Settings;
use crate::sys;

/// Whether a hard link may replace the copy.
pub(crate) fn is_wanted(settings: Settings, source: &Source) -> bool {
    // A link to a symlink's target would not be the file that the caller named, and `Never` shares
    // nothing.
    settings.hard_links != HardLinks::Never
        && settings.mode != Mode::Never
        && !source.is_behind_link
}

/// Gives the source's file the target's name, too; `None` if the filesystem or the kernel's rules
/// forbid it.
///
/// # Errors
///
/// The errors that would stop a copy, too: the name is taken under `Overwrite::Never`, the disk is
/// full.
pub(crate) fn make(
    settings: Settings,
    source: &Source,
    target: &Target<'_>,
    stays: &mut Vec<Stays>,
) -> Result<Option<Outcome>> {
    let directory = flushed(settings, source, target)?;
    let mut name = Unfinished::unnamed(&target.dir);
    let (file, id) = (Finished::Linked(&source.file), source.status.id);
    let published = publish(file, &mut name, Way::Unnamed, target, id, settings.overwrite);
    stays.extend(name.remove().err());
    match published {
        Ok(Published::Yes) => {}
        Ok(Published::MakeAgain(_)) => return Ok(None),
        Err(Error::Io { operation: Operation::Publish, error, .. })
            if sys::cannot_link_this(&error) =>
        {
            return Ok(None);
        }
        Err(error) => return Err(error),
    }
    done(source, directory).map(Some)
}

/// The outcome, after `directory` is flushed.
fn done(source: &Source, directory: Option<File>) -> Result<Outcome> {
    let len = source.status.len();
    if let Some(directory) = directory {
        sync_name(&directory, len)?;
    }
    Ok(Outcome { hard_linked: Some(len), ..Outcome::default() })
}

/// The error, except if it means that the hard link which may replace the copy is there already.
pub(crate) fn unless_there(
    settings: Settings,
    source: &Source,
    dst: At<'_>,
    error: Error,
) -> Result<Outcome> {
    if error.reason() == Some(&Reason::SameFile) && is_wanted(settings, source) {
        // A symbolic link to the source is no hard link.
        if let Ok(Some(found)) = dst.dir.inspect(dst.path, false) {
            if found.id == source.status.id {
                let directory = flushed(settings, source, &Target::open(dst)?)?;
                return done(source, directory);
            }
        }
    }
    Err(error)
}

/// Flushes the file if `sync` is set, and returns the directory that is flushed after the file has
/// its name.
fn flushed(settings: Settings, source: &Source, target: &Target<'_>) -> Result<Option<File>> {
    if !settings.sync {
        return Ok(None);
    }
    source.file.sync_all().map_err(Error::on(Operation::Sync, Side::Source))?;
    target.open_to_sync(settings)
}
