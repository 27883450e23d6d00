//! The methods that take paths.

use std::fs::File;
#[cfg(unix)]
use std::os::fd::AsFd;
use std::path::Path;

use super::Options;
use crate::copy::copy;
use crate::error::{Result, Side};
use crate::open::At;
use crate::outcome::Outcome;
#[cfg(unix)]
use crate::sys::Dir;

impl Options<'_> {
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
    /// name, and a kill leaves part of it. [`Overwrite::InPlace`](crate::Overwrite::InPlace) gives all this up for the inode.
    ///
    /// A symbolic link at `src` is followed.
    ///
    /// # Errors
    ///
    /// [`NotReflinkable`](crate::Error::NotReflinkable) and
    /// [`Unsupported`](crate::Error::Unsupported) only in [`Mode::Always`](crate::Mode::Always). Otherwise
    /// [`Io`](crate::Error::Io) with the failing step and its errno: ENOENT, EACCES and the like
    /// for either path, EEXIST under [`Overwrite::Never`](crate::Overwrite::Never), EISDIR and EINVAL where one of the
    /// files is not a regular file, EINVAL where both are the same and for a link of procfs to an open
    /// descriptor at `dst`, ENOSPC, EDQUOT, EFBIG, EIO. [`LeftBehind`](crate::Error::LeftBehind) holds
    /// one of these if a temporary file could not be removed.
    #[doc(alias = "FICLONE")]
    #[doc(alias = "copy_file_range")]
    #[doc(alias = "cp --reflink")]
    pub fn copy(&self, src: impl AsRef<Path>, dst: impl AsRef<Path>) -> Result<Outcome> {
        self.copy_between(At::path(src.as_ref()), At::path(dst.as_ref()))
    }

    /// As [`copy`](Options::copy), with paths that are relative to open directories.
    ///
    /// The directories may be open for no more than their names (O_PATH). A path is followed as openat(2)
    /// does: an absolute one from the root, and `..` may lead out of the directory. Paths in errors and in
    /// the outcome are those that were given.
    ///
    /// # Errors
    ///
    /// As [`copy`](Options::copy); EBADF and ENOTDIR for a descriptor that is no directory's.
    ///
    /// # Platform notes
    ///
    /// Unix only: openat(2), linkat(2), renameat(2).
    ///
    /// # Examples
    ///
    /// ```
    /// # let dir = tempfile::tempdir().unwrap();
    /// # let (store, project) = (dir.path().join("store"), dir.path().join("project"));
    /// # std::fs::create_dir_all(store.join("pkg"))?;
    /// # std::fs::create_dir(&project)?;
    /// # std::fs::write(store.join("pkg/index.js"), "data")?;
    /// use std::fs::File;
    ///
    /// let (store, project) = (File::open(store)?, File::open(&project)?);
    /// reflink::Options::new().copy_at(&store, "pkg/index.js", &project, "index.js")?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
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
        self.copy_between(
            At { dir: &src_dir, path: src.as_ref() },
            At { dir: &dst_dir, path: dst.as_ref() },
        )
    }

    pub(crate) fn copy_between(&self, src: At<'_>, dst: At<'_>) -> Result<Outcome> {
        let copy = || copy(&self.session.call()?, src, dst);
        copy().map_err(|error| error.with_paths(src.path, dst.path))
    }

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
    /// [`Error::Io`](crate::Error::Io) of [`Operation::Open`](crate::Operation::Open), about the file on that `side`. ENOENT, EACCES, ELOOP; ENXIO
    /// for a socket; EAGAIN if a lease is not given up. [`Error::Cancelled`](crate::Error::Cancelled).
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
        self.session.call()?.open_for_reading(At::path(path.as_ref()), side)
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
        self.session.call()?.open_for_writing(At::path(path.as_ref()))
    }
}
