//! Which blocks two files have in common.

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::process::Command;

use reflink::{Error, Mode, Reason, Side, shared_between};

use crate::common::*;
use crate::place::*;

/// Ranges (first, second, length), and unknown bytes.
#[track_caller]
fn between(first: &Path, second: &Path) -> (Vec<(u64, u64, u64)>, u64) {
    let [first, second] = [first, second].map(|path| File::open(path).unwrap());
    let common = shared_between(&first, &second).unwrap();
    let ranges: Vec<_> = common.ranges.iter().map(|r| (r.first, r.second, r.len)).collect();
    assert_eq!(common.total(), ranges.iter().map(|range| range.2).sum());
    // The result is symmetric.
    let mut back = shared_between(&second, &first).unwrap();
    back.ranges.sort_by_key(|range| range.second);
    let back: Vec<_> = back.ranges.iter().map(|r| (r.second, r.first, r.len)).collect();
    assert_eq!(back, ranges);
    (ranges, common.unknown)
}

fn overwrite(path: &Path, at: u64, len: u64) {
    let file = File::options().write(true).open(path).unwrap();
    file.write_all_at(&bytes(at, len), at).unwrap();
}

#[test]
#[ignore = "needs a filesystem that clones; run cargo xtask test"]
fn a_clone_is_all_shared_and_every_overwritten_block_is_not() {
    needs!(BlocksOf4Kib);
    let dir = cloning_dir();
    let [path, clone] = ["file", "clone"].map(|name| dir.path().join(name));
    file(&path, &bytes(1, MIB + 100));
    reflink::always(&path, &clone).unwrap();
    assert_eq!(between(&path, &clone), (vec![(0, 0, MIB + 100)], 0));
    // Nothing has written this back before the call.
    overwrite(&clone, 64 * KIB + 10, 10);
    let rest = MIB + 100 - 68 * KIB;
    assert_eq!(between(&path, &clone), (vec![(0, 0, 64 * KIB), (68 * KIB, 68 * KIB, rest)], 0));
    overwrite(&path, 0, 4096);
    overwrite(&path, MIB, 100);
    assert_eq!(
        between(&path, &clone),
        (vec![(4096, 4096, 60 * KIB), (68 * KIB, 68 * KIB, MIB - 68 * KIB)], 0)
    );
    overwrite(&path, 0, MIB);
    assert_eq!(between(&path, &clone), (vec![], 0));
}

#[test]
#[ignore = "needs a filesystem that clones; run cargo xtask test"]
fn equal_bytes_in_other_blocks_are_not_shared() {
    let dir = cloning_dir();
    let [path, copy, clone] = ["file", "copy", "clone"].map(|name| dir.path().join(name));
    file(&path, &bytes(1, MIB));
    reflink::Options::new().mode(Mode::Never).copy(&path, &copy).unwrap();
    assert_eq!(between(&path, &copy), (vec![], 0));
    // Both are shared, but with other files.
    reflink::always(&path, &clone).unwrap();
    reflink::always(&copy, dir.path().join("clone of the copy")).unwrap();
    assert_eq!(between(&path, &copy), (vec![], 0));
    assert_eq!(between(&clone, &path), (vec![(0, 0, MIB)], 0));
}

#[test]
#[ignore = "needs a filesystem that clones; run cargo xtask test"]
fn ranges_are_found_wherever_they_are() {
    needs!(ClonesIntoFiles);
    let dir = cloning_dir();
    let [path, other] = ["file", "other"].map(|name| dir.path().join(name));
    let src = file(&path, &bytes(1, MIB));
    let dst = file(&other, &bytes(2, 2 * MIB));
    for (from, to) in [(0, MIB), (256 * KIB, 0), (768 * KIB, 1536 * KIB)] {
        reflink::partial(&src, from..from + 64 * KIB, &dst, to, Mode::Always).unwrap();
    }
    let len = 64 * KIB;
    assert_eq!(
        between(&path, &other),
        (vec![(0, MIB, len), (256 * KIB, 0, len), (768 * KIB, 1536 * KIB, len)], 0)
    );
}

#[test]
#[ignore = "needs a filesystem that clones; run cargo xtask test"]
fn a_block_that_is_in_two_places_is_named_at_the_first() {
    needs!(ClonesIntoFiles);
    let dir = cloning_dir();
    let [path, other] = ["file", "other"].map(|name| dir.path().join(name));
    let src = file(&path, &bytes(1, 64 * KIB));
    let dst = file(&other, &bytes(2, MIB));
    for to in [512 * KIB, 128 * KIB] {
        reflink::partial(&src, .., &dst, to, Mode::Always).unwrap();
    }
    let common = shared_between(&src, &dst).unwrap();
    assert_eq!(common.ranges.len(), 1, "{common:?}");
    assert_eq!((common.ranges[0].second, common.total()), (128 * KIB, 64 * KIB));
    // From the other side both places are found.
    assert_eq!(shared_between(&dst, &src).unwrap().total(), 128 * KIB);
}

#[test]
#[ignore = "needs a filesystem that clones; run cargo xtask test"]
fn in_sparse_files_only_data_is_shared() {
    needs!(BlocksOf4Kib);
    let dir = cloning_dir();
    let [path, clone] = ["file", "clone"].map(|name| dir.path().join(name));
    sparse_file(&path, GIB, &[(8 * KIB, 4096), (300 * MIB, 64 * KIB), (GIB - 4096, 4096)]);
    tool(Command::new("fallocate").args(["-o", "100MiB", "-l", "1MiB"]).arg(&path));
    reflink::always(&path, &clone).unwrap();
    let islands = [
        (8 * KIB, 8 * KIB, 4096),
        (300 * MIB, 300 * MIB, 64 * KIB),
        (GIB - 4096, GIB - 4096, 4096),
    ];
    assert_eq!(between(&path, &clone), (islands.to_vec(), 0));
    let hole = dir.path().join("hole");
    sparse_file(&hole, GIB, &[]);
    assert_eq!(between(&path, &hole), (vec![], 0));
}

#[test]
#[ignore = "needs a filesystem that clones; run cargo xtask test"]
fn a_file_is_all_shared_with_itself() {
    let dir = cloning_dir();
    let [path, link] = ["file", "link"].map(|name| dir.path().join(name));
    file(&path, &bytes(1, 100_000));
    std::fs::hard_link(&path, &link).unwrap();
    assert_eq!(between(&path, &link), (vec![(0, 0, 100_000)], 0));
}

#[test]
#[ignore = "needs root, and mkfs.btrfs; run cargo xtask test"]
fn small_files_on_btrfs_share_nothing() {
    let btrfs = Volume::btrfs();
    let [path, clone] = ["file", "clone"].map(|name| btrfs.path(name));
    file(&path, &bytes(1, 1000));
    reflink::always(&path, &clone).unwrap();
    assert_eq!(between(&path, &clone), (vec![], 0));
}

#[test]
#[ignore = "needs root, and mkfs.btrfs; run cargo xtask test"]
fn subvolumes_of_one_btrfs_can_share_and_two_btrfs_cannot() {
    let btrfs = Volume::btrfs();
    let original = btrfs.path("original");
    tool(Command::new("btrfs").args(["subvolume", "create"]).arg(&original));
    file(&original.join("file"), &bytes(1, MIB)).sync_all().unwrap();
    for name in ["snapshot", "other"] {
        let snapshot = btrfs.path(name);
        tool(Command::new("btrfs").args(["subvolume", "snapshot"]).arg(&original).arg(snapshot));
    }
    let (path, snapshot) = (original.join("file"), btrfs.path("snapshot/file"));
    assert_eq!(between(&path, &snapshot), (vec![(0, 0, MIB)], 0));
    overwrite(&snapshot, 0, 4096);
    assert_eq!(between(&path, &snapshot), (vec![(4096, 4096, MIB - 4096)], 0));
    // With mounts of their own.
    let point = tempfile::tempdir_in("/dev/shm").unwrap();
    let source = btrfs.path("snapshot");
    let _bound = Mount::new(&["--bind", source.to_str().unwrap()], point.path());
    let bound = point.path().join("file");
    assert_eq!(between(&path, &bound), (vec![(4096, 4096, MIB - 4096)], 0));

    // A second filesystem, with other files at the same places of another disk.
    let second = Volume::btrfs();
    let original = second.path("original");
    tool(Command::new("btrfs").args(["subvolume", "create"]).arg(&original));
    file(&original.join("file"), &bytes(2, MIB)).sync_all().unwrap();
    let snapshot = second.path("snapshot");
    tool(Command::new("btrfs").args(["subvolume", "snapshot"]).arg(&original).arg(snapshot));
    let elsewhere = second.path("original/file");
    let place = |path: &Path| extents(path)[0].physical;
    assert_eq!(place(&path), place(&elsewhere), "the test shows nothing");
    assert_eq!(between(&path, &elsewhere), (vec![], 0));
}

#[test]
#[ignore = "needs a second filesystem; run cargo xtask test"]
fn files_of_different_filesystems_share_nothing() {
    let (here, there) = (cloning_dir(), Volume::new(&["mkfs.xfs", "-q", "-m", "reflink=1"]));
    let [first, second] = [here.path().join("file"), there.path("file")];
    for path in [&first, &second] {
        file(path, &bytes(1, MIB));
        reflink::always(path, path.with_extension("clone")).unwrap();
    }
    assert_eq!(between(&first, &second), (vec![], 0));
}

#[test]
#[ignore = "needs root, and mkfs.btrfs; run cargo xtask test"]
fn the_unchanged_parts_of_compressed_files_are_shared() {
    needs!(StableCompressedExtents, ClonesIntoFiles);
    let btrfs = Volume::btrfs();
    let [path, clone, moved] = ["file", "clone", "moved"].map(|name| btrfs.path(name));
    let src = file(&path, b"");
    tool(Command::new("btrfs").args(["property", "set"]).arg(&path).args(["compression", "zstd"]));
    let data: Vec<u8> = (0..MIB).map(|i| (i / 5000) as u8 | 1).collect();
    src.write_all_at(&data, 0).unwrap();
    reflink::always(&path, &clone).unwrap();
    assert_eq!(between(&path, &clone), (vec![(0, 0, MIB)], 0));
    overwrite(&clone, 64 * KIB, 4096);
    let rest = MIB - 68 * KIB;
    assert_eq!(between(&path, &clone), (vec![(0, 0, 64 * KIB), (68 * KIB, 68 * KIB, rest)], 0));
    // A whole compressed extent elsewhere.
    let dst = file(&moved, b"");
    reflink::partial(&src, 128 * KIB..256 * KIB, &dst, 0, Mode::Always).unwrap();
    assert_eq!(between(&path, &moved), (vec![(128 * KIB, 0, 128 * KIB)], 0));
    // A part of a compressed extent elsewhere: which part is unknown.
    dst.set_len(0).unwrap();
    reflink::partial(&src, 192 * KIB..256 * KIB, &dst, MIB, Mode::Always).unwrap();
    assert_eq!(between(&moved, &path).1, 64 * KIB);
}

#[test]
#[ignore = "needs tmpfs; run cargo xtask test"]
fn without_extents_it_is_an_error_of_the_file_that_has_none() {
    let (dir, shm) = (cloning_dir(), tempfile::tempdir_in("/dev/shm").unwrap());
    let here = file(&dir.path().join("file"), &bytes(1, 100_000));
    let there = file(&shm.path().join("file"), &bytes(1, 100_000));
    for (first, second, blamed) in
        [(&here, &there, Side::Destination), (&there, &here, Side::Source)]
    {
        let error = shared_between(first, second).unwrap_err();
        let Error::Io { side, .. } = error else { panic!("{error:?}") };
        assert_eq!(side, blamed);
        assert!(matches!(error.reason(), Some(Reason::NoExtentMap { .. })), "{error:?}");
    }
}
