//! The functions for one copy or dedupe whose only choice is the mode.

use std::fs::File;
use std::ops::RangeBounds;
use std::path::Path;

use crate::choices::Mode;
use crate::error::{Error, Operation, Result, Side};
use crate::options::Options;
use crate::outcome::Outcome;
use crate::sharing::Deduped;
use crate::sys;

/// Clones the file at `src` to the path `dst`, or fails and changes nothing.
///
/// Like `cp --reflink=always`, but atomic: an existing `dst` is replaced in one step once the clone
/// is complete, and stays as it was if anything fails. [`Options::copy`] has the details and all
/// choices.
///
/// # Errors
///
/// [`Error::NotReflinkable`] with its [`Reason`](crate::Reason) if the filesystem or these files cannot be cloned
/// (EOPNOTSUPP, EXDEV, EINVAL, …), [`Error::Unsupported`] on systems other than Linux, and the
/// errors of [`Options::copy`].
///
/// # Platform notes
///
/// Linux: ioctl_ficlone(2). The clone of a source that was just written waits until the data is on
/// disk.
///
/// # Examples
///
/// ```no_run
/// reflink::always("disk.img", "snapshot.img")?;
/// # Ok::<(), reflink::Error>(())
/// ```
#[doc(alias = "FICLONE")]
#[doc(alias = "ioctl_ficlone")]
#[doc(alias = "cp --reflink")]
#[doc(alias = "cp --reflink=always")]
pub fn always(src: impl AsRef<Path>, dst: impl AsRef<Path>) -> Result<Outcome> {
    Options::new().mode(Mode::Always).copy(src, dst)
}

/// Clones the file at `src` to the path `dst`, or copies it if it cannot be cloned.
///
/// Like `cp --reflink=auto`, but atomic. The [`Outcome`] reports what was done and, for a copy,
/// why. See [`Options::copy`].
///
/// # Errors
///
/// The errors of [`Options::copy`]; never [`Error::NotReflinkable`] or [`Error::Unsupported`].
///
/// # Examples
///
/// ```
/// # let dir = tempfile::tempdir().unwrap();
/// # let (src, dst) = (dir.path().join("a"), dir.path().join("b"));
/// std::fs::write(&src, "some data")?;
/// let done = reflink::auto(&src, &dst)?;
/// assert_eq!(done.total(), 9);
/// assert_eq!(std::fs::read(&dst)?, b"some data");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "FICLONE")]
#[doc(alias = "copy_file_range")]
#[doc(alias = "cp")]
#[doc(alias = "cp --reflink=auto")]
pub fn auto(src: impl AsRef<Path>, dst: impl AsRef<Path>) -> Result<Outcome> {
    Options::new().mode(Mode::Auto).copy(src, dst)
}

/// Gives the open file `dst` the bytes and the length of the open file `src`.
///
/// `src` must be open for reading, and `dst` for writing but not for appending. The offsets of both
/// descriptors are neither used nor moved. Mode, owner and times are not copied. As with any write,
/// the kernel drops the set-id bits of `dst` unless the caller is privileged.
///
/// After a failure in [`Mode::Always`], `dst` has its previous bytes and length, unless the clone
/// failed midway (a full or failing disk, a cancellation between slices, a source that shrank) or
/// an SMB server changed the file before refusing. After a failure in the other modes, `dst` can
/// hold part of the copy: see [`Error::changed`]. A [path copy](always) never leaves part of a
/// copy. On NFS, SMB and FUSE a write can fail after this function has returned: see [`close`].
///
/// # Errors
///
/// [`Error::NotReflinkable`] and [`Error::Unsupported`] in [`Mode::Always`]; otherwise
/// [`Error::Io`]: EBADF if a descriptor has the wrong access mode; EISDIR; EINVAL for a file that
/// is not regular, if both are the same file, and for an O_DIRECT file that must be read or written
/// and cannot be reopened without that flag ([`Reason::OpenedDirect`](crate::Reason::OpenedDirect)); ETXTBSY, EPERM, EROFS,
/// ENOSPC, EDQUOT, EFBIG, EIO. [`Error::SourceShrank`] if the source lost bytes meanwhile.
///
/// # Platform notes
///
/// Linux: ioctl_ficlone(2), copy_file_range(2). If the source ends within a block and the
/// destination is longer, the clone takes several steps, because the kernel refuses to do it in
/// one. On NFS, SMB and FUSE, pending writes to the source are sent first (sync_file_range(2)). If
/// the destination could be the source under another number, the lengths, the times and, if those
/// are equal, the bytes are compared before any byte is lost: statx(2), and C2 of [the
/// contract](crate::contract).
///
/// # Examples
///
/// ```
/// use reflink::Mode;
///
/// # let dir = tempfile::tempdir().unwrap();
/// # let (a, b) = (dir.path().join("a"), dir.path().join("b"));
/// std::fs::write(&a, "short")?;
/// std::fs::write(&b, "something longer")?;
/// let (src, dst) = (std::fs::File::open(&a)?, std::fs::File::options().write(true).open(&b)?);
/// reflink::reflink(&src, &dst, Mode::Auto)?;
/// assert_eq!(std::fs::read(&b)?, b"short");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "FICLONE")]
#[doc(alias = "ioctl_ficlone")]
#[doc(alias = "copy_file_range")]
pub fn reflink(src: &File, dst: &File, mode: Mode) -> Result<Outcome> {
    Options::new().mode(mode).reflink(src, dst)
}

/// Copies the bytes `range` of `src` to the offset `dst_offset` of `dst`, and changes no others.
///
/// The range is in bytes of the source and must lie within the source; an open end means the end of
/// the source. `dst` is never cut short. If the range ends past the end of `dst`, `dst` grows, and
/// any gap between its old end and `dst_offset` reads as zeros. Both may be the same file if the
/// ranges do not overlap. An empty range succeeds and does nothing. If a file has bytes but a
/// length of 0 (procfs, FUSE), reading finds its end. The offsets of both descriptors are neither
/// used nor moved. On NFS, SMB and FUSE a write can fail after this function has returned: see
/// [`close`].
///
/// Only whole blocks can be shared. [`Mode::Auto`] shares every whole block of the range that has
/// the same alignment in both files, and copies the ragged ends. If the two offsets do not differ
/// by whole blocks, everything is copied. In [`Mode::Always`] such a range fails with
/// [`Reason::Misaligned`](crate::Reason::Misaligned), which has the block size. The last block of the source counts as whole
/// unless the destination continues past it.
///
/// # Errors
///
/// As [`reflink`], and EINVAL, before anything changes, for a range past the end of the source, a
/// range that overlaps itself, and offsets larger than a file can have.
///
/// # Platform notes
///
/// Linux: ioctl_ficlonerange(2), copy_file_range(2). OCFS2 shares clusters, so "block" means
/// cluster there. On SMB, pending writes to the destination are sent before a clone, too, and the
/// server can have changed the destination by the time it refuses one. Otherwise as [`reflink`].
///
/// # Examples
///
/// ```
/// use reflink::Mode;
///
/// # let dir = tempfile::tempdir().unwrap();
/// # let (a, b) = (dir.path().join("a"), dir.path().join("b"));
/// std::fs::write(&a, "0123456789")?;
/// std::fs::write(&b, "abcdefghij")?;
/// let (src, dst) = (std::fs::File::open(&a)?, std::fs::File::options().write(true).open(&b)?);
/// reflink::partial(&src, 2..5, &dst, 4, Mode::Auto)?;
/// assert_eq!(std::fs::read(&b)?, b"abcd234hij");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "FICLONERANGE")]
#[doc(alias = "ioctl_ficlonerange")]
#[doc(alias = "copy_file_range")]
pub fn partial(
    src: &File,
    range: impl RangeBounds<u64>,
    dst: &File,
    dst_offset: u64,
    mode: Mode,
) -> Result<Outcome> {
    Options::new().mode(mode).partial(src, range, dst, dst_offset)
}

/// Closes a file that was written to, and reports writes that failed since.
///
/// Some filesystems accept bytes and find out later that there is no room for them. They report
/// that when the file is closed, and a dropped [`File`] ignores the report. After [`reflink()`] and
/// [`partial`], close the destination with this function, or use [`Options::sync`]. Path copies
/// need neither.
///
/// # Errors
///
/// [`Error::Io`] of [`Operation::Close`]: ENOSPC, EDQUOT, EIO. The file is closed even then.
///
/// # Platform notes
///
/// close(2): NFS, SMB and FUSE report failed writes there. On Windows this function only drops the
/// file.
///
/// # Examples
///
/// ```
/// use reflink::Mode;
///
/// # let dir = tempfile::tempdir().unwrap();
/// # let (a, b) = (dir.path().join("a"), dir.path().join("b"));
/// # std::fs::write(&a, "data")?;
/// let (src, dst) = (std::fs::File::open(&a)?, std::fs::File::create_new(&b)?);
/// reflink::reflink(&src, &dst, Mode::Auto)?;
/// reflink::close(dst)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn close(dst: File) -> Result<()> {
    sys::close(dst).map_err(Error::on(Operation::Close, Side::Destination))
}

/// Compares the bytes `range` of `src` with the bytes at the offset of each destination, and makes
/// each destination whose bytes are equal share the source's blocks.
///
/// The kernel compares and shares in one step: nobody can change a file in between, and no file's
/// contents, length or times change. The range can have any length, and there can be any number of
/// destinations. The work is done in steps (16 MiB to 1 GiB, depending on the kernel), so what
/// comes before a difference may be shared.
///
/// Returns one result per destination, in the same order.
///
/// # Errors
///
/// For all destinations: [`Error::Io`] with EINVAL if the range does not lie within the source, or
/// if the source is not a regular file open for reading; EISDIR; [`Error::NotReflinkable`] if the
/// source's filesystem has no such operation (EOPNOTSUPP), before Linux 4.5 (ENOTTY) and if a
/// sandbox forbids it (EPERM); [`Error::Unsupported`] on other systems.
///
/// For one destination, in [`Deduped::Failed`]: [`Error::NotReflinkable`] if the filesystem or
/// these files cannot share, or if the offsets are not on block boundaries; EPERM unless the
/// destination is open for writing, or the caller owns it or may write to it; EINVAL if the
/// destination is too short, and then nothing is shared; EROFS, ETXTBSY, ENOSPC, EIO.
///
/// # Platform notes
///
/// Linux: ioctl_fideduperange(2).
///
/// # Examples
///
/// ```no_run
/// # use std::fs::File;
/// use reflink::Deduped;
///
/// let (a, b) = (File::open("a.img")?, File::options().read(true).write(true).open("b.img")?);
/// for end in reflink::dedupe(&a, .., [(&b, 0)])? {
///     match end {
///         Deduped::Shared { bytes, .. } => println!("{bytes} bytes are shared now"),
///         Deduped::Differs { at, .. } => println!("not the same, from byte {at:?} on"),
///         Deduped::Failed { error, .. } => return Err(error.into()),
///         _ => {}
///     }
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "FIDEDUPERANGE")]
#[doc(alias = "ioctl_fideduperange")]
pub fn dedupe<'d>(
    src: &File,
    range: impl RangeBounds<u64>,
    destinations: impl IntoIterator<Item = (&'d File, u64)>,
) -> Result<Vec<Deduped>> {
    Options::new().dedupe(src, range, destinations)
}
