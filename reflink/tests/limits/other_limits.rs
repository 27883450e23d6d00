//! Quotas, and filesystems with room for bytes but not for files.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use reflink::{Mode, Options, Overwrite};

use crate::common::{KIB, MIB, assert_same_files, bytes, fails, file, snapshot, tool};
use crate::mounted::Mounted;

/// Copies 1 MiB within `dir`, which must fail with `errno` and change nothing, to a new name and
/// over an old file.
#[track_caller]
fn has_no_room_for(dir: &Path, errno: i32, modes: &[Mode]) {
    let [src, new, old] = ["src", "new", "old"].map(|name| dir.join(name));
    for mode in modes {
        for dst in [&new, &old] {
            let error = fails(dir, || Options::new().mode(*mode).copy(&src, dst));
            assert_eq!(error.raw_os_error(), Some(errno), "{mode:?}: {error:?}");
        }
    }
}

/// The limit of a subvolume: 3 MiB, of which 2.25 are used.
#[test]
#[ignore = "needs root and loop devices; run cargo xtask test"]
fn a_quota_of_btrfs() {
    let mounted = Mounted::new(256, &["mkfs.btrfs", "-q"], "defaults");
    let path = mounted.path();
    let btrfs = |args: &[&str]| tool(Command::new("btrfs").args(args));
    let volume = path.join("volume");
    btrfs(&["quota", "enable", path.to_str().unwrap()]);
    btrfs(&["subvolume", "create", volume.to_str().unwrap()]);
    btrfs(&["qgroup", "limit", "3m", volume.to_str().unwrap()]);
    std::fs::write(volume.join("src"), bytes(1, 2 * MIB)).unwrap();
    std::fs::write(volume.join("old"), bytes(2, 256 * KIB)).unwrap();
    let sync = || tool(Command::new("sync").arg("-f").arg(&volume));
    sync();
    has_no_room_for(&volume, libc::EDQUOT, &[Mode::Never]);
    // Blocks that a group shares within itself count once, so a clone costs nothing. The blocks of
    // the failed copies count until they are cleaned up in the background.
    let clone = || {
        sync();
        reflink::always(volume.join("src"), volume.join("old"))
    };
    let deadline = Instant::now() + Duration::from_secs(20);
    while Instant::now() < deadline && clone().is_err() {}
    clone().unwrap();
    assert_same_files(&volume.join("old"), &volume.join("src"));
}

/// ext4 without extents has files of at most 17 GB in blocks of 1 KiB.
#[test]
#[ignore = "needs root and loop devices; run cargo xtask test"]
fn a_file_that_is_too_long_for_its_filesystem() {
    let mkfs = ["mkfs.ext4", "-q", "-F", "-b", "1024", "-O", "^extent,^64bit"];
    let (there, here) = (Mounted::tmpfs("size=8M"), Mounted::new(64, &mkfs, "defaults"));
    let [src, dst] = [there.path().join("src"), here.path().join("dst")];
    let source = file(&src, &bytes(1, KIB));
    source.set_len(20 << 30).unwrap();
    file(&dst, &bytes(2, MIB));
    for overwrite in [Overwrite::Replace, Overwrite::InPlace] {
        for mode in [Mode::Auto, Mode::Never] {
            let options = Options::new().mode(mode).overwrite(overwrite);
            let error = fails(here.path(), || options.copy(&src, &dst));
            assert_eq!(
                error.raw_os_error(),
                Some(libc::EFBIG),
                "{overwrite:?} {mode:?}: {error:?}"
            );
            assert!(error.changed().is_none(), "{error:?}");
        }
    }
    source.set_len(10 << 30).unwrap();
    Options::new().overwrite(Overwrite::InPlace).copy(&src, &dst).unwrap();
    assert_eq!(dst.metadata().unwrap().len(), 10 << 30);
}

/// A filesystem without free inodes, with room for bytes.
fn without_inodes(mounted: &Mounted) {
    let dir = mounted.path().join("dir");
    std::fs::create_dir(&dir).unwrap();
    std::fs::write(dir.join("src"), bytes(1, 100 * KIB)).unwrap();
    std::fs::write(dir.join("old"), bytes(2, KIB)).unwrap();
    let fill = mounted.path().join("fill");
    std::fs::create_dir(&fill).unwrap();
    let last = (0..).find(|n| std::fs::write(fill.join(n.to_string()), "").is_err()).unwrap();
    assert!(last > 0);
    has_no_room_for(&dir, libc::ENOSPC, &[Mode::Auto, Mode::Never]);
    std::fs::remove_file(fill.join("0")).unwrap();
    reflink::auto(dir.join("src"), dir.join("old")).unwrap();
    assert_same_files(&dir.join("old"), &dir.join("src"));
    assert_eq!(snapshot(&dir).len(), 2);
}

#[test]
#[ignore = "needs root and loop devices; run cargo xtask test"]
fn no_inodes_on_ext4() {
    without_inodes(&Mounted::new(16, &["mkfs.ext4", "-q", "-F", "-N", "32"], "defaults"));
}

#[test]
#[ignore = "needs root; run cargo xtask test"]
fn no_inodes_on_tmpfs() {
    without_inodes(&Mounted::tmpfs("size=8M,nr_inodes=32"));
}
