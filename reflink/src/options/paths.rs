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
    /// The data and metadata go into an unnamed file in the destination's directory. Then one
    /// linkat(2) gives that file its name, or a link and a rename(2) replace the old file with it.
    /// An error, a full disk or a kill at any moment leaves the old file and no other file, with
    /// one exception: a kill between that link and that rename leaves a file named
    /// `.reflink-*.tmp`. On filesystems without O_TMPFILE (NFS, OCFS2, FAT), and if a server or
    /// another program has the files (SMB, FUSE), a file of that name with mode 0600 is used from
    /// the start, and a kill or a lost server can leave it behind. If nothing can be renamed or
    /// linked (some FUSE programs), a new file is made under its own name, and a kill leaves part
    /// of it. [`Overwrite::InPlace`](crate::Overwrite::InPlace) gives up all of this to keep the
    /// inode.
    ///
    /// A symbolic link at `src` is followed.
    ///
    /// # Errors
    ///
    /// [`NotReflinkable`](crate::Error::NotReflinkable) and
    /// [`Unsupported`](crate::Error::Unsupported) only in [`Mode::Always`](crate::Mode::Always).
    /// Otherwise [`Io`](crate::Error::Io) with the failing step and its errno: ENOENT, EACCES and
    /// similar for either path; EEXIST under [`Overwrite::Never`](crate::Overwrite::Never); EISDIR
    /// and EINVAL if one of the files is not regular; EINVAL if both are the same file, or if `dst`
    /// is a procfs link to an open descriptor; ENOSPC, EDQUOT, EFBIG, EIO.
    /// [`LeftBehind`](crate::Error::LeftBehind) wraps one of these if a temporary file could not be
    /// removed.
    #[doc(alias = "FICLONE")]
    #[doc(alias = "copy_file_range")]
    #[doc(alias = "cp --reflink")]
    pub fn copy(&self, src: impl AsRef<Path>, dst: impl AsRef<Path>) -> Result<Outcome> {
        self.copy_between(At::path(src.as_ref()), At::path(dst.as_ref()))
    }

    /// Like [`copy`](Options::copy), with paths relative to open directories.
    ///
    /// O_PATH descriptors are enough for the directories. A path is resolved as by openat(2): an
    /// absolute path starts from the root, and `..` may lead out of the directory. Errors and the
    /// outcome have the paths that were given.
    ///
    /// # Errors
    ///
    /// As [`copy`](Options::copy), and EBADF and ENOTDIR for a descriptor that is not a
    /// directory's.
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
        self.copy_between(At::below(&src_dir, src.as_ref()), At::below(&dst_dir, dst.as_ref()))
    }

    pub(crate) fn copy_between(&self, src: At<'_>, dst: At<'_>) -> Result<Outcome> {
        let copy = || copy(&self.session.call()?, src, dst);
        copy().map_err(|error| error.with_paths(src.path, dst.path))
    }

    /// Opens the file at `path` for reading, as [`copy`](Options::copy) does. Use it for the source
    /// of [`reflink`](Options::reflink) and [`partial`](Options::partial), and for both sides of
    /// [`dedupe`](Options::dedupe).
    ///
    /// The open does not wait for the other end of a FIFO, and no terminal becomes the controlling
    /// terminal of the process. It does wait for a lease (fcntl(2), F_SETLEASE) that another
    /// process, such as a file server, has on a regular file: the kernel asks the holder to give up
    /// the lease, and takes it after /proc/sys/fs/lease-break-time. The callback of
    /// [`on_progress`](Options::on_progress) is called with 0 of 0 bytes during the wait and can
    /// stop it.
    ///
    /// # Errors
    ///
    /// [`Error::Io`](crate::Error::Io) of [`Operation::Open`](crate::Operation::Open), about the
    /// file on that `side`: ENOENT, EACCES, ELOOP; ENXIO for a socket; EAGAIN if a lease is not
    /// given up. [`Error::Cancelled`](crate::Error::Cancelled).
    ///
    /// # Platform notes
    ///
    /// Only Linux has leases. A FIFO, a device and (except on Windows) a directory can be opened;
    /// the call that uses the file then refuses it.
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

    /// Opens the existing file at `path` for writing without changing its bytes. Use it for the
    /// destination of [`reflink`](Options::reflink) and [`partial`](Options::partial).
    ///
    /// Otherwise as [`open_for_reading`](Options::open_for_reading).
    ///
    /// # Errors
    ///
    /// As [`open_for_reading`](Options::open_for_reading), and EISDIR, EROFS, ETXTBSY; EPERM with
    /// its [`Reason`](crate::Reason) for an immutable file; ENXIO for a FIFO that nobody reads.
    pub fn open_for_writing(&self, path: impl AsRef<Path>) -> Result<File> {
        self.session.call()?.open_for_writing(At::path(path.as_ref()))
    }
}
