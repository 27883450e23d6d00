//! Copy-on-write file copies: a clone where the filesystem can, a copy where it cannot, and an
//! honest account of which.
//!
//! A *reflink*, or clone, is a second file that shares the first one's blocks until one of the two
//! is written to. It takes no space and hardly any time, whatever the size. btrfs, xfs, bcachefs,
//! OCFS2, ZFS, NFS 4.2 and SMB 3 have it; ext4 and tmpfs do not.
//!
//! # From the top
//!
//! Paths. The destination appears whole, or not at all:
//!
//! ```no_run
//! reflink::always("disk.img", "snapshot.img")?;     // a clone, or an error that says why not
//! let done = reflink::auto("disk.img", "copy.img")?; // a clone, else a copy
//! println!("{} by {}", done.total(), done.method());
//! # Ok::<(), reflink::Error>(())
//! ```
//!
//! Open files, whole or in part:
//!
//! ```no_run
//! # use std::fs::File;
//! # let (src, dst) = (File::open("a")?, File::create("b")?);
//! # const MIB: u64 = 1 << 20;
//! use reflink::Mode;
//!
//! reflink::reflink(&src, &dst, Mode::Auto)?;                        // dst becomes src
//! reflink::partial(&src, 2 * MIB..3 * MIB, &dst, 0, Mode::Auto)?;   // and then some
//! reflink::close(dst)?;                             // NFS says only now what it had no room for
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Everything else is one builder, [`Options`]:
//!
//! ```no_run
//! use reflink::{Mode, Options, Overwrite, Preserve};
//!
//! Options::new()
//!     .mode(Mode::Auto)
//!     .overwrite(Overwrite::Never)
//!     .preserve(Preserve::TIMES | Preserve::OWNER)
//!     .sync(true)
//!     .copy("disk.img", "backup.img")?;
//! # Ok::<(), reflink::Error>(())
//! ```
//!
//! And when the kernel says no, [`Error::reason`] says why, and [`Error::hint`] what to do:
//!
//! ```no_run
//! if let Err(error) = reflink::always("disk.img", "/mnt/usb/disk.img") {
//!     eprintln!("{error}");
//!     // cannot clone 'disk.img' to '/mnt/usb/disk.img': Invalid cross-device link
//!     if let (Some(reason), Some(hint)) = (error.reason(), error.hint()) {
//!         eprintln!("{reason}; {hint}");
//!         // the source is on btrfs, the destination on vfat; blocks are shared within one
//!         // filesystem; auto copies instead
//!     }
//! }
//! ```
//!
//! # By task
//!
//! **I am writing an installer.** Keep one [`Options`] for all files and all threads. A file appears
//! whole or not at all, with the permission bits that the umask leaves:
//!
//! ```no_run
//! use reflink::{Options, Permissions};
//!
//! let options = Options::new().permissions(Permissions::Umask);
//! for name in ["bin/tool", "share/tool.dat"] {
//!     options.copy(format!("store/{name}"), format!("/opt/{name}"))?;
//! }
//! # Ok::<(), reflink::Error>(())
//! ```
//!
//! **I am writing a backup tool.** Keep all metadata, and report what the target could not keep. `sync`
//! reports a write that the disk lost:
//!
//! ```no_run
//! use reflink::{Options, Preserve};
//!
//! let done = Options::new()
//!     .preserve_if_possible(Preserve::ALL)
//!     .sync(true)
//!     .copy("home/letter.txt", "/backup/letter.txt")?;
//! for lost in &done.not_kept {
//!     eprintln!("not kept: {}", lost.attribute);
//! }
//! # Ok::<(), reflink::Error>(())
//! ```
//!
//! Files that you have opened yourself, with O_NOFOLLOW for instance, go to [`Options::reflink`], which
//! copies bytes and no metadata; [`close`] then reports what a server could not write.
//!
//! **I am writing a log snapshotter.** A clone shows the file at one moment, while others write on. A
//! copy has the length that the log had at the start. [`partial`] appends what has come since:
//!
//! ```no_run
//! use std::fs::File;
//! use reflink::Mode;
//!
//! reflink::auto("app.log", "snapshot.log")?;
//! // Later:
//! let (log, snapshot) = (File::open("app.log")?, File::options().write(true).open("snapshot.log")?);
//! let end = snapshot.metadata()?.len();
//! reflink::partial(&log, end.., &snapshot, end, Mode::Auto)?;
//! reflink::close(snapshot)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! | I want to | use |
//! |---|---|
//! | fail instead of copying | [`always`], [`Mode::Always`] |
//! | find out beforehand whether clones work | [`probe`], [`probe_between`] |
//! | stop long work | [`Options::cancel`], [`Options::on_progress`] |
//! | see what files share | [`extents`], [`Sharing`], [`shared_between`] |
//! | share equal data of existing files | [`dedupe`] |
//!
//! # What is guaranteed
//!
//! [The contract](contract) has all promises, and what each errno means. In short:
//!
//! | | |
//! |---|---|
//! | all or nothing | A path copy never leaves half a destination: not on an error, a full disk or a kill. ([`Overwrite::InPlace`] excepted.) |
//! | overwriting | Replaced in one step, refused without a race, or written in place: [`Overwrite`]. A file is never copied onto itself, and a directory or device is never replaced. |
//! | exact length | The destination is as long as the source, whatever it was before; checked after every clone. |
//! | exact ranges | [`partial`] changes the bytes asked for and no others, or fails first. |
//! | fallback | Only what stands against cloning leads to a copy. A full disk, a quota, a failing disk is an error at once. |
//! | never | [`Mode::Never`] shares nothing: it does not even call copy_file_range, which may. |
//! | big files | Short results, interruptions, files beyond 2 GiB, a source that shrinks (an error) or grows (copied up to its length at the start). |
//! | sparse files | Holes, and blocks that were reserved but never written, stay holes. (Of an open source on tmpfs, NFS and FUSE only with /proc, and while nobody has a lock on it; elsewhere reserved blocks are copied as zeros then.) |
//! | metadata | Permission bits always; times, owner, set-id bits and attributes when asked for. What could not be kept is an error or stands in [`Outcome::not_kept`]. |
//! | open files | Their offsets are neither used nor moved (except on Windows, which has no other reads). |
//! | memory | A constant 256 KiB, and only when bytes pass through the process. |
//!
//! # How it is done
//!
//! | method | system call | when |
//! |---|---|---|
//! | clone | FICLONE, FICLONERANGE | first, but in [`Mode::Never`] |
//! | copy_file_range | the same | [`Mode::Auto`], when a clone is not possible |
//! | read/write | pread, pwrite | [`Mode::Never`]; [`Mode::Auto`], when copy_file_range is not possible |
//!
//! Each begins where the one before came to, and [`Outcome`] counts the bytes of each.
//!
//! # Platforms
//!
//! Linux 3.11 and newer, on every architecture and libc of Rust; clones since 4.5. On other
//! systems, macOS and Windows included, there is no clone yet: [`Mode::Always`] is
//! [`Error::Unsupported`], [`Mode::Auto`] copies.
//!
//! # Features
//!
//! `xattr` (default): [`Preserve::XATTRS`](Preserve), by the crate of that name.

use std::fs::File;
use std::ops::RangeBounds;
use std::path::Path;

mod choices;
mod compare;
mod copy;
mod diagnose;
mod direct;
#[doc(hidden)]
pub mod display;
mod error;
mod identity;
mod known;
mod metadata;
mod open;
mod options;
mod outcome;
mod piece;
mod progress;
mod refusals;
mod regular;
mod session;
mod sharing;
mod staging;
mod sys;
mod transfer;
#[cfg(any(target_os = "linux", target_os = "android"))]
pub mod tree;

#[doc = include_str!("../docs/CONTRACT.md")]
pub mod contract {}

#[doc = include_str!("../docs/coming-from-go.md")]
pub mod coming_from_go {}

pub use choices::{HardLinks, Mode, Overwrite, Permissions, Prefer, Preserve};
pub use error::{Error, FsType, Operation, Reason, Result, Side};
pub use options::Options;
pub use outcome::{Attribute, Method, NotKept, Outcome};
pub use progress::Progress;
pub use sharing::{
    Deduped, Evidence, Extent, ExtentFlags, Extents, Inconclusive, Probe, SharedBetween,
    SharedRange, Sharing, Support, dedupe, extents, extents_after_sync, probe, probe_between,
    shared_between,
};

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

/// The README's examples, as tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
