//! Opening files as a copy does, for callers of the functions that take open files.

use std::fs::File;
use std::io;
use std::ops::ControlFlow;
use std::path::Path;

use crate::error::{Error, Operation, Result, Side};
use crate::options::Options;
use crate::progress::{Progress, cancelled};
use crate::session::Call;
use crate::sys;

/// [`sys::open_for_reading`], [`sys::open_for_writing`].
type Open = fn(&Path, sys::MayWait<'_>) -> io::Result<File>;

impl Options<'_> {
    /// Opens the file at `path` for reading, as [`copy`](Options::copy) does: for the source of
    /// [`reflink`](Options::reflink) and [`partial`](Options::partial), and for both sides of
    /// [`dedupe`](Options::dedupe).
    ///
    /// The open does not wait for the other end of a FIFO, and no terminal becomes the process's own.
    /// It does wait for a lease (fcntl(2), F_SETLEASE) that another process has on a regular file, as
    /// file servers have: the kernel asks its holder to give it up, and takes it after
    /// /proc/sys/fs/lease-break-time. The callback of [`on_progress`](Options::on_progress) can stop
    /// the wait: it is called with 0 of 0 bytes.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] of [`Operation::Open`], about the file on that `side`. ENOENT, EACCES, ELOOP; ENXIO
    /// for a socket; EAGAIN if a lease is not given up. [`Error::Cancelled`].
    ///
    /// # Platform notes
    ///
    /// Only Linux has leases. A FIFO, a device and (except on Windows) a directory can be opened, and
    /// are refused by what is done with them.
    ///
    /// # Examples
    ///
    /// ```
    /// use reflink::{Mode, Options, Side};
    ///
    /// # let dir = tempfile::tempdir().unwrap();
    /// # let (a, b) = (dir.path().join("a"), dir.path().join("b"));
    /// # std::fs::write(&a, "data")?;
    /// # std::fs::write(&b, "something longer")?;
    /// let options = Options::new().mode(Mode::Auto);
    /// let src = options.open_for_reading(&a, Side::Source)?;
    /// let dst = options.open_for_writing(&b)?;
    /// options.reflink(&src, &dst)?;
    /// reflink::close(dst)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn open_for_reading(&self, path: impl AsRef<Path>, side: Side) -> Result<File> {
        self.session.call()?.open_for_reading(path.as_ref(), side)
    }

    /// Opens the existing file at `path` for writing, and leaves its bytes alone: for the destination of
    /// [`reflink`](Options::reflink) and [`partial`](Options::partial).
    ///
    /// As [`open_for_reading`](Options::open_for_reading).
    ///
    /// # Errors
    ///
    /// As [`open_for_reading`](Options::open_for_reading); EISDIR, EROFS, ETXTBSY, and EPERM with its
    /// [`Reason`](crate::Reason) for an immutable file; ENXIO for a FIFO that nobody reads.
    pub fn open_for_writing(&self, path: impl AsRef<Path>) -> Result<File> {
        self.session.call()?.open_for_writing(path.as_ref())
    }
}

impl Call<'_> {
    pub(crate) fn open_for_reading(&self, path: &Path, side: Side) -> Result<File> {
        self.open(path, side, sys::open_for_reading)
    }

    pub(crate) fn open_for_writing(&self, path: &Path) -> Result<File> {
        self.open(path, Side::Destination, sys::open_for_writing)
    }

    fn open(&self, path: &Path, side: Side, open: Open) -> Result<File> {
        let mut is_stopped = false;
        let opened = open(path, &mut || {
            let go_on = self.observer.tell(Progress::default());
            is_stopped = go_on == ControlFlow::Break(());
            go_on
        });
        opened.map_err(|error| {
            if is_stopped {
                cancelled(Progress::default()).with_paths(path, path)
            } else {
                Error::on_path(Operation::Open, side, path, error)
            }
        })
    }
}
