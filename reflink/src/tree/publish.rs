//! Names for entries that one call makes: symbolic links, special files, hard links.

use std::io;
use std::path::{Path, PathBuf};

use crate::choices::Overwrite;
use crate::error::{Error, Operation, Result, Side};
use crate::session::Settings;
use crate::staging::{self, Published, Stays, Target, Unfinished, Way};
use crate::sys::NameStatus;

/// An entry that is about to be made, and the name that it is to get.
pub(super) struct New<'n> {
    pub(super) settings: Settings,
    pub(super) target: &'n Target<'n>,
    /// Whether it may replace what has the name; `None` if nothing has.
    pub(super) check: &'n dyn Fn(Overwrite) -> Result<Option<NameStatus>>,
    /// Makes the entry.
    pub(super) make: &'n mut dyn FnMut(&Path) -> io::Result<()>,
    /// Gives the entry everything else.
    pub(super) finish: &'n mut dyn FnMut(&Path) -> Result<()>,
}

/// Makes the entry and completes it under a temporary name, which then becomes or replaces the target's. In a
/// directory that nobody else uses, the entry gets its own name at once. After an error there is nothing.
///
/// Returns a temporary name that could not be removed.
pub(super) fn publish(mut new: New<'_>) -> Result<Option<PathBuf>> {
    let target = new.target;
    let mut way = way(&new)?;
    let mut kept = None;
    loop {
        let made = match way {
            Way::Private | Way::Direct => {
                Unfinished::node_under(target.name, &target.dir, &mut *new.make)
            }
            Way::Unnamed | Way::Temporary => {
                Unfinished::temporary_node(&target.dir, &mut *new.make)
            }
        };
        let mut name = match made {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && way == Way::Private => {
                way = atomic_way(&new)?;
                continue;
            }
            made => made.map_err(|error| target.cannot_create(error))?,
        };
        let published = complete(&mut new, &mut name, way);
        kept = name.remove().err().or(kept);
        match published {
            Ok(Published::MakeAgain(next)) => way = next,
            Ok(Published::Yes) => return Ok(kept.map(|stays| target.beside(&stays.name))),
            Err(error) => {
                return Err(match kept {
                    None => error,
                    Some(Stays { name, error: removal }) => {
                        let path = target.beside(&name);
                        Error::LeftBehind { error: Box::new(error), path, removal }
                    }
                });
            }
        }
    }
}

/// The way to make it.
fn way(new: &New<'_>) -> Result<Way> {
    if new.settings.is_not_atomic { Ok(Way::Private) } else { atomic_way(new) }
}

/// The way to make it so that it replaces what has the name, if it may.
fn atomic_way(new: &New<'_>) -> Result<Way> {
    let found = (new.check)(new.settings.overwrite)?;
    if found.is_some() {
        new.target.require_replaceable()?;
    }
    // No temporary name can be removed from an append-only directory.
    let is_direct = found.is_none() && new.target.dir.is_append_only();
    Ok(if is_direct { Way::Direct } else { Way::Temporary })
}

fn complete(new: &mut New<'_>, name: &mut Unfinished<'_>, way: Way) -> Result<Published> {
    let Some(made) = name.name() else { return Ok(Published::Yes) };
    (new.finish)(made)?;
    let target = new.target;
    if matches!(way, Way::Private | Way::Direct) {
        name.keep();
        return Ok(Published::Yes);
    }
    let found = (new.check)(new.settings.overwrite)?;
    let Some(found) = found else {
        // Nothing had the name, so what appears there meanwhile is not replaced unseen.
        return staging::rename(name, target, Overwrite::Never, true);
    };
    let temporary = target.dir.inspect(made, false);
    let temporary = temporary.map_err(Error::on(Operation::Inspect, Side::Destination))?;
    if temporary.is_some_and(|temporary| temporary.id == found.id) {
        // A rename onto another name of the same file would do nothing, and leave both names.
        return Ok(Published::Yes);
    }
    staging::rename(name, target, Overwrite::Replace, false)
}
