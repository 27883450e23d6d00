//! Equal data is shared, different data is reported, and no byte changes.

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use reflink::{Deduped, dedupe, shared_between};

use crate::common::*;
use crate::place::*;

/// The result for the only destination.
#[track_caller]
pub(crate) fn one(ends: reflink::Result<Vec<Deduped>>) -> Deduped {
    let mut ends = ends.unwrap();
    assert_eq!(ends.len(), 1);
    ends.remove(0)
}

#[track_caller]
pub(crate) fn assert_shared(end: &Deduped, expected: u64) {
    let Deduped::Shared { bytes, .. } = end else { panic!("{end:?}") };
    assert_eq!(*bytes, expected);
}

#[track_caller]
pub(crate) fn assert_differs(end: &Deduped, shared: u64, expected: u64) {
    let Deduped::Differs { bytes, at, .. } = end else { panic!("{end:?}") };
    assert_eq!((*bytes, *at), (shared, Some(expected)));
}

/// How many bytes from the start of `dst` are in the same blocks as those of `src`.
fn shared_start(src: &Path, dst: &Path) -> u64 {
    let [src, dst] = [src, dst].map(extents);
    (1..).find(|blocks| !shares((&src, 0), (&dst, 0), blocks * 4096)).map_or(0, |b| (b - 1) * 4096)
}

/// Two files with these contents.
fn pair(dir: &Path, first: &[u8], second: &[u8]) -> (File, File) {
    (file(&dir.join("src"), first), file(&dir.join("dst"), second))
}

#[test]
#[ignore = "needs a filesystem that clones; run cargo xtask test"]
fn equal_files_share_their_blocks_and_change_in_nothing_else() {
    let dir = cloning_dir();
    let data = bytes(1, 3 * MIB);
    let (src, dst) = pair(dir.path(), &data, &data);
    let before = snapshot(dir.path());
    assert_shared(&one(dedupe(&src, .., [(&dst, 0)])), 3 * MIB);
    assert_eq!(snapshot(dir.path()), before);
    let [src, dst] = ["src", "dst"].map(|name| dir.path().join(name));
    assert!(shares_everything(&src, &dst));
    assert_independent(&src, &dst);
}

#[test]
#[ignore = "needs a filesystem that clones; run cargo xtask test"]
fn data_that_is_already_shared_is_shared_again() {
    let dir = cloning_dir();
    let data = bytes(1, 3 * MIB);
    let (src, dst) = pair(dir.path(), &data, &data);
    for _ in 0..3 {
        assert_shared(&one(dedupe(&src, .., [(&dst, 0)])), 3 * MIB);
    }
}

#[test]
#[ignore = "needs a filesystem that clones; run cargo xtask test"]
fn whole_files_of_odd_sizes_are_shared_to_the_last_byte() {
    needs!(DedupedSmallFiles);
    for len in [1, 511, 4095, 4097, 5000, 100_001] {
        let dir = cloning_dir();
        let data = bytes(len, len);
        let (src, dst) = pair(dir.path(), &data, &data);
        // btrfs keeps small files in its metadata, but reports them as shared.
        let is_inline = fs() == Fs::Btrfs && len < 2048;
        assert_shared(&one(dedupe(&src, .., [(&dst, 0)])), if is_inline { 0 } else { len });
        let shared = shares_everything(&dir.path().join("src"), &dir.path().join("dst"));
        assert_eq!(shared, !is_inline, "{len}");
        let between = shared_between(&src, &dst).unwrap().total();
        assert_eq!(between, if is_inline { 0 } else { len });
    }
}

#[test]
#[ignore = "needs a filesystem that clones; run cargo xtask test"]
fn the_first_difference_is_found_to_the_byte() {
    for at in [0, 1, 4095, 4096, 70_000, MIB - 1, MIB, 2 * MIB + 77, 3 * MIB - 1] {
        let dir = cloning_dir();
        let data = bytes(1, 3 * MIB);
        let mut other = data.clone();
        other[at as usize] ^= 1;
        // A second difference, which must not be reported.
        *other.last_mut().unwrap() ^= 2;
        let (src, dst) = pair(dir.path(), &data, &other);
        let before = snapshot(dir.path());
        assert_differs(&one(dedupe(&src, .., [(&dst, 0)])), 0, at);
        assert_eq!(snapshot(dir.path()), before);
        assert_eq!(shared_start(&dir.path().join("src"), &dir.path().join("dst")), 0);
    }
}

#[test]
#[ignore = "needs a filesystem that clones; run cargo xtask test"]
fn a_difference_is_reported_at_its_offset_in_the_source() {
    needs!(BlocksOf4Kib);
    let dir = cloning_dir();
    let data = bytes(1, 64 * KIB);
    let mut other = [&bytes(2, 8 * KIB)[..], &data[16 * KIB as usize..]].concat();
    other[10_000] ^= 1;
    let (src, dst) = pair(dir.path(), &data, &other);
    let end = one(dedupe(&src, 16 * KIB..48 * KIB, [(&dst, 8 * KIB)]));
    assert_differs(&end, 0, 10_000 + 8 * KIB);
}

#[test]
#[ignore = "needs a filesystem that clones; run cargo xtask test"]
fn a_destination_that_cannot_be_read_differs_all_the_same() {
    let dir = cloning_dir();
    let (src, _) = pair(dir.path(), &bytes(1, MIB), &bytes(2, MIB));
    let dst = File::options().write(true).open(dir.path().join("dst")).unwrap();
    let end = one(dedupe(&src, .., [(&dst, 0)]));
    assert!(matches!(end, Deduped::Differs { bytes: 0, at: None, .. }), "{end:?}");
}

#[test]
#[ignore = "needs a filesystem that clones; run cargo xtask test"]
fn exactly_the_given_ranges_are_shared() {
    let dir = cloning_dir();
    let data = bytes(1, 256 * KIB);
    let mut other = bytes(2, 256 * KIB);
    let (from, to, len) = (64 * KIB as usize, 128 * KIB as usize, 32 * KIB as usize);
    other[to..to + len].copy_from_slice(&data[from..from + len]);
    let (src, dst) = pair(dir.path(), &data, &other);
    let before = snapshot(dir.path());
    let end = one(dedupe(&src, 64 * KIB..96 * KIB, [(&dst, 128 * KIB)]));
    assert_shared(&end, 32 * KIB);
    assert_eq!(snapshot(dir.path()), before);
    let [src, dst] = ["src", "dst"].map(|name| extents(&dir.path().join(name)));
    assert!(shares((&src, 64 * KIB), (&dst, 128 * KIB), 32 * KIB));
    let shared: u64 = dst.iter().filter(|extent| extent.shared).map(|extent| extent.length).sum();
    assert_eq!(shared, 32 * KIB);
}

#[test]
#[ignore = "needs a filesystem that clones; run cargo xtask test"]
fn a_ragged_end_is_compared_but_not_shared() {
    needs!(BlocksOf4Kib);
    let dir = cloning_dir();
    let data = bytes(1, 5000);
    let longer = [&data[..], b"more"].concat();
    let (src, dst) = pair(dir.path(), &data, &longer);
    // The destination continues, the source continues, both do.
    assert_shared(&one(dedupe(&src, .., [(&dst, 0)])), 4096);
    assert_shared(&one(dedupe(&dst, ..5000, [(&src, 0)])), 4096);
    assert_shared(&one(dedupe(&dst, ..4999, [(&src, 0)])), 4096);
    assert_eq!(shared_start(&dir.path().join("src"), &dir.path().join("dst")), 4096);

    for at in [4096, 4999] {
        let mut other = longer.clone();
        other[at as usize] ^= 1;
        dst.write_all_at(&other, 0).unwrap();
        assert_differs(&one(dedupe(&src, .., [(&dst, 0)])), 4096, at);
        assert_differs(&one(dedupe(&dst, ..5000, [(&src, 0)])), 4096, at);
    }
    // After the range.
    dst.write_all_at(&[&data[..], b"else"].concat(), 0).unwrap();
    assert_shared(&one(dedupe(&src, .., [(&dst, 0)])), 4096);
}

#[test]
#[ignore = "needs a filesystem that clones; run cargo xtask test"]
fn less_than_a_block_is_compared_but_not_shared() {
    needs!(BlocksOf4Kib);
    let dir = cloning_dir();
    let data = bytes(1, 6000);
    let mut other = data.clone();
    other[2500] ^= 1;
    let (src, dst) = pair(dir.path(), &data, &other);
    assert_shared(&one(dedupe(&src, ..2500, [(&dst, 0)])), 0);
    assert_differs(&one(dedupe(&src, ..3000, [(&dst, 0)])), 0, 2500);
    assert_shared(&one(dedupe(&src, 4096..5000, [(&dst, 4096)])), 0);
    assert_shared(&one(dedupe(&src, 4096..6000, [(&dst, 4096)])), 1904);
}

#[test]
#[ignore = "needs a filesystem that clones; run cargo xtask test"]
fn an_empty_range_is_a_success_that_does_nothing() {
    let dir = cloning_dir();
    let (src, dst) = pair(dir.path(), &bytes(1, 6000), b"");
    for range in [0..0, 4096..4096, 77..77, 6000..6000] {
        assert_shared(&one(dedupe(&src, range, [(&dst, 0)])), 0);
    }
    let empty = file(&dir.path().join("empty"), b"");
    assert_shared(&one(dedupe(&empty, .., [(&dst, 0)])), 0);
    assert_eq!(dedupe(&src, .., std::iter::empty::<(&File, u64)>()).unwrap().len(), 0);
}

#[test]
#[ignore = "needs a filesystem that clones; run cargo xtask test"]
fn parts_of_one_file_can_be_shared() {
    let dir = cloning_dir();
    let data = bytes(1, 64 * KIB);
    let src = file(&dir.path().join("src"), &[&data[..], &data[..]].concat());
    let before = snapshot(dir.path());
    assert_shared(&one(dedupe(&src, ..64 * KIB, [(&src, 64 * KIB)])), 64 * KIB);
    assert_eq!(snapshot(dir.path()), before);
    let extents = extents(&dir.path().join("src"));
    assert!(shares((&extents, 0), (&extents, 64 * KIB), 64 * KIB));
}

#[test]
#[ignore = "needs a filesystem that clones; run cargo xtask test"]
fn holes_are_shared_with_zeros_and_compared_with_data() {
    let dir = cloning_dir();
    let [sparse, zeros] = ["sparse", "zeros"].map(|name| dir.path().join(name));
    let src = sparse_file(&sparse, 8 * MIB, &[(2 * MIB, 64 * KIB)]);
    let mut data = vec![0; 8 * MIB as usize];
    data[2 * MIB as usize..][..64 * KIB as usize].copy_from_slice(&bytes(2 * MIB, 64 * KIB));
    let dst = file(&zeros, &data);
    assert_shared(&one(dedupe(&src, .., [(&dst, 0)])), 8 * MIB);
    // xfs keeps reserved blocks after the end.
    let data_extents: Vec<_> =
        extents(&zeros).into_iter().filter(|extent| extent.logical < 8 * MIB).collect();
    let [island] = &data_extents[..] else { panic!("{data_extents:?}") };
    assert_eq!((island.logical, island.length), (2 * MIB, 64 * KIB), "zeros become holes");
    assert_same(&content(&dst), &data, "zeros");
    dst.write_all_at(b"x", 7 * MIB).unwrap();
    assert_differs(&one(dedupe(&src, .., [(&dst, 0)])), 0, 7 * MIB);
}

/// The start of a file can be in its metadata, and the rest in blocks.
#[test]
#[ignore = "needs a filesystem that clones; run cargo xtask test"]
fn data_behind_inline_bytes_is_counted() {
    let dir = cloning_dir();
    let [src, dst] = ["src", "dst"].map(|name| {
        let file = file(&dir.path().join(name), &bytes(1, 1000));
        file.sync_all().unwrap();
        file.write_all_at(&bytes(2, MIB), 4096).unwrap();
        file
    });
    let found = one(dedupe(&src, .., [(&dst, 0)])).bytes();
    let between = shared_between(&src, &dst).unwrap().total();
    // btrfs may have moved the start into a block of its own.
    assert!(between >= MIB, "{between}");
    assert!(found == between || found == MIB + 4096, "{found}, {between}");
}
