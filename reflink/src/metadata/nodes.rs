//! The metadata of symbolic links and special files, which are never opened.

use std::io;
use std::path::Path;

use super::acl::{self, Found};
use super::keeper::{Keeper, wants_xattrs};
use super::permissions::{GROUP, PLAIN, loss, most_of_new, set_id_bits};
use crate::choices::{Permissions, Preserve};
use crate::error::{Error, Operation, Result, Side};
use crate::outcome::{Attribute, NotKept, Outcome};
use crate::session::Settings;
use crate::sys::{self, Dir, Special, Status};

/// The mode of a special file before it has its final owner and rights.
pub(crate) const UNFINISHED: u32 = 0o600;

/// A source that is a symbolic link or a special file: by its name, which is not followed, and by a descriptor
/// that names it.
#[derive(Clone, Copy)]
#[cfg_attr(
    not(all(unix, feature = "xattr")),
    expect(dead_code, reason = "only attributes are read by name")
)]
pub(crate) struct Named<'n> {
    pub(crate) dir: &'n Dir<'n>,
    pub(crate) name: &'n Path,
    /// `None` for a link.
    pub(crate) special: Option<&'n Special>,
}

/// What a node gets from its source.
pub(crate) struct NodePlan<'n> {
    settings: Settings,
    source: Named<'n>,
    status: &'n Status,
    acl: Found,
}

impl<'n> NodePlan<'n> {
    pub(crate) fn new(settings: Settings, source: Named<'n>, status: &'n Status) -> Self {
        let acl = match source.special {
            Some(special) if wants_xattrs(settings) || status.mode & GROUP != 0 => {
                acl::of_special(special)
            }
            _ => Found::Nothing,
        };
        Self { settings, source, status, acl }
    }

    /// The bits for a file without the ACL, whose mask is not the group's rights.
    fn plain(&self) -> u32 {
        PLAIN & self.acl.mode_without(self.status.mode)
    }

    /// Gives `new`, which is in `dir`, the metadata, in the order that `metadata::apply` has, too.
    pub(crate) fn apply(&self, new: &Special, dir: &Dir<'_>, outcome: &mut Outcome) -> Result<()> {
        let keeper = &mut Keeper { settings: self.settings, outcome };
        if let Some(required) = keeper.wants(Preserve::OWNER) {
            let kept = keep_owner(new, self.status.owner);
            keeper.note(kept, required, Operation::SetOwner, Attribute::Owner)?;
        }
        #[cfg(all(unix, feature = "xattr"))]
        if let Some(required) = keeper.wants_xattrs() {
            xattrs::keep(self.source, new, required, keeper)?;
        }
        #[cfg(not(all(unix, feature = "xattr")))]
        if let Some(required) = keeper.wants_xattrs() {
            let (operation, attribute) = (Operation::SetXattrs, Attribute::Xattr(None));
            keeper.note(Err(sys::errors::not_supported()), required, operation, attribute)?;
        }
        // A link has no rights.
        if self.source.special.is_some() {
            self.set_permissions(new, dir, keeper)?;
        }
        if let Some(required) = keeper.wants(Preserve::TIMES) {
            let (accessed, modified) = (self.status.accessed, self.status.modified);
            let kept = new.set_times(accessed, modified);
            keeper.note(kept, required, Operation::SetTimes, Attribute::Times)?;
        }
        Ok(())
    }

    fn set_permissions(&self, new: &Special, dir: &Dir<'_>, keeper: &mut Keeper<'_>) -> Result<()> {
        let inspect = Error::on(Operation::Inspect, Side::Destination);
        let Status { mode, owner, .. } = new.status().map_err(inspect)?;
        let mut bits = self.settle_acl(new, mode, keeper)?;
        if self.settings.permissions != Permissions::Source {
            bits &= most_of_new(dir, keeper).unwrap_or(mode);
        }
        let wanted = bits | set_id_bits(self.status, owner, keeper)?;
        if wanted == mode && !wants_xattrs(self.settings) {
            return Ok(());
        }
        let required = self.settings.permissions_required;
        let (operation, attribute) = (Operation::SetPermissions, Attribute::Permissions);
        keeper.note(new.set_mode(wanted), required, operation, attribute)
    }

    /// Gives `new` the ACL of its source if that was asked for, and otherwise removes the one that it has
    /// inherited, unless the umask makes the bits. Returns the bits for the result.
    fn settle_acl(&self, new: &Special, now: u32, keeper: &mut Keeper<'_>) -> Result<u32> {
        let asked = keeper.wants_xattrs();
        #[cfg(all(unix, feature = "xattr"))]
        if let Some(required) = asked {
            if xattrs::keep_acl(&self.acl, new, required, keeper)? {
                return Ok(PLAIN & self.status.mode);
            }
        }
        let is_example = self.settings.permissions == Permissions::Source;
        if asked.is_none() && is_example {
            if let Some(NotKept { attribute, errno }) = loss(&self.acl) {
                keeper.lost(attribute, errno);
            }
        }
        if asked.is_none() && !is_example {
            return Ok(self.plain());
        }
        match acl::remove_of_special(new, now) {
            Ok(Some(removed)) if !is_example => Ok(removed.mode_without(self.plain())),
            Ok(_) => Ok(self.plain()),
            Err(error) if asked == Some(true) => {
                Err(Error::io(Operation::SetXattrs, Side::Destination, error))
            }
            Err(error) => {
                keeper.lost(Attribute::GroupPermissions, error.raw_os_error());
                Ok(self.plain() & !GROUP)
            }
        }
    }
}

fn keep_owner(new: &Special, (user, group): (u32, u32)) -> io::Result<()> {
    let now = new.status()?.owner;
    if sys::HAS_OWNERS && now == (user, group) {
        return Ok(());
    }
    new.set_owner(Some(user), Some(group)).or_else(|error| {
        // An unprivileged owner cannot change the owner, but may still set a group they belong to.
        match new.set_owner(None, Some(group)) {
            Ok(()) if now.0 == user => Ok(()),
            _ => Err(error),
        }
    })
}

#[cfg(all(unix, feature = "xattr"))]
mod xattrs {
    use std::ffi::{OsStr, OsString};
    use std::io;
    use std::path::PathBuf;

    use super::Named;
    use crate::error::{Error, Operation, Result, Side};
    use crate::metadata::acl::{self, Found};
    use crate::metadata::keeper::Keeper;
    use crate::metadata::xattrs::{acl_to_keep, is_the_files};
    use crate::outcome::Attribute;
    use crate::sys::{self, Special};

    /// A path to a node, and whether it must be followed to the node.
    type NodePath = (PathBuf, bool);

    fn path(node: Named<'_>) -> io::Result<NodePath> {
        match node.special {
            Some(special) => special.path(),
            None => Special::path_of(node.dir, node.name),
        }
    }

    fn list((path, follow): &NodePath) -> io::Result<Vec<OsString>> {
        let names = if *follow { xattr::list_deref(path) } else { xattr::list(path) };
        match names {
            Ok(names) => Ok(names.filter(|name| is_the_files(name.as_encoded_bytes())).collect()),
            Err(error) if sys::errors::is_not_supported(&error) => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }

    /// Gives `new` the attributes of `source` except the ACL.
    pub(super) fn keep(
        source: Named<'_>,
        new: &Special,
        required: bool,
        keeper: &mut Keeper<'_>,
    ) -> Result<()> {
        let found = path(source).and_then(|from| Ok((list(&from)?, from, new.path()?)));
        let (names, from, to) = match found {
            Ok(found) => found,
            Err(error) if required => {
                return Err(Error::io(Operation::ReadXattrs, Side::Source, error));
            }
            Err(error) => {
                keeper.lost(Attribute::Xattr(None), error.raw_os_error());
                return Ok(());
            }
        };
        for name in names {
            let kept = keep_one(&from, &to, &name);
            keeper.note(kept, required, Operation::SetXattrs, Attribute::Xattr(Some(name)))?;
        }
        Ok(())
    }

    fn keep_one((from, follow): &NodePath, to: &NodePath, name: &OsStr) -> io::Result<()> {
        let get = if *follow { xattr::get_deref } else { xattr::get };
        let Some(value) = get(from, name)? else { return Ok(()) };
        set(to, name, &value)
    }

    fn set((path, follow): &NodePath, name: &OsStr, value: &[u8]) -> io::Result<()> {
        let set = if *follow { xattr::set_deref } else { xattr::set };
        set(path, name, value)
    }

    /// Gives `new` the source's ACL. Returns whether `new` has it now.
    pub(super) fn keep_acl(
        found: &Found,
        new: &Special,
        required: bool,
        keeper: &mut Keeper<'_>,
    ) -> Result<bool> {
        let Some(acl) = acl_to_keep(found, required, keeper)? else { return Ok(false) };
        let attribute = Attribute::Xattr(Some(acl::name()));
        let kept = new.path().and_then(|path| set(&path, &acl::name(), acl.value()));
        let is_kept = kept.is_ok();
        keeper.note(kept, required, Operation::SetXattrs, attribute)?;
        Ok(is_kept)
    }
}
