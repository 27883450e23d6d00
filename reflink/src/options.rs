//! The builder behind every copy.

use std::fs::File;
use std::ops::{ControlFlow, RangeBounds};
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};

use crate::choices::{HardLinks, Mode, Overwrite, Permissions, Preserve};
use crate::error::Result;
use crate::outcome::Outcome;
use crate::progress::Progress;
use crate::session::Session;
use crate::sharing::Deduped;
use crate::{sharing, staging, transfer};

/// How to copy: every choice of this crate in one builder.
///
/// [`copy`](Options::copy) works on paths, [`reflink`](Options::reflink) and
/// [`partial`](Options::partial) on open files. The same options serve for any number of copies, one
/// after the other or in any number of threads at once.
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
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct Options<'a> {
    pub(crate) session: Session<'a>,
}

impl<'a> Options<'a> {
    /// Mode auto, replace, the source's permissions, nothing else kept, no sync.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether to share blocks. Default: [`Mode::Auto`].
    pub fn mode(mut self, mode: Mode) -> Self {
        self.session.settings.mode = mode;
        self
    }

    /// What to do where the destination exists. Default: [`Overwrite::Replace`]. For paths only.
    pub fn overwrite(mut self, overwrite: Overwrite) -> Self {
        self.session.settings.overwrite = overwrite;
        self
    }

    /// Whether a hard link may stand for a copy. Default: [`HardLinks::Never`]. For paths only.
    ///
    /// # Examples
    ///
    /// ```
    /// # let dir = tempfile::tempdir().unwrap();
    /// # let (src, dst) = (dir.path().join("a"), dir.path().join("b"));
    /// # std::fs::write(&src, "data")?;
    /// use reflink::{HardLinks, Method, Options};
    ///
    /// let done = Options::new().hard_links(HardLinks::First).copy(&src, &dst)?;
    /// # #[cfg(target_os = "linux")]
    /// assert_eq!(done.method(), Method::HardLink);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn hard_links(mut self, hard_links: HardLinks) -> Self {
        self.session.settings.hard_links = hard_links;
        self
    }

    /// Where the permission bits come from; bits that cannot be set fail the copy. For paths only.
    pub fn permissions(mut self, permissions: Permissions) -> Self {
        self.session.settings.permissions = permissions;
        self.session.settings.permissions_required = true;
        self
    }

    /// Where the permission bits come from; bits that cannot be set, as on some FUSE filesystems,
    /// are reported in [`Outcome::not_kept`]. Default: [`Permissions::Source`]. For paths only.
    pub fn permissions_if_possible(mut self, permissions: Permissions) -> Self {
        self.session.settings.permissions = permissions;
        self.session.settings.permissions_required = false;
        self
    }

    /// Metadata that the destination must get: what cannot be kept fails the copy. For paths only.
    pub fn preserve(mut self, preserve: Preserve) -> Self {
        self.session.settings.preserve = preserve;
        self
    }

    /// Metadata that the destination gets where that is possible; what could not be kept is
    /// reported in [`Outcome::not_kept`]. For paths only.
    pub fn preserve_if_possible(mut self, preserve: Preserve) -> Self {
        self.session.settings.preserve_if_possible = preserve;
        self
    }

    /// Whether to flush to stable storage before success is reported: the file before it gets its
    /// name (so that a crash never shows a name with half a file), and its directory after that.
    /// Default: no. On network filesystems and failing disks only this tells of a lost write.
    #[doc(alias = "fsync")]
    pub fn sync(mut self, sync: bool) -> Self {
        self.session.settings.sync = sync;
        self
    }

    /// Calls `callback` after each step of the work, with the bytes that are done by then; it stops the
    /// work by returning [`ControlFlow::Break`], and the copy ends with
    /// [`Error::Cancelled`](crate::Error::Cancelled).
    /// A stopped path copy leaves the old destination and nothing else, except in place: then the
    /// error has [`changed`](crate::Error::changed).
    ///
    /// | method | a step |
    /// |---|---|
    /// | clone | one call: the file or range, or 256 MiB of a longer one |
    /// | copy_file_range | one call, of at most 64 MiB |
    /// | read and write | at most 256 KiB |
    /// | a hole, in a copy | the whole hole, or the part of it in the range |
    /// | [`dedupe`](Options::dedupe) | one destination's part of a call, of at most 16 MiB; all that is left of a destination that differs or fails |
    ///
    /// There is no call before the first step, and so perhaps none for an empty file. Once all bytes are
    /// done, `done` equals `total`; flushing, metadata and the rename come after that. Calls without
    /// progress come while a file is opened that another process has a lease on (0 of 0 bytes, at least
    /// every 50 ms), and while two files that could be one are compared. The callback runs in the thread
    /// that copies; threads that share an `Options` take turns.
    ///
    /// A clone is one system call that cannot be interrupted and takes minutes for a file of
    /// millions of extents. So a watched clone of more than 256 MiB is done in slices of that size.
    /// This gives up the snapshot: of a file that is being written meanwhile, the slices are of
    /// different moments. [`clone_at_once`](Options::clone_at_once) keeps the one call.
    pub fn on_progress(
        mut self,
        callback: impl FnMut(Progress) -> ControlFlow<()> + Send + 'a,
    ) -> Self {
        self.session.on_progress = Some(Arc::new(Mutex::new(callback)));
        self
    }

    /// Stops the work soon after another thread, or a signal handler, has set `flag`: it ends with
    /// [`Error::Cancelled`](crate::Error::Cancelled), as if the callback of
    /// [`on_progress`](Options::on_progress) had stopped it.
    ///
    /// A copy looks at the flag after every 64 MiB. A clone is one system call, which the flag neither
    /// interrupts nor cuts into slices.
    ///
    /// # Examples
    ///
    /// ```
    /// # let dir = tempfile::tempdir().unwrap();
    /// # let (src, dst) = (dir.path().join("a"), dir.path().join("b"));
    /// # std::fs::write(&src, "data")?;
    /// use std::sync::atomic::{AtomicBool, Ordering};
    ///
    /// let stop = AtomicBool::new(false);
    /// let options = reflink::Options::new().cancel(&stop);
    /// options.copy(&src, &dst)?;
    /// stop.store(true, Ordering::Relaxed);
    /// assert!(matches!(options.copy(&src, &dst), Err(reflink::Error::Cancelled { .. })));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn cancel(mut self, flag: &'a AtomicBool) -> Self {
        self.session.cancel = Some(flag);
        self
    }

    /// Whether to clone a whole file in one call even when it is watched. Default: no.
    pub fn clone_at_once(mut self, at_once: bool) -> Self {
        self.session.settings.clone_at_once = at_once;
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
    #[doc(alias = "FICLONE")]
    #[doc(alias = "copy_file_range")]
    #[doc(alias = "cp --reflink")]
    pub fn copy(&self, src: impl AsRef<Path>, dst: impl AsRef<Path>) -> Result<Outcome> {
        let (src, dst) = (src.as_ref(), dst.as_ref());
        let copy = || staging::copy(&self.session.call()?, src, dst);
        copy().map_err(|error| error.with_paths(src, dst))
    }

    /// Makes the open file `dst` the same as `src`: its bytes and its length.
    ///
    /// Neither descriptor's offset is used or moved; mode, owner and times are not copied.
    /// See [`reflink`](crate::reflink()) for what a failure leaves behind.
    ///
    /// # Errors
    ///
    /// As [`reflink`](crate::reflink()).
    #[doc(alias = "FICLONE")]
    #[doc(alias = "copy_file_range")]
    pub fn reflink(&self, src: &File, dst: &File) -> Result<Outcome> {
        let call = self.session.call()?;
        transfer::open_files(&call, src, dst)
            .map_err(|error| error.having_changed(call.account.changed()))
    }

    /// Copies the bytes `range` of `src` to the offset `dst_offset` of `dst`, and no others.
    ///
    /// See [`partial`](crate::partial).
    ///
    /// # Errors
    ///
    /// As [`partial`](crate::partial).
    #[doc(alias = "FICLONERANGE")]
    #[doc(alias = "copy_file_range")]
    pub fn partial(
        &self,
        src: &File,
        range: impl RangeBounds<u64>,
        dst: &File,
        dst_offset: u64,
    ) -> Result<Outcome> {
        let range = (range.start_bound().cloned(), range.end_bound().cloned());
        let call = self.session.call()?;
        transfer::open_range(&call, src, range, dst, dst_offset)
            .map_err(|error| error.having_changed(call.account.changed()))
    }

    /// Compares the bytes `range` of `src` with those of each destination, and shares what is equal.
    ///
    /// See [`dedupe`](crate::dedupe). Of the options only [`on_progress`](Options::on_progress)
    /// matters; its bytes are those of all destinations together.
    ///
    /// # Errors
    ///
    /// As [`dedupe`](crate::dedupe), and [`Error::Cancelled`](crate::Error::Cancelled).
    #[doc(alias = "FIDEDUPERANGE")]
    pub fn dedupe<'d>(
        &self,
        src: &File,
        range: impl RangeBounds<u64>,
        destinations: impl IntoIterator<Item = (&'d File, u64)>,
    ) -> Result<Vec<Deduped>> {
        let range = (range.start_bound().cloned(), range.end_bound().cloned());
        sharing::run_dedupe(&self.session.call()?, src, range, destinations.into_iter().collect())
    }
}
