//! What the destination keeps of the source besides its bytes.
//!
//! The order matters: changing the owner clears set-id bits and capabilities, an ACL changes the
//! permission bits, a file that its owner may not write takes no attributes, and all of it changes the
//! times. So: owner, attributes, ACL, permission bits, times.

use std::fs::{File, FileTimes, Metadata};
use std::io;

mod acl;
mod permissions;
#[cfg(all(unix, feature = "xattr"))]
mod xattrs;

pub(crate) use permissions::PermissionPlan;

use crate::choices::Preserve;
use crate::error::{Error, Operation, Result, Side};
use crate::outcome::Outcome;
use crate::outcome::{Attribute, NotKept};
use crate::session::Settings;
use crate::staging::Source;
use crate::sys::{self, Dir};

/// The destination, with its data in place.
pub(crate) struct New<'f> {
    pub(crate) file: &'f File,
    pub(crate) status: &'f Metadata,
    /// The directory where it was made under a name, and so with no more than its owner's rights.
    pub(crate) named_in: Option<&'f Dir>,
}

/// Gives `new` the metadata that `settings` ask for.
pub(crate) fn apply(
    settings: Settings,
    source: &Source,
    new: &New<'_>,
    permissions: PermissionPlan,
    outcome: &mut Outcome,
) -> Result<()> {
    let mut keeper = Keeper { settings, outcome };
    let mut owner = sys::owner(new.status);
    if let Some(required) = keeper.wants(Preserve::OWNER) {
        let kept = keep_owner(new.file, sys::owner(&source.status), &mut owner);
        keeper.note(kept, required, Operation::SetOwner, Attribute::Owner)?;
    }
    if let Some(required) = keeper.wants_xattrs() {
        #[cfg(all(unix, feature = "xattr"))]
        xattrs::keep(&source.file, new, required, &mut keeper)?;
        #[cfg(not(all(unix, feature = "xattr")))]
        keeper.note(
            Err(sys::errors::not_supported()),
            required,
            Operation::SetXattrs,
            Attribute::Xattr(None),
        )?;
    }
    permissions.apply(&source.status, new, owner, &mut keeper)?;
    if let Some(required) = keeper.wants(Preserve::TIMES) {
        let kept = keep_times(new.file, &source.status);
        keeper.note(kept, required, Operation::SetTimes, Attribute::Times)?;
    }
    Ok(())
}

/// Tells what was asked for, and takes note of what could not be had.
struct Keeper<'o> {
    settings: Settings,
    outcome: &'o mut Outcome,
}

impl Keeper<'_> {
    /// Whether `what` is asked for: `Some(true)` if the copy must fail without it.
    fn wants(&self, what: Preserve) -> Option<bool> {
        if self.settings.preserve.contains(what) {
            Some(true)
        } else {
            self.settings.preserve_if_possible.contains(what).then_some(false)
        }
    }

    /// As [`wants`](Self::wants), of extended attributes.
    fn wants_xattrs(&self) -> Option<bool> {
        #[cfg(feature = "xattr")]
        return self.wants(Preserve::XATTRS);
        #[cfg(not(feature = "xattr"))]
        None
    }

    /// Takes note of something that cannot be had, and that no copy is to fail for.
    fn lost(&mut self, attribute: Attribute, errno: Option<i32>) {
        let lost = NotKept { attribute, errno };
        // The source's ACL and the new file's can both be unreadable, for one reason.
        if !self.outcome.not_kept.contains(&lost) {
            self.outcome.not_kept.push(lost);
        }
    }

    fn note(
        &mut self,
        kept: io::Result<()>,
        required: bool,
        operation: Operation,
        attribute: Attribute,
    ) -> Result<()> {
        match kept {
            Ok(()) => Ok(()),
            Err(error) if required => Err(Error::io(operation, Side::Destination, error)),
            Err(error) => {
                self.lost(attribute, error.raw_os_error());
                Ok(())
            }
        }
    }
}

fn wants_xattrs(settings: Settings) -> bool {
    #[cfg(feature = "xattr")]
    return settings.preserve.contains(Preserve::XATTRS)
        || settings.preserve_if_possible.contains(Preserve::XATTRS);
    #[cfg(not(feature = "xattr"))]
    {
        let _ = settings;
        false
    }
}

/// `now` follows what has been achieved, also when only the group could be kept.
fn keep_owner(file: &File, wanted: (u32, u32), now: &mut (u32, u32)) -> io::Result<()> {
    if *now == wanted {
        return Ok(());
    }
    let (user, group) = wanted;
    let set = sys::set_owner(file, Some(user), Some(group));
    match set.and_then(|()| check_kept(file, sys::owner, wanted)) {
        Ok(()) => {
            *now = wanted;
            Ok(())
        }
        Err(error) => {
            // Who may not give files away may still choose among the own groups.
            let set = sys::set_owner(file, None, Some(group));
            if set.and_then(|()| check_kept(file, |status| sys::owner(status).1, group)).is_ok() {
                now.1 = group;
            }
            if *now == wanted { Ok(()) } else { Err(error) }
        }
    }
}

/// An SMB server's client can accept what was set, and keep what the mount says.
fn check_kept<T: PartialEq>(
    file: &File,
    of: impl FnOnce(&Metadata) -> T,
    wanted: T,
) -> io::Result<()> {
    if sys::may_be_remote(file) && of(&file.metadata()?) != wanted {
        return Err(sys::errors::not_supported());
    }
    Ok(())
}

fn keep_times(file: &File, source: &Metadata) -> io::Result<()> {
    let times = FileTimes::new().set_accessed(source.accessed()?).set_modified(source.modified()?);
    file.set_times(times)
}
