//! The choices that a copy leaves to its caller.

use std::fmt::{self, Debug, Formatter};
use std::ops::BitOr;

/// Whether to share blocks: GNU cp's three words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Mode {
    /// Share all blocks, or fail with the reason and change nothing. On SMB it is the server that
    /// says so, and that may have changed an open destination before it refused.
    Always,
    /// Share what can be shared and copy the rest: clone, else copy_file_range, else read and write.
    #[default]
    Auto,
    /// Share nothing: the destination gets blocks of its own. Only read and write are used, as
    /// copy_file_range may share.
    Never,
}

/// What to do where the destination's name is taken.
///
/// Whatever is chosen, a directory, a device, a FIFO or a socket at the destination is an error,
/// and so is the source itself, by whatever name; nothing is changed then.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Overwrite {
    /// Put the new file in its place in one step, as rename(2) does. Who has the old file open
    /// keeps it; other hard links to it stay as they are; a symbolic link is itself replaced (one to
    /// a device or FIFO is refused).
    #[default]
    Replace,
    /// Fail with EEXIST, without a race: of two copies onto one name, one fails.
    Never,
    /// Write into the existing file, as cp does: it keeps its inode, its hard links and its owner,
    /// and a symbolic link is followed. An error can leave the file incomplete: see
    /// [`Error::changed`](crate::Error::changed).
    InPlace,
}

/// Whether a hard link may replace a copy. Both names are then one file: a change of its bytes or its
/// metadata through either name shows through the other.
///
/// Hard links suit files that nobody writes to in place, such as the store of a package manager. A hard link
/// has the source's metadata, whatever the options ask for. It is never made for a symbolic link at the
/// source, nor under [`Mode::Never`], nor into an existing file ([`Overwrite::InPlace`]), nor where the
/// kernel does not allow it: between two filesystems (EXDEV), of a file that is not the caller's own
/// (EPERM, `/proc/sys/fs/protected_hardlinks`), or with too many links (EMLINK). Then what follows is
/// tried.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum HardLinks {
    /// No hard links.
    #[default]
    Never,
    /// A clone, else a hard link, else (except in [`Mode::Always`]) a copy.
    BeforeCopy,
    /// A hard link, else as the [`Mode`] says. On Linux a hard link costs half a clone.
    First,
}

/// What counts more if a clone must wait for the disk: a clone of bytes that are not on disk yet first writes
/// them there.
///
/// xfs and btrfs clone a file of 4 KiB in microseconds, but in the time of a disk write if it was just
/// written; copying it takes microseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Prefer {
    /// Wait, and share the blocks.
    #[default]
    Sharing,
    /// In [`Mode::Auto`], copy a source of at most 256 KiB that was changed within the last minute and has
    /// bytes that are not on disk yet (FIEMAP_EXTENT_DELALLOC). The outcome has
    /// [`Reason::Unsynced`](crate::Reason::Unsynced) for it.
    Speed,
}

/// Where the permission bits of a copy come from.
///
/// A copy gives nobody a right that neither file gave. If a file has an ACL, the group's bits of its mode
/// are the ACL's mask: a copy without the ACL ([`Preserve::XATTRS`] copies it) gets the owning group's own
/// rights in their place. A new file, or one that is written in place, loses an ACL that it has from its
/// directory's default ACL or from before, except as the policies below say. All of this is about the
/// POSIX ACLs of Linux; a server's own ACLs (NFS 4, SMB) follow its rules.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Permissions {
    /// The source's, whatever the umask and the directory's default ACL. An ACL that the source has and
    /// that is not copied is reported in [`Outcome::not_kept`](crate::Outcome::not_kept).
    #[default]
    Source,
    /// The replaced file's, and for a new file as [`Umask`](Permissions::Umask): what cp does
    /// without `-p`. The replaced file's ACL is not kept, and reported in [`Outcome::not_kept`](crate::Outcome::not_kept). A file
    /// that is written in place keeps its own bits and its own ACL.
    Replaced,
    /// The source's without the bits that the process's umask takes away. If the directory has a default
    /// ACL, that replaces the umask, and the new file inherits it. A file that is written in place keeps
    /// its own bits and its own ACL.
    Umask,
}

/// Metadata to keep besides the permission bits; a set, joined with `|`.
///
/// # Examples
///
/// ```
/// use reflink::Preserve;
/// let wanted = Preserve::TIMES | Preserve::OWNER;
/// assert!(wanted.contains(Preserve::TIMES));
/// assert!(!wanted.contains(Preserve::SET_ID));
/// ```
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Preserve(u8);

impl Preserve {
    /// Nothing.
    pub const NONE: Self = Self(0);
    /// Access and modification time, in nanoseconds as far as the filesystem has them.
    pub const TIMES: Self = Self(1);
    /// Owner and group.
    pub const OWNER: Self = Self(1 << 1);
    /// The set-user-id and set-group-id bits. A bit is kept only where the destination's owner
    /// (or group) is the source's: a copy never lends somebody else's rights.
    pub const SET_ID: Self = Self(1 << 2);
    /// Extended attributes, and so ACLs and capabilities, except those that belong to the place and not
    /// to the file:
    ///
    /// - what the skip lines of `/etc/xattr.conf` keep GNU cp from copying: `trusted.SGI_*` (by which
    ///   names xfs shows ACLs, among others), `xfsroot.*`, `user.Beagle.*`, `afs.*`, `security.evm`;
    /// - `security.ima`, and the labels `security.selinux` and `security.SMACK64`;
    /// - an overlay's notes on the files of its upper layer, `trusted.overlay.*` and `user.overlay.*`;
    /// - `system.*`, except the ACLs `system.posix_acl_access` and `system.nfs4_acl`.
    #[cfg(feature = "xattr")]
    pub const XATTRS: Self = Self(1 << 3);
    /// All that this build of the crate can keep.
    #[cfg(feature = "xattr")]
    pub const ALL: Self = Self(0b1111);
    /// All that this build of the crate can keep.
    #[cfg(not(feature = "xattr"))]
    pub const ALL: Self = Self(0b0111);

    /// Whether all of `other` is in this set.
    #[must_use]
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

impl BitOr for Preserve {
    type Output = Self;
    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl Debug for Preserve {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let names = [
            (Self::TIMES, "TIMES"),
            (Self::OWNER, "OWNER"),
            (Self::SET_ID, "SET_ID"),
            #[cfg(feature = "xattr")]
            (Self::XATTRS, "XATTRS"),
        ];
        f.debug_set()
            .entries(names.iter().filter(|(flag, _)| self.contains(*flag)).map(|(_, name)| name))
            .finish()
    }
}
