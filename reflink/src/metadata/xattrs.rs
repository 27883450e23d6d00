//! Extended attributes; ACLs and capabilities are extended attributes.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;

use xattr::FileExt as _;

use super::acl::{self, Acl, Found};
use super::keeper::{Keeper, New};
use crate::error::{Error, Operation, Result, Side};
use crate::outcome::Attribute;
use crate::sys;

/// Gives `new` the attributes of `source` except the ACL, and removes all others that a user has
/// set. `names` are the source's, if they are known. Returns whether anything has changed, or may have.
pub(super) fn keep(
    source: &File,
    names: Option<Vec<OsString>>,
    new: &New<'_>,
    existed: bool,
    required: bool,
    keeper: &mut Keeper<'_>,
) -> Result<bool> {
    let names = match names.map_or_else(|| list(source).map(|(names, _)| names), Ok) {
        Ok(names) => names,
        Err(error) if required => {
            return Err(Error::io(Operation::ReadXattrs, Side::Source, error));
        }
        Err(error) => {
            keeper.note(Err(error), false, Operation::ReadXattrs, Attribute::Xattr(None))?;
            return Ok(true);
        }
    };
    let mode = new.status.mode;
    let mut has_changed = false;
    if !names.is_empty() && mode & 0o200 == 0 {
        // The owner needs write permission to set attributes; the final bits are set later. If this
        // fails, setting the attributes fails, too.
        has_changed = sys::set_mode(new.file, mode | 0o200).is_ok();
    }
    for name in &names {
        let kept = match source.get_xattr(name) {
            Ok(Some(value)) => set_if_different(new.file, name, &value),
            // The attribute was removed after it was listed.
            Ok(None) => Ok(false),
            Err(error) => Err(error),
        };
        has_changed |= !matches!(kept, Ok(false));
        let kept = kept.map(drop);
        keeper.note(kept, required, Operation::SetXattrs, Attribute::Xattr(Some(name.clone())))?;
    }
    if !existed {
        return Ok(has_changed);
    }
    // Attributes that were on a file written in place. If the list cannot be read, the filesystem
    // has no attributes, and has refused to set them before.
    for name in list(new.file).unwrap_or_default().0 {
        if !names.contains(&name) && name.as_encoded_bytes().starts_with(b"user.") {
            let removed = new.file.remove_xattr(&name);
            has_changed |= removed.is_ok();
            let attribute = Attribute::Xattr(Some(name));
            keeper.note(removed, required, Operation::SetXattrs, attribute)?;
        }
    }
    Ok(has_changed)
}

/// Gives `new` the source's ACL. Returns whether that has changed anything; `None` if `new` has no ACL now.
pub(super) fn keep_acl(
    found: &Found,
    new: &File,
    required: bool,
    keeper: &mut Keeper<'_>,
) -> Result<Option<bool>> {
    let Some(acl) = acl_to_keep(found, required, keeper)? else { return Ok(None) };
    let mut kept = set_if_different(new, &acl::name(), acl.value());
    // A server's client can accept the ACL and not keep it.
    if kept.is_ok() && sys::may_be_remote(new) && matches!(acl::of_file(new), Found::Nothing) {
        kept = Err(sys::errors::not_supported());
    }
    let has_changed = kept.as_ref().ok().copied();
    keeper.note(
        kept.map(drop),
        required,
        Operation::SetXattrs,
        Attribute::Xattr(Some(acl::name())),
    )?;
    Ok(has_changed)
}

/// The source's ACL, if it has one.
///
/// # Errors
///
/// It is required, and cannot be read.
pub(super) fn acl_to_keep<'f>(
    found: &'f Found,
    required: bool,
    keeper: &mut Keeper<'_>,
) -> Result<Option<&'f Acl>> {
    match found {
        Found::Nothing => Ok(None),
        Found::Acl(acl) => Ok(Some(acl)),
        Found::Unreadable(error) if required => {
            let copy = error
                .raw_os_error()
                .map_or_else(|| io::Error::from(error.kind()), io::Error::from_raw_os_error);
            Err(Error::io(Operation::ReadXattrs, Side::Source, copy))
        }
        Found::Unreadable(error) => {
            keeper.lost(Attribute::Xattr(Some(acl::name())), error.raw_os_error());
            Ok(None)
        }
    }
}

/// Setting an attribute that is already there can be refused, and an inherited property often is
/// there. Returns whether it was set.
fn set_if_different(file: &File, name: &OsStr, value: &[u8]) -> io::Result<bool> {
    let is_different = !matches!(file.get_xattr(name), Ok(Some(present)) if present == value);
    if is_different {
        file.set_xattr(name, value)?;
    }
    // SMB accepts an empty value and does not keep it.
    if value.is_empty() && file.get_xattr(name)?.is_none() {
        return Err(sys::errors::not_supported());
    }
    Ok(is_different)
}

/// The names of the attributes that belong to the file, and whether it has an ACL.
pub(super) fn list(file: &File) -> io::Result<(Vec<OsString>, bool)> {
    match file.list_xattr() {
        Ok(names) => {
            let names: Vec<_> = names.collect();
            let has_acl = names.contains(&acl::name());
            let is_kept = |name: &OsString| is_the_files(name.as_encoded_bytes());
            Ok((names.into_iter().filter(is_kept).collect(), has_acl))
        }
        // A filesystem without attributes has none to keep.
        Err(error) if sys::errors::is_not_supported(&error) => Ok(Default::default()),
        Err(error) => Err(error),
    }
}

/// Attributes that describe the place of a file, and would be false or harmful elsewhere. A name
/// that ends in a dot or an underscore stands for all names that begin with it.
const OF_THE_PLACE: [&str; 12] = [
    // What the skip lines of /etc/xattr.conf keep GNU cp from copying. xfs also shows a file's ACL
    // under a name of its own.
    "trusted.SGI_ACL_DEFAULT",
    "trusted.SGI_ACL_FILE",
    "trusted.SGI_CAP_FILE",
    "trusted.SGI_DMI_",
    "trusted.SGI_MAC_FILE",
    "xfsroot.",
    "user.Beagle.",
    "afs.",
    // An overlay's notes on a file of its upper layer: where in the lower layer its data is.
    "trusted.overlay.",
    "user.overlay.",
    // The label that the policy assigns to files in this place; cp also leaves the label to the
    // policy.
    "security.selinux",
    "security.SMACK64",
];

/// Whether an attribute belongs to the file. The ACL does, but it is handled separately, because it
/// changes the permission bits.
pub(super) fn is_the_files(name: &[u8]) -> bool {
    match name {
        // Signatures and measurements of the inode and of the content, made under this machine's
        // policy.
        b"security.evm" | b"security.ima" => false,
        b"system.nfs4_acl" => true,
        // The POSIX ACL, and attributes in which a filesystem shows its own structures.
        _ if name.starts_with(b"system.") => false,
        _ => !OF_THE_PLACE.iter().any(|of_the_place| {
            let is_prefix = of_the_place.ends_with(['.', '_']);
            if is_prefix {
                name.starts_with(of_the_place.as_bytes())
            } else {
                name == of_the_place.as_bytes()
            }
        }),
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::{acl_to_keep, is_the_files};
    use crate::metadata::acl::Found;
    use crate::metadata::keeper::Keeper;
    use crate::outcome::Outcome;
    use crate::session::Settings;

    #[test]
    fn an_unreadable_acl_has_its_own_error() {
        let mut outcome = Outcome::default();
        let mut keeper = Keeper { settings: Settings::default(), outcome: &mut outcome };
        for error in [io::Error::from_raw_os_error(5), io::ErrorKind::UnexpectedEof.into()] {
            let (errno, kind) = (error.raw_os_error(), error.kind());
            let found = Found::Unreadable(error);
            let Err(failed) = acl_to_keep(&found, true, &mut keeper) else { panic!("{found:?}") };
            assert_eq!((failed.raw_os_error(), failed.kind()), (errno, kind));
            assert!(matches!(acl_to_keep(&found, false, &mut keeper), Ok(None)));
        }
        assert_eq!(outcome.not_kept.len(), 2);
    }

    #[test]
    fn attributes_of_the_place_are_not_attributes_of_the_file() {
        for name in [
            "trusted.SGI_ACL_FILE",
            "trusted.SGI_DMI_ANYTHING",
            "trusted.overlay.metacopy",
            "user.overlay.origin",
            "security.selinux",
            "security.evm",
            "security.ima",
            "system.posix_acl_access",
            "system.ntfs_security",
        ] {
            assert!(!is_the_files(name.as_bytes()), "{name}");
        }
        for name in [
            "user.a",
            "user.overlay",
            "user.Beagle",
            "trusted.a",
            "trusted.SGI_ACL_FILES",
            "security.capability",
            "security.NTACL",
            "system.nfs4_acl",
            "btrfs.compression",
        ] {
            assert!(is_the_files(name.as_bytes()), "{name}");
        }
    }
}
