//! Holes stay holes, and time and room follow the data.

use std::fs::File;
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::path::Path;

use reflink::{Method, Mode};
use rustix::fs::{FallocateFlags, fallocate};

use crate::common::*;

/// Filesystems use a block or two for the metadata of a fragmented file.
const SLACK: u64 = 64 * KIB;

#[track_caller]
fn assert_no_larger(dst: &Path, room: u64) {
    let found = allocated(dst);
    assert!(found <= room + room / 10 + SLACK, "{dst:?} takes {found} bytes instead of {room}");
}

/// Copies in both modes, and compares bytes and room.
fn stays_sparse(len: u64, islands: &[(u64, u64)]) {
    let dir = dir();
    let src = dir.path().join("src");
    sparse_file(&src, len, islands);
    for mode in COPYING {
        let dst = dir.path().join(format!("{mode:?}"));
        let done = copy(mode, &src, &dst);
        assert_same_files(&dst, &src);
        assert_no_larger(&dst, allocated(&src));
        let data: u64 = islands.iter().map(|(_, length)| length).sum();
        // On filesystems with large blocks an island takes a whole block.
        let most = data + islands.len() as u64 * 2 * 64 * KIB;
        assert!(done.offloaded + done.copied <= most, "{done:?}");
    }
}

#[test]
fn a_hole_at_the_start() {
    needs!(Holes);
    stays_sparse(8 * MIB, &[(7 * MIB, MIB)]);
}

#[test]
fn a_hole_at_the_end() {
    needs!(Holes);
    stays_sparse(8 * MIB, &[(0, MIB)]);
}

#[test]
fn a_hole_at_an_odd_end() {
    needs!(Holes);
    stays_sparse(8 * MIB + 1234, &[(0, 10_000)]);
}

#[test]
fn many_small_islands() {
    needs!(VisibleHoles);
    let islands: Vec<_> = (0..64).map(|n| (n * MIB + n * 333, 1 + n * 100)).collect();
    stays_sparse(64 * MIB + 1, &islands);
}

#[test]
fn islands_of_all_sizes_at_odd_places() {
    needs!(VisibleHoles);
    stays_sparse(40 * MIB + 7, &[(0, 1), (5 * MIB + 123, 3 * MIB + 1), (40 * MIB - 3, 10)]);
}

#[test]
fn nothing_but_a_hole() {
    needs!(VisibleHolesInSmallFiles);
    for len in [1, 4096, 10_001, 64 * MIB + 5] {
        let dir = dir();
        let src = dir.path().join("src");
        sparse_file(&src, len, &[]);
        for mode in COPYING {
            let dst = dir.path().join(format!("{mode:?}"));
            let done = copy(mode, &src, &dst);
            assert_same_files(&dst, &src);
            assert_no_larger(&dst, 0);
            assert_eq!(done.copied + done.offloaded, 0, "{done:?}");
            if mode == Mode::Never {
                assert_eq!((done.holes, done.method()), (len, Method::Nothing));
            }
        }
    }
}

#[test]
fn a_hundred_gibibytes_of_hole_cost_nothing() {
    needs!(VisibleHoles);
    let dir = dir();
    let src = dir.path().join("src");
    let len = 100 * GIB;
    let islands = [(0, 100_000), (50 * GIB + 77, 100_000), (len - 5000, 5000)];
    sparse_file(&src, len, &islands);
    for mode in COPYING {
        let dst = dir.path().join(format!("{mode:?}"));
        copy(mode, &src, &dst);
        let copy = File::open(&dst).unwrap();
        assert_eq!(copy.metadata().unwrap().len(), len);
        for (offset, length) in islands {
            let mut found = vec![0; length as usize];
            copy.read_exact_at(&mut found, offset).unwrap();
            assert_same(&found, &bytes(offset, length), "an island");
        }
        assert_no_larger(&dst, allocated(&src));
    }
}

#[test]
fn unwritten_extents_are_holes() {
    needs!(UnwrittenExtents);
    let dir = dir();
    let src = dir.path().join("src");
    let open = file(&src, b"");
    fallocate(&open, FallocateFlags::empty(), 0, 32 * MIB).unwrap();
    let data = bytes(1, 100_000);
    open.write_all_at(&data, 9 * MIB + 5).unwrap();
    open.sync_all().unwrap();
    let mut expected = vec![0; 32 * MIB as usize];
    expected[9 * MIB as usize + 5..][..data.len()].copy_from_slice(&data);
    for mode in COPYING {
        let dst = dir.path().join(format!("{mode:?}"));
        let done = copy(mode, &src, &dst);
        // The source is read only here, because unwritten blocks that were read count as data
        // afterwards.
        assert_same(&std::fs::read(&dst).unwrap(), &expected, "dst");
        // A clone shares all allocated blocks; a copy has only the data.
        let room = if done.cloned > 0 { 32 * MIB } else { data.len() as u64 };
        assert_no_larger(&dst, room);
    }
}

#[test]
fn blocks_beyond_the_end_of_the_file_are_not_copied() {
    needs!(BlocksBehindTheEnd);
    let dir = dir();
    let src = dir.path().join("src");
    let open = file(&src, &bytes(1, 10_001));
    fallocate(&open, FallocateFlags::KEEP_SIZE, 0, 16 * MIB).unwrap();
    open.sync_all().unwrap();
    assert!(open.metadata().unwrap().blocks() * 512 >= 16 * MIB);
    for mode in COPYING {
        let dst = dir.path().join(format!("{mode:?}"));
        let done = copy(mode, &src, &dst);
        assert_same_files(&dst, &src);
        assert_no_larger(&dst, if done.cloned > 0 { 16 * MIB } else { 10_001 });
    }
}

#[test]
fn holes_replace_old_data_of_an_open_file_and_free_its_room() {
    needs!(VisibleHoles);
    let dir = dir();
    let (src, dst) = (dir.path().join("src"), dir.path().join("dst"));
    let from = sparse_file(&src, 16 * MIB, &[(3 * MIB + 9, 50_000)]);
    for mode in COPYING {
        std::fs::remove_file(&dst).ok();
        let into = file(&dst, &bytes(9, 16 * MIB + 100));
        into.sync_all().unwrap();
        let done = reflink::reflink(&from, &into, mode).unwrap();
        assert_accounts(&done, mode, 16 * MIB);
        assert_same_files(&dst, &src);
        assert_no_larger(&dst, allocated(&src));
    }
}
