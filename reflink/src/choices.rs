//! The choices that a copy leaves to its caller.

use std::fmt::{self, Debug, Formatter};
use std::ops::BitOr;

/// Whether to share blocks: the three words of GNU cp.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Mode {
    /// Share all blocks, or fail with the reason and change nothing. On SMB the server refuses, and
    /// it may have changed an open destination by then.
    Always,
    /// Share what can be shared and copy the rest: clone, else copy_file_range, else read and write.
    /// Large data that nothing can share goes through a pipe (splice), which counts as read and write.
    #[default]
    Auto,
    /// Share nothing: the destination gets blocks of its own. Only read and write are used, and splice
    /// for large data, because copy_file_range may share.
    Never,
}

/// What to do if the destination exists.
///
/// With every choice, a destination that is a directory, a device, a FIFO, a socket or the source
/// itself (by any name) is an error, and nothing is changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Overwrite {
    /// Replace the existing file in one step, as rename(2) does. Anyone who has the old file open
    /// keeps it, and other hard links to it stay unchanged. A symbolic link is itself replaced (a
    /// link to a device or FIFO is refused).
    #[default]
    Replace,
    /// Fail with EEXIST, without a race: of two copies to one name, one fails.
    Never,
    /// Write into the existing file, as cp does. The file keeps its inode, its hard links and its
    /// owner, and a symbolic link is followed. An error can leave the file incomplete: see
    /// [`Error::changed`](crate::Error::changed).
    InPlace,
}

/// Whether a hard link may replace a copy. Both names are then one file: a change of bytes or
/// metadata through one name is visible through the other.
///
/// Hard links suit files that nobody writes to in place, such as the store of a package manager. A
/// hard link has the source's metadata, whatever the options ask for. No hard link is made of a
/// symbolic link at the source, under [`Mode::Never`], or into an existing file
/// ([`Overwrite::InPlace`]). The kernel allows none between two filesystems (EXDEV), of another
/// user's file (EPERM, `/proc/sys/fs/protected_hardlinks`), or with too many links (EMLINK). In all
/// these cases the next method is tried. Except under [`Overwrite::Never`], a hard link that is there already is a
/// success.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum HardLinks {
    /// No hard links.
    #[default]
    Never,
    /// A clone, else a hard link, else (except in [`Mode::Always`]) a copy.
    BeforeCopy,
    /// A hard link, else whatever the [`Mode`] chooses. On Linux a hard link costs half as much as
    /// a clone.
    First,
}

/// What matters more if a clone would wait for the disk. If the source has bytes that are not on
/// disk yet, a clone writes them there first.
///
/// xfs and btrfs clone a file of 4 KiB in microseconds. If the file was just written, a clone takes
/// as long as a disk write, but a copy still takes microseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Prefer {
    /// Wait, and share the blocks.
    #[default]
    Sharing,
    /// In [`Mode::Auto`], copy a source of at most 256 KiB that was changed within the last minute
    /// and has bytes that are not on disk yet (FIEMAP_EXTENT_DELALLOC). The outcome then has
    /// [`Reason::Unsynced`](crate::Reason::Unsynced).
    Speed,
}

/// Where the permission bits of a copy come from.
///
/// A copy gives nobody a right that neither file gave. If a file has an ACL, the group bits of its
/// mode are the mask of the ACL, so a copy without the ACL ([`Preserve::XATTRS`] copies it) gets
/// the owning group's own rights instead. A new file loses the ACL that it inherits from its
/// directory's default ACL, and a file that is written in place loses its old one, except as the
/// policies below say. All of this is about the POSIX ACLs of Linux; a server applies its own rules
/// to its own ACLs (NFS 4, SMB).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Permissions {
    /// The source's bits, whatever the umask and the directory's default ACL. A source's ACL that
    /// is not copied is reported in [`Outcome::not_kept`](crate::Outcome::not_kept).
    #[default]
    Source,
    /// The replaced file's bits, as cp does without `-p`. For a new file, as
    /// [`Umask`](Permissions::Umask). The replaced file's ACL is not kept, and is reported in
    /// [`Outcome::not_kept`](crate::Outcome::not_kept). A file that is written in place keeps its
    /// own bits and its own ACL.
    Replaced,
    /// The source's bits without those that the umask of the process clears. If the directory has a
    /// default ACL, it replaces the umask, and the new file inherits it. A file that is written in
    /// place keeps its own bits and its own ACL.
    Umask,
}

/// Metadata to keep besides the permission bits: a set, joined with `|`.
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
    /// Access and modification time, to the nanosecond if the filesystem has them.
    pub const TIMES: Self = Self(1);
    /// Owner and group.
    pub const OWNER: Self = Self(1 << 1);
    /// The set-user-id and set-group-id bits. A bit is kept only if the destination has the
    /// source's owner (or group): a copy never lends somebody else's rights.
    pub const SET_ID: Self = Self(1 << 2);
    /// Extended attributes, which include ACLs and capabilities, except those that belong to the
    /// place and not to the file:
    ///
    /// - the attributes that `/etc/xattr.conf` tells GNU cp to skip: `trusted.SGI_*` (the names by
    ///   which xfs shows ACLs, among others), `xfsroot.*`, `user.Beagle.*`, `afs.*`,
    ///   `security.evm`;
    /// - `security.ima`, and the labels `security.selinux` and `security.SMACK64`;
    /// - an overlay's notes on the files of its upper layer, `trusted.overlay.*` and
    ///   `user.overlay.*`;
    /// - `system.*`, except the ACLs `system.posix_acl_access` and `system.nfs4_acl`.
    #[cfg(feature = "xattr")]
    pub const XATTRS: Self = Self(1 << 3);
    /// Everything that this build of the crate can keep.
    #[cfg(feature = "xattr")]
    pub const ALL: Self = Self(0b1111);
    /// Everything that this build of the crate can keep.
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
