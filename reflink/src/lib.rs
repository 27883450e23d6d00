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
mod shortcuts;
mod staging;
mod sys;
mod transfer;
#[cfg(any(target_os = "linux", target_os = "android"))]
pub mod tree;
mod watch;

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
    SharedRange, Sharing, Support, extents, extents_after_sync, probe, probe_between,
    shared_between,
};
pub use shortcuts::{always, auto, close, dedupe, partial, reflink};

/// The README's examples, as tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
