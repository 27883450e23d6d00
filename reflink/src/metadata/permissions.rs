//! Which permission bits the destination gets, from its creation to its completion.

use std::ffi::OsString;
use std::fs::File;
use std::io;
use std::path::Path;

use super::acl::{self, Found};
use super::keeper::{Keeper, New, check_kept, wants_xattrs};
use crate::choices::{Permissions, Preserve};
use crate::error::{Error, Operation, Result, Side};
use crate::outcome::{Attribute, NotKept};
use crate::session::Settings;
use crate::staging::Source;
use crate::sys::{self, Dir, FileKind, NameStatus, Status};

/// Read, write and execute for owner, group and others, and the sticky bit.
pub(super) const PLAIN: u32 = 0o1777;
/// The group bits. If a file has an ACL, they are its mask. If they are 0, the ACL grants nobody
/// anything and need not be read.
pub(super) const GROUP: u32 = 0o070;
const SET_USER_ID: u32 = 0o4000;
const SET_GROUP_ID: u32 = 0o2000;

/// The permission bits of the finished destination.
#[derive(Debug)]
pub(crate) struct PermissionPlan {
    basis: Basis,
    /// The bits for a file without an ACL.
    plain: u32,
    /// The bits for a file that gets the source's ACL: nobody in it gets more rights than in the
    /// source.
    with_acl: u32,
    /// The source's ACL, if it is copied.
    acl: Found,
    /// What is lost because only the mode bits are kept.
    lost: Option<NotKept>,
    /// Whether the destination was there before, with an ACL and attributes of its own.
    existed: bool,
    /// The names of the source's attributes, if they were listed.
    #[cfg_attr(
        not(all(unix, feature = "xattr")),
        expect(dead_code, reason = "read to copy attributes")
    )]
    names: Option<Vec<OsString>>,
}

/// What determines the bits besides the file that they are copied from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Basis {
    /// Nothing: the bits are those of the source or of the replaced file, without an ACL.
    Example,
    /// The umask or, if the directory has one, its default ACL, which the new file inherits.
    Umask,
    /// The destination: it is written in place, and keeps its own bits.
    Own,
}

impl PermissionPlan {
    pub(crate) fn new(
        settings: Settings,
        source: &Source,
        existing: Option<NameStatus>,
        (dir, name): (&Dir, &Path),
    ) -> Self {
        let replaced = existing.filter(|found| found.kind == FileKind::Regular);
        match (settings.permissions, replaced) {
            (Permissions::Replaced, Some(replaced)) => {
                let acl = match replaced.mode & GROUP {
                    0 => Found::Nothing,
                    _ => acl::of_name(dir, name),
                };
                let lost = loss(&acl);
                Self::of_other(settings, source, Basis::Example, replaced.mode, &acl, lost)
            }
            _ => Self::of_new(settings, source),
        }
    }

    /// For a file that replaces none.
    pub(crate) fn of_new(settings: Settings, source: &Source) -> Self {
        let basis = match settings.permissions {
            Permissions::Source => Basis::Example,
            Permissions::Replaced | Permissions::Umask => Basis::Umask,
        };
        Self::of_source(settings, source, basis)
    }

    /// For a file that is written in place, and so was not created by this process.
    pub(crate) fn of_existing(settings: Settings, source: &Source, old: &Status) -> Self {
        let plan = match settings.permissions {
            Permissions::Replaced | Permissions::Umask => {
                let mode = old.mode;
                Self::of_other(settings, source, Basis::Own, mode, &Found::Nothing, None)
            }
            Permissions::Source => Self::of_source(settings, source, Basis::Example),
        };
        Self { existed: true, ..plan }
    }

    /// With the source's bits.
    fn of_source(settings: Settings, source: &Source, basis: Basis) -> Self {
        let mode = source.status.mode;
        let is_copied = wants_xattrs(settings);
        let (acl, names) = match (is_copied, mode & GROUP) {
            (true, _) => listed_acl(&source.file),
            (false, 0) => (Found::Nothing, None),
            (false, _) => (acl::of_file(&source.file), None),
        };
        let plain = PLAIN & acl.mode_without(mode);
        let lost = match &acl {
            // Nobody asked to keep it, or keeping it reports the loss later.
            Found::Acl(_) if basis == Basis::Umask || is_copied => None,
            Found::Unreadable(_) if mode & GROUP == 0 => None,
            _ => loss(&acl),
        };
        let (with_acl, acl) = if is_copied { (PLAIN & mode, acl) } else { (plain, Found::Nothing) };
        Self { basis, plain, with_acl, acl, lost, existed: false, names }
    }

    /// With the bits `mode` of another file, which has the ACL `others`.
    fn of_other(
        settings: Settings,
        source: &Source,
        basis: Basis,
        mode: u32,
        others: &Found,
        lost: Option<NotKept>,
    ) -> Self {
        let wants = wants_xattrs(settings);
        let (acl, names) = if wants { listed_acl(&source.file) } else { (Found::Nothing, None) };
        let with_acl = PLAIN & mode & (source.status.mode | !GROUP);
        let plain = PLAIN & others.mode_without(mode);
        Self { basis, plain, with_acl, acl, lost, existed: false, names }
    }

    /// Whether the destination was there before.
    #[cfg(all(unix, feature = "xattr"))]
    pub(super) fn existed(&self) -> bool {
        self.existed
    }

    /// The names of the source's attributes, if they were listed.
    #[cfg(all(unix, feature = "xattr"))]
    pub(super) fn take_names(&mut self) -> Option<Vec<OsString>> {
        self.names.take()
    }

    /// The mode to create the file with; the kernel applies the umask to it.
    pub(crate) fn initial_mode(&self) -> u32 {
        match self.acl {
            Found::Acl(_) => self.with_acl,
            Found::Nothing | Found::Unreadable(_) => self.plain,
        }
    }

    /// Sets the bits if they differ, and settles which ACL the file has. `owner` is the new file's, and
    /// `has_attributes` whether attributes were set.
    pub(super) fn apply(
        self,
        source: &Status,
        new: &New<'_>,
        owner: (u32, u32),
        has_attributes: bool,
        keeper: &mut Keeper<'_>,
    ) -> Result<()> {
        let required = keeper.settings.permissions_required;
        let (operation, attribute) = (Operation::SetPermissions, Attribute::Permissions);
        let now = new.status.mode;
        let (bits, has_changed) = self.settle_acl(new, now, keeper)?;
        let plain = match (self.basis, new.named_in) {
            (Basis::Example | Basis::Own, _) => bits,
            (Basis::Umask, None) => now & bits,
            (Basis::Umask, Some(dir)) => match most_of_new(dir, keeper) {
                Some(most) => bits & most,
                // Too strict is the safe side.
                None if cfg!(unix) => now & bits,
                None => now,
            },
        };
        if let Some(NotKept { attribute, errno }) = self.lost {
            keeper.lost(attribute, errno);
        }
        let wanted = plain | set_id_bits(source, owner, keeper)?;
        // An owner, an attribute or an ACL that was set meanwhile can have changed the bits in `now`.
        let touched = has_changed || has_attributes || owner != new.status.owner;
        if wanted == now && !touched {
            return Ok(());
        }
        let sets_id = wanted & (SET_USER_ID | SET_GROUP_ID) != 0;
        let mut kept = sys::set_mode(new.file, wanted);
        // Bits that nobody asked for are not reported: every copy to such a server would report
        // them.
        if required || sets_id {
            kept = kept.and_then(|()| check_kept(new.file, |status| status.mode, wanted));
        }
        let required = required || sets_id && keeper.wants(Preserve::SET_ID) == Some(true);
        keeper.note(kept, required, operation, attribute)
    }

    /// Gives `new` the source's ACL if that was asked for. Otherwise removes the ACL of `new`,
    /// which comes from its directory's default or, in place, is its own. Returns the bits for the
    /// result, and whether anything has changed.
    fn settle_acl(&self, new: &New<'_>, now: u32, keeper: &mut Keeper<'_>) -> Result<(u32, bool)> {
        let asked = keeper.wants_xattrs();
        #[cfg(all(unix, feature = "xattr"))]
        if let Some(required) = asked {
            let kept = super::xattrs::keep_acl(&self.acl, new.file, required, keeper)?;
            if let Some(has_changed) = kept {
                return Ok((self.with_acl, has_changed));
            }
        }
        if asked.is_none() && self.basis != Basis::Example {
            return Ok((self.plain, false));
        }
        if keeper.settings.inherits_no_acl && !self.existed && !new.is_clone {
            return Ok((self.plain, false));
        }
        match acl::remove(new.file, now) {
            Ok(None) => Ok((self.plain, false)),
            Ok(Some(_)) if self.basis == Basis::Example => Ok((self.plain, true)),
            // The bits that the kernel made or left belong to a file with that ACL.
            Ok(Some(removed)) => Ok((removed.mode_without(self.plain), true)),
            Err(error) if asked == Some(true) => {
                Err(Error::io(Operation::SetXattrs, Side::Destination, error))
            }
            Err(error) => {
                keeper.lost(Attribute::GroupPermissions, error.raw_os_error());
                // If the bits stay unchanged with their ACL, nobody gains a right.
                let is_own = self.basis == Basis::Own;
                Ok((if is_own { self.plain } else { self.plain & !GROUP }, true))
            }
        }
    }
}

/// The ACL, and the names of the attributes, as one list has both.
fn listed_acl(file: &File) -> (Found, Option<Vec<OsString>>) {
    #[cfg(all(unix, feature = "xattr"))]
    if let Ok((names, has_acl)) = super::xattrs::list(file) {
        let acl = if has_acl { acl::of_file(file) } else { Found::Nothing };
        return (acl, Some(names));
    }
    (acl::of_file(file), None)
}

/// What is lost if only the permission bits are kept.
pub(super) fn loss(acl: &Found) -> Option<NotKept> {
    match acl {
        Found::Nothing => None,
        Found::Acl(_) => {
            Some(NotKept { attribute: Attribute::Xattr(Some(acl::name())), errno: None })
        }
        Found::Unreadable(error) => {
            Some(NotKept { attribute: Attribute::GroupPermissions, errno: error.raw_os_error() })
        }
    }
}

/// The most bits that a new file in `dir` may have: by its default ACL, or by the umask. If they are unknown,
/// that is reported, except on systems that have no such bits.
pub(super) fn most_of_new(dir: &Dir, keeper: &mut Keeper<'_>) -> Option<u32> {
    let most = acl::most_in(dir).or_else(|| Some(!sys::umask()?));
    if most.is_none() && cfg!(unix) {
        keeper.lost(Attribute::Permissions, None);
    }
    most
}

/// The source's set-id bits, if they were asked for and the new file has the same owner.
pub(super) fn set_id_bits(
    source: &Status,
    owner: (u32, u32),
    keeper: &mut Keeper<'_>,
) -> Result<u32> {
    let Some(required) = keeper.wants(Preserve::SET_ID) else { return Ok(0) };
    let bits = source.mode & (SET_USER_ID | SET_GROUP_ID);
    let (user, group) = source.owner;
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
