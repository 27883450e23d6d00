//! The default ACL, which everything made in a directory inherits.

use std::ffi::CStr;
use std::fs::File;
use std::io;

#[cfg(all(unix, feature = "xattr"))]
use super::node::Pair;
use crate::choices::Permissions;
#[cfg(all(unix, feature = "xattr"))]
use crate::choices::Preserve;
#[cfg(all(unix, feature = "xattr"))]
use crate::error::{Operation, Result};
#[cfg(all(unix, feature = "xattr"))]
use crate::metadata::Keeper;
#[cfg(all(unix, feature = "xattr"))]
use crate::outcome::{Attribute, Outcome};
use crate::session::Settings;
use crate::sys;

const DEFAULT_ACL: &CStr = c"system.posix_acl_default";

/// Removes the default ACL that a new directory has inherited, so that nothing in it inherits an
/// ACL that the source lacks.
pub(super) fn drop_inherited(settings: Settings, dir: &File) -> io::Result<()> {
    if settings.permissions != Permissions::Source {
        return Ok(());
    }
    match sys::remove_attribute(dir, DEFAULT_ACL) {
        Err(error) if sys::errors::is_not_supported(&error) => Ok(()),
        result => result,
    }
}

/// Gives a directory the default ACL of its source, if attributes are asked for.
#[cfg(all(unix, feature = "xattr"))]
pub(super) fn keep(settings: Settings, pair: &Pair, outcome: &mut Outcome) -> Result<()> {
    let mut keeper = Keeper { settings, outcome };
    let Some(required) = keeper.wants(Preserve::XATTRS) else { return Ok(()) };
    let kept = match sys::attribute(&pair.source.file, DEFAULT_ACL) {
        Ok(Some(acl)) => set_if_different(&pair.destination, &acl),
        // A filesystem without ACLs.
        Err(error) if sys::errors::is_not_supported(&error) => Ok(()),
        result => result.map(drop),
    };
    let name = String::from_utf8_lossy(DEFAULT_ACL.to_bytes()).into_owned();
    keeper.note(kept, required, Operation::SetXattrs, Attribute::Xattr(Some(name.into())))
}

/// Setting the default ACL that is already there can be refused.
#[cfg(all(unix, feature = "xattr"))]
fn set_if_different(dir: &File, acl: &[u8]) -> io::Result<()> {
    match sys::attribute(dir, DEFAULT_ACL) {
        Ok(Some(present)) if present == acl => Ok(()),
        _ => sys::set_attribute(dir, DEFAULT_ACL, acl),
    }
}
