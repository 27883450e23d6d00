//! Extended attributes; ACLs and capabilities are extended attributes.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;

use xattr::FileExt as _;

use super::Keeper;
use crate::outcome::Attribute;
use crate::{Error, Operation, Result, Side, sys};

/// Gives `new` the attributes of `source`, and no others that a user or an ACL has set.
pub(super) fn keep(
    source: &File,
    new: &File,
    required: bool,
    keeper: &mut Keeper<'_>,
) -> Result<()> {
    let names = match names(source) {
        Ok(names) => names,
        Err(error) if required => {
            return Err(Error::io(Operation::ReadXattrs, Side::Source, error));
        }
        Err(error) => {
            return keeper.note(Err(error), false, Operation::ReadXattrs, Attribute::Xattr(None));
        }
    };
    for name in &names {
        let kept = match source.get_xattr(name) {
            Ok(Some(value)) => set_if_different(new, name, &value),
            // It went away after it was listed.
            Ok(None) => Ok(()),
            Err(error) => Err(error),
        };
        keeper.note(kept, required, Operation::SetXattrs, Attribute::Xattr(Some(name.clone())))?;
    }
    // The directory's default ACL, or what was on a file written in place. A list that cannot be
    // read is that of a filesystem without attributes, where setting them has failed before.
    for name in self::names(new).unwrap_or_default() {
        if !names.contains(&name) && is_the_users(&name) {
            let removed = new.remove_xattr(&name);
            let attribute = Attribute::Xattr(Some(name));
            keeper.note(removed, required, Operation::SetXattrs, attribute)?;
        }
    }
    Ok(())
}

/// Setting what is there already can be refused, and an inherited property often is there.
fn set_if_different(file: &File, name: &OsStr, value: &[u8]) -> io::Result<()> {
    if !matches!(file.get_xattr(name), Ok(Some(present)) if present == value) {
        file.set_xattr(name, value)?;
    }
    // SMB accepts an empty value, and has none then.
    if value.is_empty() && file.get_xattr(name)?.is_none() {
        return Err(sys::errors::not_supported());
    }
    Ok(())
}

fn names(file: &File) -> io::Result<Vec<OsString>> {
    match file.list_xattr() {
        Ok(names) => Ok(names.filter(|name| name != "security.selinux").collect()),
        // A filesystem without attributes: there are none to keep.
        Err(error) if sys::errors::is_not_supported(&error) => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

fn is_the_users(name: &OsStr) -> bool {
    let name = name.as_encoded_bytes();
    name.starts_with(b"user.") || name == b"system.posix_acl_access"
}
