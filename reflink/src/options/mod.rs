//! The builder behind every copy.

use std::ops::ControlFlow;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};

mod files;
mod paths;

use crate::choices::{HardLinks, Mode, Overwrite, Permissions, Prefer, Preserve};
use crate::progress::Progress;
use crate::session::{Callback, Session};

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

    /// Whether a new file is made so that its name is never seen with half of its bytes. Default: yes.
    /// For paths only.
    ///
    /// Without that, a new file is created under its own name at once, which is faster for small files:
    /// half the steps in the filesystem's journal. An error removes the file; a kill leaves what was
    /// written so far. Nobody should look at the name meanwhile: this is for a directory that is private
    /// to the process and gets its own name when everything in it is complete. A file that exists is
    /// replaced in one step all the same.
    ///
    /// # Examples
    ///
    /// ```
    /// # let dir = tempfile::tempdir().unwrap();
    /// # let (src, project) = (dir.path().join("a"), dir.path().join("project"));
    /// # std::fs::write(&src, "data")?;
    /// let staging = dir.path().join("project.tmp");
    /// std::fs::create_dir(&staging)?;
    /// reflink::Options::new().atomic(false).copy(&src, staging.join("a"))?;
    /// std::fs::rename(&staging, &project)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn atomic(mut self, atomic: bool) -> Self {
        self.session.settings.is_not_atomic = !atomic;
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

    /// What counts more if a clone must wait for the disk. Default: [`Prefer::Sharing`].
    ///
    /// For whole files; ranges are shared as far as they can be.
    ///
    /// # Examples
    ///
    /// ```
    /// # let dir = tempfile::tempdir().unwrap();
    /// # let (src, dst) = (dir.path().join("a"), dir.path().join("b"));
    /// use reflink::{Options, Prefer};
    ///
    /// std::fs::write(&src, "just written")?;
    /// let done = Options::new().prefer(Prefer::Speed).copy(&src, &dst)?;
    /// assert_eq!(done.cloned, 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn prefer(mut self, prefer: Prefer) -> Self {
        self.session.settings.prefer = prefer;
        self
    }

    /// Where the permission bits come from; bits that cannot be set fail the copy. For paths only.
    pub fn permissions(mut self, permissions: Permissions) -> Self {
        self.session.settings.permissions = permissions;
        self.session.settings.permissions_required = true;
        self
    }

    /// Where the permission bits come from; bits that cannot be set, as on some FUSE filesystems,
    /// are reported in [`Outcome::not_kept`](crate::Outcome::not_kept). Default: [`Permissions::Source`]. For paths only.
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
    /// reported in [`Outcome::not_kept`](crate::Outcome::not_kept). For paths only.
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
    /// A clone of the options can have a callback that lives for one copy only; it shares everything else.
    pub fn on_progress<'b>(
        self,
        callback: impl FnMut(Progress) -> ControlFlow<()> + Send + 'b,
    ) -> Options<'b>
    where
        'a: 'b,
    {
        let on_progress: Arc<Mutex<Callback<'b>>> = Arc::new(Mutex::new(callback));
        Options { session: self.session.observed_by(on_progress) }
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
}
