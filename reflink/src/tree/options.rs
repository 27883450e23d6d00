//! The builder of tree copies.

use std::ops::ControlFlow;
#[cfg(unix)]
use std::os::fd::AsFd;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};

use super::alone;
use super::choices::{Entry, Existing, Follow, OnError, Visit};
use super::copy;
use super::outcome::Outcome;
use super::plan::Plan;
use super::progress::Progress;
use crate::error::Result;
use crate::open::At;
use crate::options;
#[cfg(unix)]
use crate::sys::Dir;

/// How to copy a directory and everything below it.
///
/// # Examples
///
/// Clone a worktree:
///
/// ```
/// # let dir = tempfile::tempdir().unwrap();
/// # let (project, clone) = (dir.path().join("project"), dir.path().join("project-clone"));
/// # std::fs::create_dir(&project)?;
/// # std::fs::write(project.join("main.rs"), "fn main() {}")?;
/// use reflink::{Preserve, tree};
///
/// let files = reflink::Options::new().preserve(Preserve::TIMES);
/// let done = tree::Options::new().files(files).copy(&project, &clone)?;
/// assert_eq!((done.directories, done.files), (1, 1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Install a package from a store that nobody writes to, with clones, else hard links, else copies:
///
/// ```
/// # let dir = tempfile::tempdir().unwrap();
/// # let (store, package) = (dir.path().join("store"), dir.path().join("package"));
/// # std::fs::create_dir(&store)?;
/// # std::fs::write(store.join("index.js"), "data")?;
/// use reflink::{HardLinks, tree};
///
/// let files = reflink::Options::new().hard_links(HardLinks::BeforeCopy);
/// let done = tree::Options::new().files(files).copy(&store, &package)?;
/// assert_eq!(done.copied + done.offloaded, 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Back up everything that can be read, with progress, until somebody cancels:
///
/// ```
/// # let dir = tempfile::tempdir().unwrap();
/// # let (home, backup) = (dir.path().join("home"), dir.path().join("backup"));
/// # std::fs::create_dir(&home)?;
/// # std::fs::write(home.join("letter"), "data")?;
/// use reflink::{Preserve, tree};
/// use std::{ops::ControlFlow, sync::atomic::AtomicBool};
///
/// let stop = AtomicBool::new(false);
/// let done = tree::Options::new()
///     .files(reflink::Options::new().preserve_if_possible(Preserve::ALL))
///     .errors(tree::OnError::GoOn)
///     .cancel(&stop)
///     .on_progress(|progress| {
///         eprintln!("{} entries, {} bytes", progress.entries, progress.bytes);
///         ControlFlow::Continue(())
///     })
///     .sync(true)
///     .copy(&home, &backup)?;
/// for failure in &done.failed {
///     eprintln!("{}", failure.error);
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Options<'a> {
    plan: Plan<'a>,
}

impl Default for Options<'_> {
    fn default() -> Self {
        Self::new()
    }
}

impl<'a> Options<'a> {
    /// The defaults: files as [`reflink::Options::new`](crate::Options::new) copies them; one
    /// thread more than there are processors, at most 8; the destination must not exist; the first error stops the
    /// copy; hard links are kept.
    pub fn new() -> Self {
        let plan = Plan {
            files: options::Options::new(),
            threads: 0,
            existing: Existing::Fail,
            errors: OnError::Stop,
            follow: Follow::Root,
            one_filesystem: false,
            keep_hard_links: true,
            sync: false,
            each: None,
            on_progress: None,
            cancel: None,
        };
        Self { plan }
    }

    /// How each file is copied, and what metadata all entries keep.
    ///
    /// Directories, symbolic links and special files get the permissions, times, owner and
    /// attributes that these options ask for, as far as such an entry has them. The flag of
    /// [`cancel`](crate::Options::cancel) stops the whole tree, and [`sync`](crate::Options::sync)
    /// means [`Options::sync`]. A new tree uses neither [`overwrite`](crate::Options::overwrite)
    /// nor [`atomic`](crate::Options::atomic); they matter for [`Existing::Merge`]. The callback of
    /// [`on_progress`](crate::Options::on_progress) is not called: see [`Options::on_progress`].
    pub fn files(mut self, files: options::Options<'a>) -> Self {
        self.plan.files = files;
        self
    }

    /// How many threads copy. Default: 0, which means one thread more than there are processors, because
    /// threads wait for the filesystem's locks and the disk; on btrfs, where all wait for the same lock, one
    /// thread per processor. At most 8.
    ///
    /// With few open files allowed (RLIMIT_NOFILE), fewer threads are started. Each file is copied by
    /// one thread.
    pub fn threads(mut self, threads: usize) -> Self {
        self.plan.threads = threads;
        self
    }

    /// What to do if the destination exists. Default: [`Existing::Fail`].
    pub fn existing(mut self, existing: Existing) -> Self {
        self.plan.existing = existing;
        self
    }

    /// What an error of one entry means for the others. Default: [`OnError::Stop`].
    pub fn errors(mut self, errors: OnError) -> Self {
        self.plan.errors = errors;
        self
    }

    /// Which symbolic links are followed. Default: [`Follow::Root`].
    pub fn follow(mut self, follow: Follow) -> Self {
        self.plan.follow = follow;
        self
    }

    /// Whether to stay on the source's mount: a directory under another mount is made and stays
    /// empty. Default: no.
    ///
    /// A btrfs subvolume that is not mounted separately is on the same mount, and is copied.
    /// (Before Linux 6.8 mounts have no unique numbers: the device decides. Then a subvolume
    /// stays empty, and a bind mount of the same filesystem is copied.)
    #[doc(alias = "cp -x")]
    pub fn one_filesystem(mut self, one: bool) -> Self {
        self.plan.one_filesystem = one;
        self
    }

    /// Whether hard links within the source are hard links within the copy. Default: yes.
    ///
    /// Only files with several names are remembered, until all of their names have been met.
    pub fn keep_hard_links(mut self, keep: bool) -> Self {
        self.plan.keep_hard_links = keep;
        self
    }

    /// Whether to flush to stable storage before success is reported: one syncfs(2) of the
    /// destination's filesystem before the tree gets its name, and then its directory. Default: no.
    #[doc(alias = "syncfs")]
    pub fn sync(mut self, sync: bool) -> Self {
        self.plan.sync = sync;
        self
    }

    /// Calls `callback` with each entry below the root before the entry is copied. [`Visit::Skip`]
    /// leaves it out, with everything below it.
    ///
    /// The callback runs in the threads that copy, in several at once.
    ///
    /// # Examples
    ///
    /// ```
    /// # let dir = tempfile::tempdir().unwrap();
    /// # let (src, dst) = (dir.path().join("project"), dir.path().join("clone"));
    /// # std::fs::create_dir_all(src.join("target"))?;
    /// use reflink::tree::{Options, Visit};
    /// use std::path::Path;
    ///
    /// let without_target = Options::new()
    ///     .each(|entry| if entry.path == Path::new("target") { Visit::Skip } else { Visit::Copy });
    /// assert_eq!(without_target.copy(&src, &dst)?.skipped, 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn each(mut self, callback: impl Fn(Entry<'_>) -> Visit + Send + Sync + 'a) -> Self {
        self.plan.each = Some(Arc::new(callback));
        self
    }

    /// Calls `callback` after each entry and after each step of a large file. If it returns
    /// [`ControlFlow::Break`], the copy stops. Threads take turns.
    pub fn on_progress(
        mut self,
        callback: impl FnMut(Progress) -> ControlFlow<()> + Send + 'a,
    ) -> Self {
        self.plan.on_progress = Some(Arc::new(Mutex::new(callback)));
        self
    }

    /// Stops the copy soon after another thread or a signal handler sets `flag`. A new tree is
    /// removed, and the copy ends with [`Error::Cancelled`](crate::Error::Cancelled).
    ///
    /// The flag is read before each entry. Within a file it is read as often as
    /// [`reflink::Options::cancel`](crate::Options::cancel) describes.
    pub fn cancel(mut self, flag: &'a AtomicBool) -> Self {
        self.plan.cancel = Some(flag);
        self
    }

    /// Copies the directory `src` to `dst`, the name of the new directory, whole or not at all.
    ///
    /// The tree is built in a directory `.reflink-<16 digits>.tmp` beside `dst`, with mode 0700,
    /// which is renamed to `dst` at the end. After an error or a cancellation that directory is
    /// removed; a kill leaves it. Into an existing directory ([`Existing::Merge`]) each file is
    /// copied as by [`reflink::Options::copy`](crate::Options::copy).
    ///
    /// # Errors
    ///
    /// [`Error::Io`](crate::Error::Io): EEXIST if `dst` exists; ENOTDIR if `src` is not a
    /// directory; EINVAL
    /// ([`Reason::IntoItself`](crate::Reason::IntoItself)) if `dst` is below `src`; and, with
    /// [`OnError::Stop`], the first error of any entry, with its path. ENOSPC, EDQUOT, EROFS, EMFILE, ENFILE
    /// and, except if the source cannot be read, EIO always stop the copy.
    /// [`Error::Cancelled`](crate::Error::Cancelled), with the bytes of the whole tree.
    /// [`Error::LeftBehind`](crate::Error::LeftBehind) if the temporary directory could not be
    /// removed.
    ///
    /// # Platform notes
    ///
    /// Linux and Android: getdents64(2), openat(2) with O_NOFOLLOW, renameat2(2) with RENAME_NOREPLACE. Other
    /// Unix systems: readdir(3), openat(2), renameatx_np(2) on macOS, a check and renameat(2) elsewhere. Windows: paths,
    /// and MoveFileExW.
    #[doc(alias = "cp -r")]
    #[doc(alias = "cp -a")]
    pub fn copy(&self, src: impl AsRef<Path>, dst: impl AsRef<Path>) -> Result<Outcome> {
        copy::copy(&self.plan, At::path(src.as_ref()), At::path(dst.as_ref()))
    }

    /// Like [`copy`](Options::copy), with paths relative to open directories.
    ///
    /// # Errors
    ///
    /// As [`copy`](Options::copy), and EBADF and ENOTDIR for a descriptor that is not a
    /// directory's.
    ///
    /// # Platform notes
    ///
    /// Unix only.
    #[cfg(unix)]
    #[doc(alias = "openat")]
    pub fn copy_at(
        &self,
        src_dir: impl AsFd,
        src: impl AsRef<Path>,
        dst_dir: impl AsFd,
        dst: impl AsRef<Path>,
    ) -> Result<Outcome> {
        let (src_dir, dst_dir) = (Dir::Borrowed(src_dir.as_fd()), Dir::Borrowed(dst_dir.as_fd()));
        let (src, dst) = (src.as_ref(), dst.as_ref());
        copy::copy(&self.plan, At::below(&src_dir, src), At::below(&dst_dir, dst))
    }

    /// Copies `src` itself, a symbolic link, FIFO, socket or device that is in no tree, to `dst`: as
    /// [`copy`](Options::copy) copies such an entry, whole or not at all.
    ///
    /// With [`Existing::Merge`] the file that has the name `dst` is replaced in one step, unless
    /// [`Overwrite::Never`](crate::Overwrite::Never) forbids that. A device, FIFO or socket is replaced
    /// only by one of the same type, and a link to an open descriptor (`/dev/stdout`) only by a link.
    /// With [`Overwrite::InPlace`](crate::Overwrite::InPlace) everything is replaced only by its own
    /// type. The link is followed on neither side.
    ///
    /// # Examples
    ///
    /// ```
    /// # let dir = tempfile::tempdir().unwrap();
    /// # let (link, copy) = (dir.path().join("current"), dir.path().join("copy"));
    /// # std::os::unix::fs::symlink("release-7", &link)?;
    /// reflink::tree::Options::new().copy_node(&link, &copy)?;
    /// assert_eq!(std::fs::read_link(&copy)?.to_str(), Some("release-7"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Io`](crate::Error::Io): EINVAL if `src` is a regular file or a directory, or if `dst` is the same
    /// file or must not be replaced; EEXIST if `dst` exists; EISDIR if it is a directory; EPERM for a device, without the right to make
    /// one.
    ///
    /// # Platform notes
    ///
    /// symlinkat(2), mknodat(2), on macOS mknod(2). Windows: symbolic links alone, by CreateSymbolicLinkW, which needs a
    /// right that users lack except in developer mode.
    #[doc(alias = "cp -P")]
    pub fn copy_node(&self, src: impl AsRef<Path>, dst: impl AsRef<Path>) -> Result<Outcome> {
        alone::copy(&self.plan, At::path(src.as_ref()), At::path(dst.as_ref()))
    }
}
