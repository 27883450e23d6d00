//! What the permission bits of a file with an ACL mean.
//!
//! The group bits of such a file are the mask: the most that the owning group and everybody whom
//! the ACL adds can do. Without the ACL they would be the owning group's rights, which may have
//! been none.
//!
//! Only the POSIX ACLs of Linux are handled here. The ACLs of NFS 4, SMB, macOS and Windows do not
//! show in the bits.

use std::ffi::{CStr, OsString};
use std::fs::File;
use std::io;
use std::path::Path;

use crate::sys::Special;
use crate::sys::{self, Dir};

/// The attribute that holds a file's ACL.
pub(super) const ACCESS: &CStr = c"system.posix_acl_access";

/// The ACL of a file.
#[derive(Debug)]
pub(super) enum Found {
    Nothing,
    Acl(Acl),
    /// Whether the file has an ACL cannot be found out.
    Unreadable(io::Error),
}

impl Found {
    /// The bits for a file without the ACL: the group gets its own rights, or none if those are
    /// unknown.
    pub(super) fn mode_without(&self, mode: u32) -> u32 {
        match self {
            Self::Nothing => mode,
            Self::Acl(acl) => acl.mode_without(mode),
            Self::Unreadable(_) => mode & !0o070,
        }
    }
}

/// The ACL of an open file.
pub(super) fn of_file(file: &File) -> Found {
    let error = match known(sys::attribute(file, ACCESS)) {
        Found::Unreadable(error) => error,
        found => return found,
    };
    // A list of attributes without the ACL means that there is none.
    match sys::lists_attribute(file, ACCESS) {
        Ok(false) => Found::Nothing,
        Err(refused) if sys::errors::is_not_supported(&refused) => Found::Nothing,
        // A FUSE program without attributes: rclone returns EIO for every request about them.
        Err(refused) if refused.raw_os_error() == error.raw_os_error() && is_fuse(file) => {
            Found::Nothing
        }
        Ok(true) | Err(_) => Found::Unreadable(error),
    }
}

/// The ACL of a FIFO, socket or device.
pub(super) fn of_special(special: &Special) -> Found {
    known(special.attribute(ACCESS))
}

/// The ACL of the file `name` in `dir`, or of the link there.
pub(super) fn of_name(dir: &Dir, name: &Path) -> Found {
    match known(sys::attribute_of_name(dir, name, ACCESS)) {
        // An open file gives more information, and needs no /proc.
        Found::Unreadable(error) => match dir.open_at_once(name, false) {
            Ok(file) => of_file(&file),
            Err(_) => Found::Unreadable(error),
        },
        found => found,
    }
}

fn known(value: io::Result<Option<Vec<u8>>>) -> Found {
    match value {
        Ok(Some(value)) => Found::Acl(Acl(value)),
        Ok(None) => Found::Nothing,
        Err(error) if sys::errors::is_not_supported(&error) => Found::Nothing,
        Err(error) => Found::Unreadable(error),
    }
}

fn is_fuse(file: &File) -> bool {
    sys::fs_type(file).is_some_and(|fs_type| fs_type.name() == Some("fuse"))
}

/// The attribute's name, for reports.
pub(super) fn name() -> OsString {
    String::from_utf8_lossy(ACCESS.to_bytes()).into_owned().into()
}

/// Removes the ACL of a file with this mode, and returns it.
///
/// # Errors
///
/// The file may have an ACL, and the group bits of the mode are its mask.
pub(super) fn remove(file: &File, mode: u32) -> io::Result<Option<Acl>> {
    match of_file(file) {
        Found::Nothing => Ok(None),
        Found::Acl(acl) => {
            // Clear the mask first: for a moment it would be the owning group's rights.
            sys::set_mode(file, mode & !0o070)?;
            sys::remove_attribute(file, ACCESS)?;
            Ok(Some(acl))
        }
        Found::Unreadable(error) => Err(error),
    }
}

/// As [`remove`], of a FIFO, socket or device.
pub(super) fn remove_of_special(special: &Special, mode: u32) -> io::Result<Option<Acl>> {
    match of_special(special) {
        Found::Nothing => Ok(None),
        Found::Acl(acl) => {
            special.set_mode(mode & !0o070)?;
            special.remove_attribute(ACCESS)?;
            Ok(Some(acl))
        }
        Found::Unreadable(error) => Err(error),
    }
}

/// The most bits that a new file in `dir` may have, if the directory has a default ACL, which
/// replaces the umask.
pub(super) fn most_in(dir: &Dir) -> Option<u32> {
    const DEFAULT: &CStr = c"system.posix_acl_default";

    match sys::attribute_of_dir(dir, DEFAULT) {
        // There is no /proc, and the umask is read from /proc, too: reading the umask reports the
        // error.
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        acl => match known(acl) {
            Found::Nothing => None,
            Found::Acl(acl) => Some(acl.most()),
            // All rights for the owner, none for anyone else.
            Found::Unreadable(_) => Some(0o700),
        },
    }
}

/// An ACL, as its attribute holds it.
#[derive(Debug)]
pub(super) struct Acl(Vec<u8>);

impl Acl {
    const OWNER: u16 = 1;
    /// What the owning group may do.
    const GROUP: u16 = 4;
    const MASK: u16 = 0x10;
    const OTHER: u16 = 0x20;

    /// The attribute's value.
    #[cfg(all(unix, feature = "xattr"))]
    pub(super) fn value(&self) -> &[u8] {
        &self.0
    }

    /// The bits for a file without the ACL.
    pub(super) fn mode_without(&self, mode: u32) -> u32 {
        // Every ACL has that entry. If it is missing, no rights are the safe choice.
        let group = self.rights(Self::GROUP).unwrap_or(0);
        mode & !0o070 | mode & (group << 3)
    }

    /// The most bits that a new file can inherit.
    fn most(&self) -> u32 {
        // An invalid ACL grants the owner everything, and nobody else anything.
        let owner = self.rights(Self::OWNER).unwrap_or(7);
        let group = self.rights(Self::MASK).or_else(|| self.rights(Self::GROUP)).unwrap_or(0);
        let other = self.rights(Self::OTHER).unwrap_or(0);
        owner << 6 | group << 3 | other
    }

    /// What the entry of this kind grants.
    fn rights(&self, kind: u16) -> Option<u32> {
        let mut entries = self.0.get(4..).unwrap_or_default().chunks_exact(8);
        let number = |bytes: &[u8]| u16::from_le_bytes([bytes[0], bytes[1]]);
        let entry = entries.find(|entry| number(entry) == kind)?;
        Some(u32::from(number(&entry[2..]) & 7))
    }
}

#[cfg(test)]
mod tests {
    use super::Acl;

    fn acl(entries: &[(u16, u16)]) -> Acl {
        let mut acl = 2u32.to_le_bytes().to_vec();
        for (tag, rights) in entries {
            acl.extend(tag.to_le_bytes());
            acl.extend(rights.to_le_bytes());
            acl.extend(u32::MAX.to_le_bytes());
        }
        Acl(acl)
    }

    #[test]
    fn the_group_gets_its_own_bits_and_not_the_mask() {
        // user::rw-, user:x:rw-, group::---, mask::rw-, other::---
        let acl = acl(&[(1, 6), (2, 6), (4, 0), (0x10, 6), (0x20, 0)]);
        assert_eq!(acl.mode_without(0o660), 0o600);
    }

    #[test]
    fn the_mask_limits_the_group() {
        let acl = acl(&[(1, 6), (2, 4), (4, 7), (0x10, 4), (0x20, 4)]);
        assert_eq!(acl.mode_without(0o644), 0o644);
    }

    #[test]
    fn an_invalid_acl_gives_the_group_nothing() {
        for value in [&b""[..], b"\x02\0\0\0\x04"] {
            let acl = Acl(value.to_vec());
            assert_eq!(acl.mode_without(0o664), 0o604);
            assert_eq!(acl.most(), 0o700);
        }
    }
}
