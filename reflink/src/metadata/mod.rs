//! The metadata that the destination keeps of the source.
//!
//! The order matters: changing the owner clears set-id bits and capabilities, an ACL changes the
//! permission bits, a file that its owner may not write accepts no attributes, and all of these
//! change the times. So: owner, attributes, ACL, permission bits, times.

use std::fs::{File, FileTimes};
use std::io;
use std::time::SystemTime;

mod acl;
mod keeper;
mod nodes;
mod permissions;
#[cfg(all(unix, feature = "xattr"))]
mod xattrs;

pub(crate) use keeper::{Keeper, New};
pub(crate) use nodes::{Named, NodePlan, UNFINISHED};
pub(crate) use permissions::PermissionPlan;

use keeper::check_kept;

use crate::choices::Preserve;
use crate::error::{Error, Operation, Result, Side};
use crate::outcome::Attribute;
use crate::outcome::Outcome;
use crate::session::Settings;
use crate::staging::Source;
use crate::sys::{self, Status};

/// Gives `new` the metadata that `settings` ask for.
pub(crate) fn apply(
    settings: Settings,
    source: &Source,
    new: &New<'_>,
    #[allow(unused_mut, reason = "only attributes change it")] mut permissions: PermissionPlan,
    outcome: &mut Outcome,
) -> Result<()> {
    let mut has_attributes = false;
    let mut keeper = Keeper { settings, outcome };
    let mut owner = new.status.owner;
    if let Some(required) = keeper.wants(Preserve::OWNER) {
        let kept = keep_owner(new.file, source.status.owner, &mut owner);
        keeper.note(kept, required, Operation::SetOwner, Attribute::Owner)?;
    }
    if new.is_clone {
        // Also if attributes are asked for: those of the place are not.
        let side = Side::Destination;
        sys::remove_attributes(new.file).map_err(Error::on(Operation::SetXattrs, side))?;
    }
    if let Some(required) = keeper.wants_xattrs() {
        #[cfg(all(unix, feature = "xattr"))]
        {
            let names = permissions.take_names();
            let existed = permissions.existed();
            has_attributes =
                xattrs::keep(&source.file, names, new, existed, required, &mut keeper)?;
        }
        #[cfg(not(all(unix, feature = "xattr")))]
        {
            has_attributes = true;
            let (operation, attribute) = (Operation::SetXattrs, Attribute::Xattr(None));
            keeper.note(Err(sys::errors::not_supported()), required, operation, attribute)?;
        }
    }
    permissions.apply(&source.status, new, owner, has_attributes, &mut keeper)?;
    if let Some(required) = keeper.wants(Preserve::TIMES) {
        let kept = keep_times(new.file, &source.status);
        keeper.note(kept, required, Operation::SetTimes, Attribute::Times)?;
    } else if new.is_clone {
        let now = SystemTime::now();
        let set = new.file.set_times(FileTimes::new().set_accessed(now).set_modified(now));
        set.map_err(Error::on(Operation::SetTimes, Side::Destination))?;
    }
    Ok(())
}

/// `now` is updated with each success, even if only the group could be kept.
fn keep_owner(file: &File, wanted: (u32, u32), now: &mut (u32, u32)) -> io::Result<()> {
    if !sys::HAS_OWNERS {
        return Err(sys::errors::not_supported());
    }
    if *now == wanted {
        return Ok(());
    }
    let (user, group) = wanted;
    let set = sys::set_owner(file, Some(user), Some(group));
    match set.and_then(|()| check_kept(file, |status| status.owner, wanted)) {
        Ok(()) => {
            *now = wanted;
            Ok(())
        }
        Err(error) => {
            // An unprivileged owner cannot change the owner, but may still set a group they belong
            // to.
            let set = sys::set_owner(file, None, Some(group));
            if set.and_then(|()| check_kept(file, |status| status.owner.1, group)).is_ok() {
                now.1 = group;
            }
            if *now == wanted { Ok(()) } else { Err(error) }
        }
    }
}

fn keep_times(file: &File, source: &Status) -> io::Result<()> {
    let times = FileTimes::new().set_accessed(source.accessed).set_modified(source.modified);
    file.set_times(times)
}
