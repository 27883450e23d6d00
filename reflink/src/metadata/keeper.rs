//! What was asked for, and what of it was not kept.

use std::fs::File;
use std::io;

use crate::choices::Preserve;
use crate::error::{Error, Operation, Result, Side};
use crate::outcome::{Attribute, NotKept, Outcome};
use crate::session::Settings;
use crate::sys::{self, Dir, Status};

/// The destination, with its data in place.
pub(crate) struct New<'f> {
    pub(crate) file: &'f File,
    pub(crate) status: &'f Status,
    /// The directory in which it was made under a name, and so with no rights for anyone except its
    /// owner.
    pub(crate) named_in: Option<&'f Dir<'f>>,
    /// Whether it came with the source's times and attributes.
    pub(crate) is_clone: bool,
}

/// Answers what was asked for, and records what could not be kept.
pub(crate) struct Keeper<'o> {
    pub(crate) settings: Settings,
    pub(crate) outcome: &'o mut Outcome,
}

impl Keeper<'_> {
    /// Whether `what` is asked for: `Some(true)` if the copy must fail without it.
    pub(crate) fn wants(&self, what: Preserve) -> Option<bool> {
        if self.settings.preserve.contains(what) {
            Some(true)
        } else {
            self.settings.preserve_if_possible.contains(what).then_some(false)
        }
    }

    /// Like [`wants`](Self::wants), for extended attributes.
    pub(super) fn wants_xattrs(&self) -> Option<bool> {
        #[cfg(feature = "xattr")]
        return self.wants(Preserve::XATTRS);
        #[cfg(not(feature = "xattr"))]
        None
    }

    /// Records metadata that cannot be kept and that the copy does not need.
    pub(super) fn lost(&mut self, attribute: Attribute, errno: Option<i32>) {
        let lost = NotKept { attribute, errno };
        // The source's ACL and the new file's can both be unreadable for the same reason.
        if !self.outcome.not_kept.contains(&lost) {
            self.outcome.not_kept.push(lost);
        }
    }

    pub(crate) fn note(
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

/// Whether extended attributes are asked for.
pub(super) fn wants_xattrs(settings: Settings) -> bool {
    #[cfg(feature = "xattr")]
    return settings.preserve.contains(Preserve::XATTRS)
        || settings.preserve_if_possible.contains(Preserve::XATTRS);
    #[cfg(not(feature = "xattr"))]
    {
        let _ = settings;
        false
    }
}

/// An SMB client can accept what was set, and keep what the mount specifies.
pub(super) fn check_kept<T: PartialEq>(
    file: &File,
    of: impl FnOnce(&Status) -> T,
    wanted: T,
) -> io::Result<()> {
    if sys::may_be_remote(file) && of(&sys::status(file)?) != wanted {
        return Err(sys::errors::not_supported());
    }
    Ok(())
}
