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
/// [`partial`](Options::partial) on open files. The same options can serve any number of copies,
/// one after the other or in many threads at once.
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
    /// The defaults: [`Mode::Auto`], replace, the source's permissions, no other metadata, no sync.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether to share blocks. Default: [`Mode::Auto`].
    pub fn mode(mut self, mode: Mode) -> Self {
        self.session.settings.mode = mode;
        self
    }

    /// What to do if the destination exists. Default: [`Overwrite::Replace`]. For paths only.
    pub fn overwrite(mut self, overwrite: Overwrite) -> Self {
        self.session.settings.overwrite = overwrite;
        self
    }

    /// Whether a new file gets its name only when it is complete. Default: yes. For paths only.
    ///
    /// Otherwise a new file is created under its own name at once, which is faster for small files:
    /// it takes half as many journal operations. An error removes the file; a kill leaves what was
    /// written so far. This suits a directory that is private to the process and gets its own name
    /// when everything in it is complete. An existing file is still replaced in one step.
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

    /// Whether a hard link may replace a copy. Default: [`HardLinks::Never`]. For paths only.
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

    /// What matters more if a clone would wait for the disk. Default: [`Prefer::Sharing`].
    ///
    /// For whole files; ranges share as much as they can.
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

    /// Where the permission bits come from. Bits that cannot be set fail the copy. For paths only.
    pub fn permissions(mut self, permissions: Permissions) -> Self {
        self.session.settings.permissions = permissions;
        self.session.settings.permissions_required = true;
        self
    }

    /// Where the permission bits come from. Bits that cannot be set, as on some FUSE filesystems,
    /// are reported in [`Outcome::not_kept`](crate::Outcome::not_kept). Default:
    /// [`Permissions::Source`]. For paths only.
    pub fn permissions_if_possible(mut self, permissions: Permissions) -> Self {
        self.session.settings.permissions = permissions;
        self.session.settings.permissions_required = false;
        self
    }

    /// Metadata that the destination must get. What cannot be kept fails the copy. For paths only.
    pub fn preserve(mut self, preserve: Preserve) -> Self {
        self.session.settings.preserve = preserve;
        self
    }

    /// Metadata that the destination gets if possible. What cannot be kept is reported in
    /// [`Outcome::not_kept`](crate::Outcome::not_kept). For paths only.
    pub fn preserve_if_possible(mut self, preserve: Preserve) -> Self {
        self.session.settings.preserve_if_possible = preserve;
        self
    }

    /// Whether to flush to stable storage before success is reported: the file before it gets its
    /// name (so that a crash never leaves half a file under the name), and then its directory.
    /// Default: no. Without it a power cut can leave zeros in the new file, on xfs even when it has
    /// replaced an old one. On network filesystems and failing disks, only this option
    /// reports a lost write.
    #[doc(alias = "fsync")]
    pub fn sync(mut self, sync: bool) -> Self {
        self.session.settings.sync = sync;
        self
    }

    /// Calls `callback` after each step of the work with the bytes done so far. If it returns
    /// [`ControlFlow::Break`], the copy ends with [`Error::Cancelled`](crate::Error::Cancelled). A
    /// stopped path copy leaves the old destination and nothing else. A copy in place can leave a
    /// changed destination: see [`Error::changed`](crate::Error::changed).
    ///
    /// | method | a step |
    /// |---|---|
    /// | clone | one call: the file or range, or 256 MiB of a longer one |
    /// | copy_file_range | one call, of at most 64 MiB |
    /// | read and write | at most 256 KiB |
    /// | a hole, in a copy | the whole hole, or the part of it in the range |
    /// | [`dedupe`](Options::dedupe) | one destination's part of a call, of at most 16 MiB; the whole rest of a destination that differs or fails |
    ///
    /// The first call comes after the first step, so an empty file may cause none. When all bytes
    /// are done, `done` equals `total`; flushing, metadata and the rename follow. The callback is
    /// also called without progress: while an open waits for another process's lease (0 of 0 bytes,
    /// at least every 50 ms), and while two files that could be one are compared. It runs in the
    /// thread that copies; threads that share an `Options` take turns.
    ///
    /// A clone is one system call that cannot be interrupted and takes minutes for a file with
    /// millions of extents. So a watched clone of more than 256 MiB is done in slices of that size.
    /// This gives up the snapshot: if the file is written to meanwhile, the slices show different
    /// moments. [`clone_at_once`](Options::clone_at_once) keeps the one call. A clone of the
    /// `Options` can have a callback that lives for one copy only; it shares everything else.
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

    /// Stops the work soon after another thread or a signal handler sets `flag`. The call ends with
    /// [`Error::Cancelled`](crate::Error::Cancelled), as if the callback of
    /// [`on_progress`](Options::on_progress) had stopped it.
    ///
    /// A copy checks the flag after every 64 MiB. A clone is one system call, which the flag
    /// neither interrupts nor cuts into slices.
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
