//! Each reason, provoked on a real filesystem.
//!
//! | reason | provoked in |
//! |---|---|
//! | `DifferentFilesystems`, `NoCloneSupport`, `XfsWithoutReflink`, `Misaligned`, `EndsInsideDestination`, `NoCow`, `SwapFile`, `Immutable`, `AppendOnly`, `ReadOnly`, `SizeLimit` | this file |
//! | `Filtered`, `NoCloneCall`, `Busy`, `Unknown` | `reasons_injected.rs`: the errno comes from strace |
//! | `NoExtentMap` | `extents.rs` |
//! | `LowerLayer`, `NotInUpperLayer` | the suite `filesystems`, `mounts.rs` |
//! | `DifferentMounts` | the suite `filesystems`, `mounts.rs`, on Linux before 5.18 |
//! | `DestinationTooShort` | `dedupe_refused.rs` |
//! | `SameFile`, `Overlap`, `PastEnd`, `Overflow`, `Directory`, `NotRegular`, `NotReadable`, `NotWritable`, `OpenedForAppend` | the suite `any_filesystem`; for dedupe `dedupe_refused.rs` |
//! | `Realtime`, `Dax` | nowhere: they need a kernel with xfs's realtime device, and persistent memory. `src/diagnose/linux/flags.rs` tests the meaning of each flag |

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::process::Command;

use reflink::{Error, Mode, Options, Overwrite, Reason, Side};
use tempfile::TempDir;

use crate::common::*;
use crate::place::*;

/// overlayfs does not keep the flags of files.
fn dir_with_flags() -> TempDir {
    if fs() == Fs::Overlay { other_dir() } else { cloning_dir() }
}

fn pair(dir: &Path, src_len: u64, dst_len: u64) -> (File, File) {
    (file(&dir.join("src"), &bytes(1, src_len)), file(&dir.join("dst"), &bytes(2, dst_len)))
}

/// A clone is refused for this reason, and auto copies; the text is one clause.
#[track_caller]
fn cannot_clone(dir: &Path, errno: i32, src: &File, dst: &File) -> Reason {
    let error = fails(dir, || reflink::reflink(src, dst, Mode::Always));
    let Error::NotReflinkable { reason, .. } = error else { panic!("{error:?}") };
    assert_eq!(error.raw_os_error(), Some(errno), "{error:?}");
    assert!(error.hint().is_some(), "{error:?}");
    let done = reflink::reflink(src, dst, Mode::Auto).unwrap();
    assert_eq!((done.cloned, done.fallback), (0, Some(reason)));
    assert_same(&content(dst), &content(src), "the copy");
    reason
}

/// A reason that prevents every write.
#[track_caller]
fn cannot_write(
    dir: &Path,
    errno: i32,
    copy: impl FnOnce() -> reflink::Result<reflink::Outcome>,
) -> Reason {
    let error = fails(dir, copy);
    assert!(matches!(error, Error::Io { .. }), "{error:?}");
    assert_eq!(error.raw_os_error(), Some(errno), "{error:?}");
    assert!(error.hint().is_some(), "{error:?}");
    *error.reason().unwrap_or_else(|| panic!("{error:?}"))
}

#[test]
#[ignore = "needs the table of filesystems; run cargo xtask test"]
fn a_filesystem_that_cannot_clone() {
    needs!(NoClones);
    let dir = dir();
    let (src, dst) = pair(dir.path(), 100_000, 0);
    let expected = match fs() {
        Fs::XfsNoReflink => "this xfs was made without reflinks",
        Fs::Ext4 => "ext4 cannot clone files",
        Fs::Tmpfs => "tmpfs cannot clone files",
        place => panic!("this suite does not run on {place:?}"),
    };
    let reason = cannot_clone(dir.path(), libc::EOPNOTSUPP, &src, &dst);
    assert_eq!(reason.to_string(), expected);
    assert_eq!(reason == Reason::XfsWithoutReflink, fs() == Fs::XfsNoReflink);
}

#[test]
#[ignore = "needs two filesystems; run cargo xtask test"]
fn two_filesystems() {
    needs!(ClonesIntoFiles);
    let (here, there) = (dir(), other_dir());
    let expected = match fs().type_name() {
        "xfs" => "the files are on two different xfs filesystems".to_owned(),
        name => format!("the source is on {name}, the destination on xfs"),
    };
    let src = file(&here.path().join("src"), &bytes(1, 100_000));
    let dst = file(&there.path().join("dst"), b"");
    let reason = cannot_clone(there.path(), libc::EXDEV, &src, &dst);
    assert_eq!(reason.to_string(), expected);
}

#[test]
#[ignore = "needs a filesystem that clones; run cargo xtask test"]
fn each_number_of_a_range_that_is_off_the_blocks() {
    needs!(BlocksOf4Kib, ClonesIntoFiles);
    let dir = cloning_dir();
    let (src, dst) = pair(dir.path(), 100_000, 100_000);
    for (start, to, len) in [
        (512, 4096, 8192),
        (4096, 512, 8192),
        (4096, 4096, 8191),
        (1, 1, 8192),
        (1, 4096, 100),
        (4096, 1, 100),
        (1, 1, 100),
    ] {
        let error = fails(dir.path(), || {
            reflink::partial(&src, start..start + len, &dst, to, Mode::Always)
        });
        assert_eq!(error.raw_os_error(), Some(libc::EINVAL), "{error:?}");
        let Error::NotReflinkable {
            reason:
                Reason::Misaligned {
                    block_size: 4096, source_offset, destination_offset, length, ..
                },
            ..
        } = error
        else {
            panic!("{error:?}")
        };
        let off = (start % 4096 != 0, to % 4096 != 0, len % 4096 != 0);
        assert_eq!((source_offset, destination_offset, length), off);
    }
}

#[test]
#[ignore = "needs a filesystem that clones; run cargo xtask test"]
fn an_end_within_a_block_where_the_destination_goes_on() {
    needs!(BlocksOf4Kib, ClonesIntoFiles);
    let dir = cloning_dir();
    let (src, dst) = pair(dir.path(), 10_000, 100_000);
    let error = fails(dir.path(), || reflink::partial(&src, .., &dst, 0, Mode::Always));
    assert_eq!(error.raw_os_error(), Some(libc::EINVAL), "{error:?}");
    assert_eq!(error.reason(), Some(&Reason::EndsInsideDestination { block_size: 4096 }));
    assert!(matches!(error, Error::NotReflinkable { .. }), "{error:?}");
}

#[test]
#[ignore = "needs root, and mkfs.btrfs; run cargo xtask test"]
fn one_side_without_copy_on_write() {
    needs!(ClonesIntoFiles);
    for side in [Side::Source, Side::Destination] {
        let btrfs = Volume::btrfs();
        let dir = btrfs.path("dir");
        std::fs::create_dir(&dir).unwrap();
        let (src, dst) = pair(&dir, 0, 0);
        let name = if side == Side::Source { "src" } else { "dst" };
        tool(Command::new("chattr").arg("+C").arg(dir.join(name)));
        src.write_all_at(&bytes(1, 100_000), 0).unwrap();
        let reason = cannot_clone(&dir, libc::EINVAL, &src, &dst);
        assert_eq!(reason, Reason::NoCow { side });
        assert_eq!(
            reason.to_string(),
            format!("the {side} is nodatacow (chattr +C) and the other file is not")
        );
    }
}

#[test]
#[ignore = "needs root, to swap on a file; run cargo xtask test"]
fn an_active_swap_file() {
    needs!(ClonesIntoFiles);
    let xfs = Volume::new(&["mkfs.xfs", "-q", "-m", "reflink=1"]);
    let dir = xfs.path("dir");
    std::fs::create_dir(&dir).unwrap();
    let (src, swap) = pair(&dir, MIB, 8 * MIB);
    swap.sync_all().unwrap();
    let path = dir.join("dst");
    tool(Command::new("chmod").arg("600").arg(&path));
    tool(Command::new("mkswap").arg(&path));
    tool(Command::new("swapon").arg(&path));
    let asks = || {
        let to_swap = reflink::reflink(&src, &swap, Mode::Always).unwrap_err();
        let from_swap = reflink::always(&path, dir.join("new")).unwrap_err();
        [to_swap, from_swap].map(|error| (error.raw_os_error(), error.reason().copied()))
    };
    // The swap file must not outlive the test, even after a panic.
    let answers = std::panic::catch_unwind(std::panic::AssertUnwindSafe(asks));
    tool(Command::new("swapoff").arg(&path));
    let expected = [Side::Destination, Side::Source]
        .map(|side| (Some(libc::ETXTBSY), Some(Reason::SwapFile { side })));
    assert_eq!(answers.unwrap(), expected);
}

#[test]
#[ignore = "needs a filesystem that clones, and root; run cargo xtask test"]
fn an_immutable_destination() {
    needs!(ClonesIntoFiles);
    let dir = dir_with_flags();
    let (src, dst) = pair(dir.path(), 100_000, 100_000);
    let path = dir.path().join("dst");
    tool(Command::new("chattr").arg("+i").arg(&path));
    let reason =
        cannot_write(dir.path(), libc::EPERM, || reflink::reflink(&src, &dst, Mode::Always));
    assert_eq!(reason, Reason::Immutable);
    let reason = cannot_write(dir.path(), libc::EPERM, || reflink::reflink(&src, &dst, Mode::Auto));
    assert_eq!(reason, Reason::Immutable);
    tool(Command::new("chattr").arg("-i").arg(&path));
}

#[test]
#[ignore = "needs a filesystem that clones, and root; run cargo xtask test"]
fn an_append_only_destination() {
    let dir = dir_with_flags();
    // Longer, so that it must be cut.
    let (src, dst) = pair(dir.path(), 0, 100_000);
    let path = dir.path().join("dst");
    tool(Command::new("chattr").arg("+a").arg(&path));
    for mode in COPYING {
        let reason = cannot_write(dir.path(), libc::EPERM, || reflink::reflink(&src, &dst, mode));
        assert_eq!(reason, Reason::AppendOnly);
    }
    tool(Command::new("chattr").arg("-a").arg(&path));
}

#[test]
#[ignore = "needs root, and mkfs.btrfs; run cargo xtask test"]
fn a_read_only_subvolume() {
    needs!(ClonesIntoFiles);
    let btrfs = Volume::btrfs();
    let dir = btrfs.path("subvolume");
    tool(Command::new("btrfs").args(["subvolume", "create"]).arg(&dir));
    let (src, dst) = pair(&dir, 100_000, 100_000);
    let read_only = |value| {
        tool(Command::new("btrfs").args(["property", "set"]).arg(&dir).args(["ro", value]));
    };
    read_only("true");
    for mode in [Mode::Always, Mode::Auto] {
        let reason = cannot_write(&dir, libc::EROFS, || reflink::reflink(&src, &dst, mode));
        assert_eq!(reason, Reason::ReadOnly);
    }
    let [from, to] = ["src", "dst"].map(|name| dir.join(name));
    for overwrite in [Overwrite::Replace, Overwrite::InPlace] {
        let error = Options::new().overwrite(overwrite).copy(&from, &to).unwrap_err();
        assert_eq!(error.raw_os_error(), Some(libc::EROFS), "{error:?}");
    }
    // A file that is only read may be read-only.
    reflink::always(&from, btrfs.path("clone")).unwrap();
    read_only("false");
}

#[test]
#[ignore = "needs a filesystem that clones; run cargo xtask test"]
fn a_limit_on_the_length_of_files() {
    needs!(BlocksOf4Kib, ClonesIntoFiles);
    // In blocks of 512 bytes. The signal would end the process; the command catches it.
    in_child("ulimit -f 100; trap '' XFSZ", &[], || {
        let dir = cloning_dir();
        let limit = 100 * 512;
        let (src, dst) = pair(dir.path(), 40_000, 0);
        // A source that is longer than the limit must be a system file, because sparse files are
        // limited, too.
        let long = File::open("/proc/self/exe").unwrap();
        assert!(long.metadata().unwrap().len() > limit);
        let error = reflink::partial(&src, .., &dst, 20_480, Mode::Always).unwrap_err();
        assert_eq!(error.reason(), Some(&Reason::SizeLimit { limit }), "{error:?}");
        let error = reflink::partial(&long, ..limit + 4096, &dst, 0, Mode::Never).unwrap_err();
        assert_eq!(error.reason(), Some(&Reason::SizeLimit { limit }), "{error:?}");
        assert_eq!(error.raw_os_error(), Some(libc::EFBIG));
    });
}
