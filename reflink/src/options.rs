//! The builder behind every copy, and the choices that it holds.

use std::fmt::{self, Debug, Formatter};
use std::fs::File;
use std::ops::{BitOr, ControlFlow, RangeBounds};
use std::path::Path;

use crate::progress::{Account, Callback, Watch};
use crate::{Deduped, Outcome, Progress, Result, sharing, staging, transfer};

/// Whether to share blocks: GNU cp's three words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
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

/// Where the permission bits of a copy come from.
///
/// A copy gives nobody a right that neither file gave. If a file has an ACL, the group's bits of its mode
/// are the ACL's mask: a copy without the ACL ([`Preserve::XATTRS`] copies it) gets the owning group's own
/// rights in their place. A new file, or one that is written in place, loses an ACL that it has from its
/// directory's default ACL or from before, except as the policies below say. All of this is about the
/// POSIX ACLs of Linux; a server's own ACLs (NFS 4, SMB) follow its rules.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Permissions {
    /// The source's, whatever the umask and the directory's default ACL. An ACL that the source has and
    /// that is not copied is reported in [`Outcome::not_kept`].
    #[default]
    Source,
    /// The replaced file's, and for a new file as [`Umask`](Permissions::Umask): what cp does
    /// without `-p`. The replaced file's ACL is not kept, and reported in [`Outcome::not_kept`]. A file
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

/// How to copy: every choice of this crate in one builder.
///
/// [`copy`](Options::copy) works on paths, [`reflink`](Options::reflink) and
/// [`partial`](Options::partial) on open files. The same options serve for any number of copies.
///
/// # Examples
///
/// ```
/// # let dir = tempfile::tempdir().unwrap();
/// # let (src, dst) = (dir.path().join("a"), dir.path().join("b"));
/// # std::fs::write(&src, "data").unwrap();
/// use reflink::{Mode, Options, Overwrite, Preserve};
///
/// let done = Options::new()
///     .mode(Mode::Auto)
///     .overwrite(Overwrite::Never)
///     .preserve(Preserve::TIMES)
///     .copy(&src, &dst)?;
/// assert_eq!(done.total(), 4);
/// # Ok::<(), reflink::Error>(())
/// ```
#[derive(Default)]
#[must_use]
pub struct Options<'a> {
    pub(crate) settings: Settings,
    pub(crate) on_progress: Option<Callback<'a>>,
    pub(crate) account: Account,
}

/// All of [`Options`] but the callback.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Settings {
    pub(crate) mode: Mode,
    pub(crate) overwrite: Overwrite,
    pub(crate) permissions: Permissions,
    /// Whether bits that cannot be set fail the copy.
    pub(crate) permissions_required: bool,
    pub(crate) preserve: Preserve,
    pub(crate) preserve_if_possible: Preserve,
    pub(crate) sync: bool,
    pub(crate) clone_at_once: bool,
}

impl<'a> Options<'a> {
    /// Mode auto, replace, the source's permissions, nothing else kept, no sync.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether to share blocks. Default: [`Mode::Auto`].
    pub fn mode(mut self, mode: Mode) -> Self {
        self.settings.mode = mode;
        self
    }

    /// What to do where the destination exists. Default: [`Overwrite::Replace`]. For paths only.
    pub fn overwrite(mut self, overwrite: Overwrite) -> Self {
        self.settings.overwrite = overwrite;
        self
    }

    /// Where the permission bits come from; bits that cannot be set fail the copy. For paths only.
    pub fn permissions(mut self, permissions: Permissions) -> Self {
        self.settings.permissions = permissions;
        self.settings.permissions_required = true;
        self
    }

    /// Where the permission bits come from; bits that cannot be set, as on some FUSE filesystems,
    /// are reported in [`Outcome::not_kept`]. Default: [`Permissions::Source`]. For paths only.
    pub fn permissions_if_possible(mut self, permissions: Permissions) -> Self {
        self.settings.permissions = permissions;
        self.settings.permissions_required = false;
        self
    }

    /// Metadata that the destination must get: what cannot be kept fails the copy. For paths only.
    pub fn preserve(mut self, preserve: Preserve) -> Self {
        self.settings.preserve = preserve;
        self
    }

    /// Metadata that the destination gets where that is possible; what could not be kept is
    /// reported in [`Outcome::not_kept`]. For paths only.
    pub fn preserve_if_possible(mut self, preserve: Preserve) -> Self {
        self.settings.preserve_if_possible = preserve;
        self
    }

    /// Whether to flush to stable storage before success is reported: the file before it gets its
    /// name (so that a crash never shows a name with half a file), and its directory after that.
    /// Default: no. On network filesystems and failing disks only this tells of a lost write.
    pub fn sync(mut self, sync: bool) -> Self {
        self.settings.sync = sync;
        self
    }

    /// Calls `callback` as the work goes on; it stops the work by returning
    /// [`ControlFlow::Break`], and the copy ends with [`Error::Cancelled`](crate::Error::Cancelled).
    /// A stopped path copy leaves the old destination and nothing else, except in place: then the
    /// error has [`changed`](crate::Error::changed).
    ///
    /// A clone is one system call that cannot be interrupted and takes minutes for a file of
    /// millions of extents. So a watched clone of more than 256 MiB is done in slices of that size.
    /// This gives up the snapshot: of a file that is being written meanwhile, the slices are of
    /// different moments. [`clone_at_once`](Options::clone_at_once) keeps the one call.
    pub fn on_progress(
        mut self,
        callback: impl FnMut(Progress) -> ControlFlow<()> + Send + 'a,
    ) -> Self {
        self.on_progress = Some(Box::new(callback));
        self
    }

    /// Whether to clone a whole file in one call even when it is watched. Default: no.
    pub fn clone_at_once(mut self, at_once: bool) -> Self {
        self.settings.clone_at_once = at_once;
        self
    }

    /// Copies the file at `src` to the path `dst`, which appears whole or not at all.
    ///
    /// The data goes into an unnamed file in the destination's directory and gets its metadata
    /// there; then one linkat(2) gives it its name, or a link and a rename(2) put it in the place
    /// of the old file. An error, a full disk or a kill at any moment leaves the old file, and no
    /// other file: only a kill between that link and that rename leaves one named
    /// `.reflink-*.tmp`. Where the filesystem has no O_TMPFILE (NFS, OCFS2, FAT), or a server or another
    /// program has the files (SMB, FUSE), such a file, made with mode 0600, serves from the start, and
    /// a kill, or a server that goes away, can leave it.
    /// Where nothing can be renamed or linked (some FUSE programs), a new file is made under its own
    /// name, and a kill leaves part of it. [`Overwrite::InPlace`] gives all this up for the inode.
    ///
    /// A symbolic link at `src` is followed.
    ///
    /// # Errors
    ///
    /// [`NotReflinkable`](crate::Error::NotReflinkable) and
    /// [`Unsupported`](crate::Error::Unsupported) only in [`Mode::Always`]. Otherwise
    /// [`Io`](crate::Error::Io) with the failing step and its errno: ENOENT, EACCES and the like
    /// for either path, EEXIST under [`Overwrite::Never`], EISDIR and EINVAL where one of the
    /// files is not a regular file, EINVAL where both are the same and for a link of procfs to an open
    /// descriptor at `dst`, ENOSPC, EDQUOT, EFBIG, EIO. [`LeftBehind`](crate::Error::LeftBehind) holds
    /// one of these if a temporary file could not be removed.
    pub fn copy(&mut self, src: impl AsRef<Path>, dst: impl AsRef<Path>) -> Result<Outcome> {
        let (src, dst) = (src.as_ref(), dst.as_ref());
        self.account.reset();
        staging::copy(self, src, dst).map_err(|error| error.with_paths(src, dst))
    }

    /// Makes the open file `dst` the same as `src`: its bytes and its length.
    ///
    /// Neither descriptor's offset is used or moved; mode, owner and times are not copied.
    /// See [`reflink`](crate::reflink()) for what a failure leaves behind.
    ///
    /// # Errors
    ///
    /// As [`reflink`](crate::reflink()).
    pub fn reflink(&mut self, src: &File, dst: &File) -> Result<Outcome> {
        self.account.reset();
        transfer::open_files(self, src, dst)
            .map_err(|error| error.having_changed(self.account.changed()))
    }

    /// Copies the bytes `range` of `src` to the offset `dst_offset` of `dst`, and no others.
    ///
    /// See [`partial`](crate::partial).
    ///
    /// # Errors
    ///
    /// As [`partial`](crate::partial).
    pub fn partial(
        &mut self,
        src: &File,
        range: impl RangeBounds<u64>,
        dst: &File,
        dst_offset: u64,
    ) -> Result<Outcome> {
        let range = (range.start_bound().cloned(), range.end_bound().cloned());
        self.account.reset();
        transfer::open_range(self, src, range, dst, dst_offset)
            .map_err(|error| error.having_changed(self.account.changed()))
    }

    /// Compares the bytes `range` of `src` with those of each destination, and shares what is equal.
    ///
    /// See [`dedupe`](crate::dedupe). Of the options only [`on_progress`](Options::on_progress)
    /// matters; its bytes are those of all destinations together.
    ///
    /// # Errors
    ///
    /// As [`dedupe`](crate::dedupe), and [`Error::Cancelled`](crate::Error::Cancelled).
    pub fn dedupe<'d>(
        &mut self,
        src: &File,
        range: impl RangeBounds<u64>,
        destinations: impl IntoIterator<Item = (&'d File, u64)>,
    ) -> Result<Vec<Deduped>> {
        let range = (range.start_bound().cloned(), range.end_bound().cloned());
        sharing::run_dedupe(self, src, range, destinations.into_iter().collect())
    }

    pub(crate) fn watch(&mut self, total: u64) -> Watch<'_> {
        Watch::new(self.on_progress.as_mut(), !self.settings.clone_at_once, &self.account, total)
    }
}

impl Debug for Options<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("settings", &self.settings)
            .field("on_progress", &self.on_progress.is_some())
            .finish()
    }
}
