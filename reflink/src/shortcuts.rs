//! The functions for one copy or dedupe with nothing to choose but the mode.

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
/// `cp --reflink=always`, but atomic: an existing `dst` is replaced in one step once the clone is
/// complete, and the old file stands if anything goes wrong. See [`Options::copy`] for what
/// happens in detail, and for all choices.
///
/// # Errors
///
/// [`Error::NotReflinkable`] with its [`Reason`] where the filesystem or these files cannot be
/// cloned (EOPNOTSUPP, EXDEV, EINVAL, …), [`Error::Unsupported`] on other systems than Linux, and
/// those of [`Options::copy`].
///
/// # Platform notes
///
/// Linux: ioctl_ficlone(2). The clone of a source that was just written waits until that data is on
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

/// Clones the file at `src` to the path `dst`, or copies it where it cannot be cloned.
///
/// `cp --reflink=auto`, but atomic, and the [`Outcome`] says what was done and, if it is a copy,
/// why. See [`Options::copy`].
///
/// # Errors
///
/// Those of [`Options::copy`]; never [`Error::NotReflinkable`] or [`Error::Unsupported`].
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

/// Makes the open file `dst` the same as the open file `src`: its bytes and its length.
///
/// `src` must be open for reading and `dst` for writing, and not for appending. Neither file's
/// offset is used or moved. Mode, owner and times are not copied; as with any write, the kernel
/// drops set-id bits of `dst` unless the caller is privileged.
///
/// After a failure in [`Mode::Always`] `dst` has the bytes and the length that it had before
/// (unless the clone failed in its middle: on a full or failing disk, cancelled between slices, with
/// a source that shrank; or an SMB server changed the file before it refused). After a failure in the
/// other modes it can hold part of the copy ([`Error::changed`] says so): a [path copy](always) cannot.
/// On NFS, SMB and FUSE a write can fail after this has returned: see [`close`].
///
/// # Errors
///
/// [`Error::NotReflinkable`] and [`Error::Unsupported`] in [`Mode::Always`]; otherwise
/// [`Error::Io`]: EBADF where a descriptor is not open for what it is to do, EISDIR, EINVAL for
/// what is not a regular file, where both are the same file, and for a file with O_DIRECT that has to be
/// read or written and cannot be opened without ([`Reason::OpenedDirect`]), ETXTBSY, EPERM, EROFS, ENOSPC,
/// EDQUOT, EFBIG, EIO. [`Error::SourceShrank`] where the source lost bytes meanwhile.
///
/// # Platform notes
///
/// Linux: ioctl_ficlone(2), copy_file_range(2). A source that ends within a block is cloned onto a
/// longer destination in several steps, as the kernel refuses to do it in one. On NFS, SMB and FUSE
/// what was written to the source is sent before (sync_file_range(2)). If the destination could be the
/// source under another number, lengths, times and, if those are equal, bytes are compared before any
/// byte of it is lost: statx(2), and C2 of [the contract](contract).
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

/// Copies the bytes `range` of `src` to the offset `dst_offset` of `dst`, and no others.
///
/// The range is in bytes of the source and must lie within it; an open end is the source's end.
/// `dst` is never cut short; it grows if the range ends behind its end, and what lies between its
/// old end and `dst_offset` reads as zeros. Both may be the same file, if the ranges do not overlap.
/// An empty range is a success that does nothing. Of a file that has bytes and a length of 0 (procfs,
/// FUSE), reading decides where it ends. Offsets of descriptors are neither used nor moved.
/// On NFS, SMB and FUSE a write can fail after this has returned: see [`close`].
///
/// Only whole blocks can be shared. In [`Mode::Auto`] every whole block of the range that lies
/// equally in both files is shared, and the ragged ends are copied; where the two offsets differ by
/// something else than whole blocks, all is copied. In [`Mode::Always`] such a range fails with
/// [`Reason::Misaligned`], which says the block size. The last block of the source counts as
/// whole, unless the destination goes on behind it.
///
/// # Errors
///
/// As [`reflink`]. EINVAL, before anything changes, for a range past the source's end, one that
/// overlaps itself, and offsets beyond what a file can have.
///
/// # Platform notes
///
/// Linux: ioctl_ficlonerange(2), copy_file_range(2). On OCFS2 the clusters are what is shared, and
/// meant by blocks here. On SMB what was written to the destination is sent before a clone, too, and the
/// server can have changed it by the time it refuses one. Otherwise as [`reflink`].
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

/// Closes a file that was written to, and reports what failed until then.
///
/// Some filesystems take bytes and find out later that there is no room for them: they say so when
/// the file is closed, which a dropped [`File`] ignores. After [`reflink()`] and [`partial`] close the
/// destination by this, or have them write everything to disk ([`Options::sync`]). Path copies do
/// it by themselves.
///
/// # Errors
///
/// [`Error::Io`] of [`Operation::Close`]: ENOSPC, EDQUOT, EIO. The file is closed all the same.
///
/// # Platform notes
///
/// close(2): NFS, SMB and FUSE report failed writes there. On Windows it is no more than a drop.
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

/// Compares the bytes `range` of `src` with those at the offset of each destination, and makes the
/// destination share the source's blocks where all are equal.
///
/// Comparing and sharing are one step for the kernel: nobody can change a file in between, and no
/// file's contents, length or times change. The range can have any length and there can be any
/// number of destinations. Sharing goes in steps (of 16 MiB to 1 GiB by kernel), so that what comes
/// before a difference can be shared.
///
/// One answer a destination, in their order.
///
/// # Errors
///
/// For all destinations: [`Error::Io`] with EINVAL where the range does not lie within the source or
/// the source is not open for reading or no regular file, EISDIR; [`Error::NotReflinkable`] where
/// the source's filesystem has no such operation (EOPNOTSUPP), before Linux 4.5 (ENOTTY) and where a
/// sandbox forbids it (EPERM); [`Error::Unsupported`] on other systems.
///
/// For one of them, in [`Deduped::Failed`]: [`Error::NotReflinkable`] where the filesystem or these
/// files cannot share, or the offsets are not on block boundaries; EPERM where it is neither open
/// for writing nor a file that the caller owns or may write; EINVAL where it is too short, and then
/// nothing is shared; EROFS, ETXTBSY, ENOSPC, EIO.
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
