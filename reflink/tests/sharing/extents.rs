//! Extents, their flags, and their totals, compared with `filefrag` and with what was written.

use std::fs::File;
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::Path;
use std::process::Command;

use reflink::{
    Error, ExtentFlags, Mode, Operation, Reason, Sharing, Side, extents, extents_after_sync,
};

use crate::common::{self, *};
use crate::place::*;

/// Both lists must be equal for a file that is on disk.
#[track_caller]
pub(crate) fn assert_as_filefrag_says(path: &Path) {
    let expected = common::extents(path);
    let file = File::open(path).unwrap();
    // filefrag lists data only.
    let found: Vec<_> = extents(&file)
        .unwrap()
        .map(Result::unwrap)
        .filter(|extent| !extent.flags.contains(ExtentFlags::UNWRITTEN))
        .map(|extent| {
            common::Extent {
                logical: extent.offset,
                // filefrag shows 0 if there is no place.
                physical: extent.physical.unwrap_or(0),
                length: extent.len,
                shared: extent.is_shared(),
            }
        })
        .collect();
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(&expected) {
        assert_eq!(found, expected);
    }
}

/// The totals, which must add up.
#[track_caller]
fn totals(file: &File) -> Sharing {
    let totals = Sharing::of(file).unwrap();
    assert_eq!(totals.length(), file.metadata().unwrap().len(), "{totals:?}");
    totals
}

#[test]
#[ignore = "needs the table of filesystems; run cargo xtask test"]
fn extents_are_listed() {
    needs!(Extents);
    let dir = dir();
    let path = dir.path().join("file");
    let file = file(&path, &bytes(1, 100_000));
    file.sync_all().unwrap();
    assert_as_filefrag_says(&path);
    assert_eq!(totals(&file).exclusive, 100_000);
}

#[test]
#[ignore = "needs the table of filesystems; run cargo xtask test"]
fn tmpfs_lists_no_extents_and_says_so() {
    needs!(NoExtents);
    let dir = dir();
    let file = file(&dir.path().join("file"), &bytes(1, 100_000));
    for result in [extents(&file), extents_after_sync(&file)] {
        let error = result.unwrap_err();
        let Error::Io { operation, .. } = error else { panic!("{error:?}") };
        assert_eq!(operation, Operation::MapExtents);
        assert_eq!(error.raw_os_error(), Some(libc::EOPNOTSUPP));
        assert_eq!(error.reason().unwrap().to_string(), "tmpfs does not list extents");
    }
    assert!(matches!(Sharing::of(&file), Err(Error::Io { .. })));
}

#[test]
#[ignore = "needs a filesystem that clones; run cargo xtask test"]
fn shared_blocks_are_flagged_and_counted_until_they_are_overwritten() {
    needs!(BlocksOf4Kib);
    let dir = cloning_dir();
    let [path, clone] = ["file", "clone"].map(|name| dir.path().join(name));
    let file = file(&path, &bytes(1, MIB + 100));
    reflink::always(&path, &clone).unwrap();
    let before = totals(&file);
    assert_eq!((before.shared, before.data()), (MIB + 100, MIB + 100));
    assert_as_filefrag_says(&path);

    file.write_all_at(&bytes(2, 8192), 64 * KIB).unwrap();
    file.sync_all().unwrap();
    let after = totals(&file);
    assert_eq!((after.shared, after.exclusive), (MIB + 100 - 8192, 8192));
    assert_as_filefrag_says(&path);
    std::fs::remove_file(&clone).unwrap();
    // The extent is removed in the background.
    eventually(|| totals(&file).exclusive == MIB + 100);
}

#[test]
#[ignore = "needs a filesystem that lists extents; run cargo xtask test"]
fn holes_and_unwritten_blocks_are_no_data() {
    needs!(BlocksOf4Kib);
    let dir = cloning_dir();
    let path = dir.path().join("file");
    let islands = [(64 * KIB, 4096), (MIB, 64 * KIB)];
    let file = sparse_file(&path, 3 * MIB + 77, &islands);
    let sparse = totals(&file);
    assert_eq!((sparse.exclusive, sparse.holes), (68 * KIB, 3 * MIB + 77 - 68 * KIB));
    assert_eq!(sparse.extents, 2);
    tool(Command::new("fallocate").args(["-o", "2MiB", "-l", "64KiB"]).arg(&path));
    let reserved = totals(&file);
    assert_eq!((reserved.unwritten, reserved.data()), (64 * KIB, 68 * KIB));
    let flags: Vec<_> = extents(&file).unwrap().map(|extent| extent.unwrap().flags).collect();
    let unwritten = flags.iter().map(|flags| flags.contains(ExtentFlags::UNWRITTEN));
    assert!(unwritten.eq([false, false, true]), "{flags:?}");
    assert_as_filefrag_says(&path);
}

#[test]
#[ignore = "needs a filesystem that lists extents; run cargo xtask test"]
fn blocks_behind_the_end_do_not_count() {
    let dir = cloning_dir();
    let path = dir.path().join("file");
    let file = file(&path, &bytes(1, 5000));
    tool(Command::new("fallocate").args(["--keep-size", "-l", "1MiB"]).arg(&path));
    file.sync_all().unwrap();
    let totals = totals(&file);
    assert_eq!((totals.data(), totals.unwritten), (5000, 0));
    assert!(extents(&file).unwrap().last().unwrap().unwrap().end() > 5000);
}

#[test]
#[ignore = "needs a filesystem that lists extents; run cargo xtask test"]
fn data_that_waits_in_memory_has_no_place_until_it_is_synced() {
    needs!(DelayedAllocation);
    let dir = cloning_dir();
    // A sync by another process can write it back first.
    let file = (0..100).find_map(|i| {
        let file = file(&dir.path().join(i.to_string()), &bytes(i, MIB));
        (totals(&file).delayed == MIB).then_some(file)
    });
    let file = file.expect("data waits for seconds");
    let first = extents(&file).unwrap().next();
    if let Some(extent) = first.map(Result::unwrap).filter(|e| e.physical.is_none()) {
        assert!(extent.flags.contains(ExtentFlags::DELAYED), "{extent:?}");
    }
    for extent in extents_after_sync(&file).unwrap() {
        let extent = extent.unwrap();
        assert!(!extent.flags.contains(ExtentFlags::DELAYED), "{extent:?}");
        assert!(extent.physical.is_some(), "{extent:?}");
    }
    assert_eq!(totals(&file).exclusive, MIB);
}

#[test]
#[ignore = "needs root, and mkfs.btrfs; run cargo xtask test"]
fn small_files_on_btrfs_are_inline_and_never_shared() {
    let btrfs = Volume::btrfs();
    let [path, clone] = ["file", "clone"].map(|name| btrfs.path(name));
    let file = file(&path, &bytes(1, 1000));
    reflink::always(&path, &clone).unwrap();
    let inline: Vec<_> = extents_after_sync(&file).unwrap().map(Result::unwrap).collect();
    let [extent] = &inline[..] else { panic!("{inline:?}") };
    assert!(extent.flags.contains(ExtentFlags::INLINE) && !extent.is_shared(), "{extent:?}");
    assert_eq!(extent.physical, None);
    assert_eq!(totals(&file).inline, 1000);
}

#[test]
#[ignore = "needs root, and mkfs.btrfs; run cargo xtask test"]
fn compressed_extents_are_flagged() {
    let btrfs = Volume::btrfs();
    let path = btrfs.path("file");
    let file = file(&path, b"");
    tool(Command::new("btrfs").args(["property", "set"]).arg(&path).args(["compression", "zstd"]));
    file.write_all_at(&vec![b'x'; MIB as usize], 0).unwrap();
    file.sync_all().unwrap();
    let compressed: Vec<_> = extents(&file).unwrap().map(Result::unwrap).collect();
    assert_eq!(compressed.len(), 8, "btrfs compresses 128 KiB at a time");
    assert!(compressed.iter().all(|extent| extent.flags.contains(ExtentFlags::ENCODED)));
    assert_eq!(totals(&file).exclusive, MIB);
}

#[test]
#[ignore = "needs a filesystem that lists extents; run cargo xtask test"]
fn totals_count_all_extents_even_after_some_were_returned() {
    needs!(BlocksOf4Kib);
    let dir = cloning_dir();
    let islands = [(0, 4096), (64 * KIB, 4096), (128 * KIB, 4096), (500 * KIB, 8192)];
    let file = sparse_file(&dir.path().join("file"), MIB, &islands);
    let expected = totals(&file);
    assert_eq!((expected.extents, expected.exclusive), (4, 20 * KIB));
    for taken in 0..=5 {
        let mut extents = extents(&file).unwrap();
        assert_eq!(extents.by_ref().take(taken).count(), taken.min(4));
        assert_eq!(extents.totals().unwrap(), expected, "{taken}");
    }
}

#[test]
#[ignore = "needs a filesystem that lists extents; run cargo xtask test"]
fn files_without_data_have_no_extents() {
    let dir = cloning_dir();
    let empty = file(&dir.path().join("empty"), b"");
    assert_eq!(totals(&empty), Sharing::default());
    let hole = sparse_file(&dir.path().join("hole"), GIB, &[]);
    assert_eq!((totals(&hole).holes, totals(&hole).extents), (GIB, 0));
    assert_eq!(extents(&hole).unwrap().count(), 0);
}

#[test]
fn anything_but_a_regular_file_is_named() {
    let dir = dir();
    let folder = File::open(dir.path()).unwrap();
    let error = extents(&folder).unwrap_err();
    assert_eq!(error.raw_os_error(), Some(libc::EISDIR), "{error:?}");
    assert_eq!(error.reason(), Some(&Reason::Directory { side: Side::Source }));

    let fifo = dir.path().join("fifo");
    tool(Command::new("mkfifo").arg(&fifo));
    let fifo = File::options().read(true).write(true).open(&fifo).unwrap();
    let device = File::open("/dev/null").unwrap();
    for file in [fifo, device] {
        let error = extents(&file).unwrap_err();
        assert_eq!(error.raw_os_error(), Some(libc::EINVAL), "{error:?}");
        assert_eq!(error.reason(), Some(&Reason::NotRegular { side: Side::Source }));
    }

    file(&dir.path().join("file"), b"data");
    let mut path_only = File::options();
    path_only.read(true).custom_flags(libc::O_PATH);
    let error = extents(&path_only.open(dir.path().join("file")).unwrap()).unwrap_err();
    assert_eq!(error.raw_os_error(), Some(libc::EBADF), "{error:?}");
}

#[test]
#[ignore = "needs a filesystem that clones; run cargo xtask test"]
fn any_mixture_is_as_filefrag_says_and_adds_up() {
    let dir = cloning_dir();
    let path = dir.path().join("file");
    let file = file(&path, b"");
    let mut state = 20_260_101_u64;
    for round in 0..300 {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let (at, len) = ((state >> 40) % (4 * MIB), 1 + (state >> 20) % (128 * KIB));
        match state >> 62 {
            0 | 1 => file.write_all_at(&bytes(round, len), at).unwrap(),
            2 => drop(tool(
                Command::new("fallocate")
                    .args(["--punch-hole", "-o", &at.to_string(), "-l", &len.to_string()])
                    .arg(&path),
            )),
            _ => {
                let clone = dir.path().join(round.to_string());
                reflink::Options::new().mode(Mode::Always).copy(&path, clone).unwrap();
            }
        }
        if round % 30 == 29 {
            file.sync_all().unwrap();
            assert_as_filefrag_says(&path);
            totals(&file);
        }
    }
    assert!(totals(&file).shared > 0);
}
