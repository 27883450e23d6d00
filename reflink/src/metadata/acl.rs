//! What the permission bits of a file with an ACL mean.

use std::fs::File;
use std::path::Path;

use crate::sys::Dir;

const NAME: &str = "system.posix_acl_access";
/// The kind of the entry that says what the owning group may do.
const GROUP: u16 = 4;

/// The ACL of an open file, as its attribute holds it.
#[cfg(all(unix, feature = "xattr"))]
pub(super) fn of_file(file: &File) -> Option<Vec<u8>> {
    known(xattr::FileExt::get_xattr(file, NAME))
}

/// The ACL of the file at `path`, or of the link there.
#[cfg(all(unix, feature = "xattr"))]
pub(super) fn of_path(path: &Path) -> Option<Vec<u8>> {
    known(xattr::get(path, NAME))
}

/// An ACL that cannot be read is taken for one that gives the group nothing.
#[cfg(all(unix, feature = "xattr"))]
fn known(acl: std::io::Result<Option<Vec<u8>>>) -> Option<Vec<u8>> {
    match acl {
        Ok(acl) => acl,
        Err(error) if crate::sys::errors::is_not_supported(&error) => None,
        Err(_) => Some(Vec::new()),
    }
}

#[cfg(not(all(unix, feature = "xattr")))]
pub(super) fn of_file(_file: &File) -> Option<Vec<u8>> {
    None
}

#[cfg(not(all(unix, feature = "xattr")))]
pub(super) fn of_path(_path: &Path) -> Option<Vec<u8>> {
    None
}

/// The most bits that a new file in `dir` may have, where the directory's default ACL says that in
/// the umask's place.
#[cfg(all(unix, feature = "xattr"))]
pub(super) fn most_in(dir: &Dir) -> Option<u32> {
    const DEFAULT: &str = "system.posix_acl_default";
    const OWNER: u16 = 1;
    const MASK: u16 = 0x10;
    const OTHER: u16 = 0x20;

    // The path is a symbolic link in /proc.
    let acl = match xattr::get_deref(dir.path(), DEFAULT) {
        // There is no /proc, which the umask is asked from, too: that question says so.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return None,
        acl => known(acl)?,
    };
    // An ACL that cannot be read grants the owner all, and nobody else anything.
    let owner = rights(&acl, OWNER).unwrap_or(7);
    let group = rights(&acl, MASK).or_else(|| rights(&acl, GROUP)).unwrap_or(0);
    let other = rights(&acl, OTHER).unwrap_or(0);
    Some(owner << 6 | group << 3 | other)
}

#[cfg(not(all(unix, feature = "xattr")))]
pub(super) fn most_in(_dir: &Dir) -> Option<u32> {
    None
}

/// The attribute's name, for reports.
pub(super) fn name() -> std::ffi::OsString {
    NAME.into()
}

/// The bits for a file that does not get the ACL. With it the group's bits are the most that anybody
/// in the ACL may do; without it they are the owning group's rights, and that may have had none.
pub(super) fn mode_without(mode: u32, acl: &[u8]) -> u32 {
    // An ACL without that entry does not exist: nothing is the safe reading of one.
    let group = rights(acl, GROUP).unwrap_or(0);
    mode & !0o070 | mode & (group << 3)
}

/// What the entry of this kind grants.
fn rights(acl: &[u8], kind: u16) -> Option<u32> {
    let mut entries = acl.get(4..).unwrap_or_default().chunks_exact(8);
    let number = |bytes: &[u8]| u16::from_le_bytes([bytes[0], bytes[1]]);
    let entry = entries.find(|entry| number(entry) == kind)?;
    Some(u32::from(number(&entry[2..]) & 7))
}

#[cfg(test)]
mod tests {
    use super::mode_without;

    fn acl(entries: &[(u16, u16)]) -> Vec<u8> {
        let mut acl = 2u32.to_le_bytes().to_vec();
        for (tag, rights) in entries {
            acl.extend(tag.to_le_bytes());
            acl.extend(rights.to_le_bytes());
            acl.extend(u32::MAX.to_le_bytes());
        }
        acl
    }

    #[test]
    fn the_group_gets_what_it_had_and_not_the_mask() {
        // user::rw-, user:x:rw-, group::---, mask::rw-, other::---
        let acl = acl(&[(1, 6), (2, 6), (4, 0), (0x10, 6), (0x20, 0)]);
        assert_eq!(mode_without(0o660, &acl), 0o600);
    }

    #[test]
    fn the_mask_limits_the_group() {
        let acl = acl(&[(1, 6), (2, 4), (4, 7), (0x10, 4), (0x20, 4)]);
        assert_eq!(mode_without(0o644, &acl), 0o644);
    }

    #[test]
    fn what_is_no_acl_gives_the_group_nothing() {
        assert_eq!(mode_without(0o664, b""), 0o604);
        assert_eq!(mode_without(0o664, b"\x02\0\0\0\x04"), 0o604);
    }
}
