//! Which permission bits the destination gets, from its creation to its end.

use std::fs::Metadata;
use std::io;
use std::path::Path;

use super::{Keeper, New, acl, check_kept};
use crate::options::Settings;
use crate::outcome::Attribute;
use crate::staging::Source;
use crate::sys::{self, FileKind, NameStatus};
use crate::{Operation, Permissions, Preserve, Result};

/// Read, write, execute for three, and the sticky bit.
const PLAIN: u32 = 0o1777;
const SET_USER_ID: u32 = 0o4000;
const SET_GROUP_ID: u32 = 0o2000;

/// The permission bits to be.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PermissionPlan {
    /// The bits of the file that sets the example: the source or the replaced file.
    example: u32,
    umask: Umask,
    /// While attributes are written the owner needs the right to write.
    writable_meanwhile: bool,
    /// Whether the example has an ACL, which only the bits are left of.
    loses_acl: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Umask {
    Ignored,
    /// Or a default ACL of the directory, which stands in for it.
    Applies,
}

impl PermissionPlan {
    pub(crate) fn new(
        settings: Settings,
        source: &Source,
        existing: Option<NameStatus>,
        destination: &Path,
    ) -> Self {
        let replaced = existing.filter(|found| found.kind == FileKind::Regular);
        let mode = sys::mode(&source.status);
        let (example, acl, umask) = match (settings.permissions, replaced) {
            (Permissions::Source, _) => (mode, Self::acl(settings, source), Umask::Ignored),
            (Permissions::Replaced, Some(replaced)) => {
                (replaced.mode, acl::of_path(destination), Umask::Ignored)
            }
            (Permissions::Replaced, None) | (Permissions::Umask, _) => (mode, None, Umask::Applies),
        };
        Self {
            example: PLAIN & acl.as_ref().map_or(example, |acl| acl::mode_without(example, acl)),
            umask,
            writable_meanwhile: wants_xattrs(settings),
            loses_acl: acl.is_some(),
        }
    }

    /// For a file that is written in place, and so was not created by this process.
    pub(crate) fn of_existing(settings: Settings, source: &Source, old: &Metadata) -> Self {
        let (example, acl) = match settings.permissions {
            Permissions::Replaced | Permissions::Umask => (sys::mode(old), None),
            Permissions::Source => (sys::mode(&source.status), Self::acl(settings, source)),
        };
        Self {
            example: PLAIN & acl.as_ref().map_or(example, |acl| acl::mode_without(example, acl)),
            umask: Umask::Ignored,
            writable_meanwhile: false,
            loses_acl: acl.is_some(),
        }
    }

    /// The source's ACL, where its permissions were asked for and it is not copied itself.
    fn acl(settings: Settings, source: &Source) -> Option<Vec<u8>> {
        let asked = settings.permissions_required && !wants_xattrs(settings);
        asked.then(|| acl::of_file(&source.file)).flatten()
    }

    /// The mode to create the file with; the kernel applies the umask to it.
    pub(crate) fn initial_mode(self) -> u32 {
        if self.writable_meanwhile { self.example | 0o200 } else { self.example }
    }

    /// Sets the bits, if they are not what they shall be. `owner` is the new file's.
    pub(super) fn apply(
        self,
        source: &Metadata,
        new: &New<'_>,
        owner: (u32, u32),
        keeper: &mut Keeper<'_>,
    ) -> Result<()> {
        let required = keeper.settings.permissions_required;
        let (operation, attribute) = (Operation::SetPermissions, Attribute::Permissions);
        if self.loses_acl {
            let lost = Err(io::ErrorKind::Unsupported.into());
            keeper.note(lost, false, operation, Attribute::Xattr(Some(acl::name())))?;
        }
        let now = sys::mode(new.status);
        let plain = match (self.umask, new.named_in) {
            (Umask::Ignored, _) => self.example,
            (Umask::Applies, None) => now & self.example,
            (Umask::Applies, Some(dir)) => match acl::most_in(dir).or_else(|| Some(!sys::umask()?))
            {
                Some(most) => self.example & most,
                None if cfg!(unix) => {
                    // Too strict is the safe side.
                    let unknown = Err(io::ErrorKind::Unsupported.into());
                    keeper.note(unknown, false, operation, attribute.clone())?;
                    now & self.example
                }
                None => now,
            },
        };
        let wanted = plain | set_id_bits(source, owner, keeper)?;
        // An owner or an ACL that was set meanwhile has changed the bits that `now` tells.
        let touched = wants_xattrs(keeper.settings) || owner != sys::owner(new.status);
        if wanted == now && !touched {
            return Ok(());
        }
        let sets_id = wanted & (SET_USER_ID | SET_GROUP_ID) != 0;
        let mut kept = sys::set_mode(new.file, wanted);
        // To tell of bits that nobody asked for, at each copy to such a server, would help nobody.
        if required || sets_id {
            kept = kept.and_then(|()| check_kept(new.file, sys::mode, wanted));
        }
        let required = required || sets_id && keeper.wants(Preserve::SET_ID) == Some(true);
        keeper.note(kept, required, operation, attribute)
    }
}

/// The source's set-id bits, as far as they were asked for and the new file has the same owner.
fn set_id_bits(source: &Metadata, owner: (u32, u32), keeper: &mut Keeper<'_>) -> Result<u32> {
    let Some(required) = keeper.wants(Preserve::SET_ID) else { return Ok(0) };
    let bits = sys::mode(source) & (SET_USER_ID | SET_GROUP_ID);
    let (user, group) = sys::owner(source);
    let mut allowed = bits;
    if owner.0 != user {
        allowed &= !SET_USER_ID;
    }
    if owner.1 != group {
        allowed &= !SET_GROUP_ID;
    }
    if allowed != bits {
        let refused = Err(io::ErrorKind::PermissionDenied.into());
        keeper.note(refused, required, Operation::SetPermissions, Attribute::SetId)?;
    }
    Ok(allowed)
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
