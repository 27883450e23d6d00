//! Copy-on-write file copies: a clone if the filesystem can make one, otherwise a copy, and an
//! exact report of which it was.
//!
//! A *reflink*, or clone, is a second file that shares the blocks of the first until one of the two
//! is written to. It takes no space and almost no time, whatever the size. btrfs, xfs, bcachefs,
//! OCFS2, ZFS, NFS 4.2 and SMB 3 have reflinks; ext4 and tmpfs do not.
//!
//! # Overview
//!
//! With paths, the destination appears whole or not at all:
//!
//! ```no_run
//! reflink::always("disk.img", "snapshot.img")?;     // a clone, or an error that says why not
//! let done = reflink::auto("disk.img", "copy.img")?; // a clone, else a copy
//! println!("{} by {}", done.total(), done.method());
//! # Ok::<(), reflink::Error>(())
//! ```
//!
//! With open files, whole or in part:
//!
//! ```no_run
//! # use std::fs::File;
//! # let (src, dst) = (File::open("a")?, File::create("b")?);
//! # const MIB: u64 = 1 << 20;
//! use reflink::Mode;
//!
//! reflink::reflink(&src, &dst, Mode::Auto)?;                        // dst becomes src
//! reflink::partial(&src, 2 * MIB..3 * MIB, &dst, 0, Mode::Auto)?;   // one range
//! reflink::close(dst)?;                             // NFS reports a full disk only here
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! One builder, [`Options`], has everything else:
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
//! If the kernel refuses, [`Error::reason`] gives the cause and [`Error::hint`] suggests what to
//! do:
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
//! **I am writing an installer.** Keep one [`Options`] for all files and all threads. Each file
//! appears whole or not at all, with the permission bits that the umask leaves:
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
//! **I am writing a backup tool.** Keep all metadata, and report what the target could not keep.
//! `sync` reports writes that the disk lost:
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
//! If you have opened the files yourself, for instance with O_NOFOLLOW, use [`Options::reflink`],
//! which copies bytes and no metadata. [`close`] then reports what a server could not write.
//!
//! **I am writing a log snapshotter.** A clone shows the file at one moment, even while others
//! write to it. A copy has the length that the log had at the start. [`partial`] appends what was
//! written since:
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
//! [The guide](guide) has more: which level, a ladder of clone, hard link and copy, threads, what to cache, errors.
//!
//! # What is guaranteed
//!
//! [The contract](contract) has all promises, and what each errno means. In short:
//!
//! | | |
//! |---|---|
//! | all or nothing | A path copy never leaves half a destination after an error, a full disk or a kill (except with [`Overwrite::InPlace`]). |
//! | overwriting | Replaced in one step, refused without a race, or written in place: [`Overwrite`]. A file is never copied onto itself, and a directory or device is never replaced. |
//! | exact length | The destination gets the length of the source, whatever it had before. The length is checked after every clone. |
//! | exact ranges | [`partial`] changes the bytes asked for and no others, or fails first. |
//! | fallback | A copy follows only if cloning alone is impossible. A full disk, a quota or a failing disk is an error at once. |
//! | never | [`Mode::Never`] shares nothing: it does not even call copy_file_range, which may share blocks. |
//! | big files | Short results, interruptions, files beyond 2 GiB, a source that shrinks (an error) or grows (copied up to its length at the start). |
//! | sparse files | Holes, and blocks that were reserved but never written, stay holes. (For an open source on tmpfs, NFS or FUSE this needs /proc and a source that nobody has locked. On other filesystems, reserved blocks are copied as zeros without /proc or with a lock.) |
//! | metadata | Permission bits always; times, owner, set-id bits and attributes if asked for. What could not be kept is an error or is listed in [`Outcome::not_kept`]. |
//! | open files | Their offsets are neither used nor moved (except on Windows, which has no other reads). |
//! | memory | A constant 256 KiB, and only if bytes pass through the process. |
//!
//! # How it works
//!
//! | method | system call | when |
//! |---|---|---|
//! | clone | FICLONE, FICLONERANGE | first, except in [`Mode::Never`] |
//! | copy_file_range | copy_file_range | [`Mode::Auto`], if a clone is not possible |
//! | read/write | pread, pwrite; splice for large data | [`Mode::Never`]; [`Mode::Auto`], if copy_file_range is not possible or has nothing to share |
//!
//! Each method starts where the previous one stopped, and [`Outcome`] counts the bytes of each.
//!
//! # Platforms
//!
//! Linux 3.11 and newer, on every architecture and libc that Rust supports; clones since 4.5.
//!
//! macOS clones only to new files: copies by path clone, also onto an existing path, because a new
//! file replaces it. Open files, ranges and copies in place do not
//! ([`Reason::ClonesOnlyToNewNames`]). The macOS code is type-checked, and a Linux build with the same
//! limits is tested; neither has run on macOS.
//!
//! Windows clones on ReFS, also ranges and open files: whole clusters, after the source was flushed
//! and the destination got its length. A sparse source makes the destination sparse. Copies keep the
//! attributes read-only, hidden, system and archive in place of permission bits. Trees are copied by
//! paths ([`tree`]). A Linux build with the same limits is tested, and copies are tested under Wine; the
//! calls that clone are type-checked, and have not run on ReFS.
//!
//! FreeBSD clones since version 15, also ranges and open files. That is type-checked, and has not run
//! on FreeBSD.
//!
//! Other systems do not clone: [`Mode::Always`] returns [`Error::Unsupported`], and [`Mode::Auto`]
//! copies.
//!
//! # Features
//!
//! `xattr` (default): [`Preserve::XATTRS`](Preserve), through the crate of that name.

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
pub mod tree;
mod watch;

#[doc = include_str!("../docs/CONTRACT.md")]
pub mod contract {}

#[doc = include_str!("../docs/GUIDE.md")]
pub mod guide {}

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
