//! Where the kernel's call is not exact, or refuses what could be shared: ends and ragged ranges.

use std::fs::File;
use std::path::PathBuf;

use reflink::{Error, Mode, Reason};
use tempfile::TempDir;

use crate::common::*;

/// A source and a destination, both on disk.
struct Pair {
    _dir: TempDir,
    src: (PathBuf, File),
    dst: (PathBuf, File),
}

fn pair(source: &[u8], destination: &[u8]) -> Pair {
    let dir = dir();
    let make = |name, content| {
        let path = dir.path().join(name);
        let file = file(&path, content);
        file.sync_all().unwrap();
        (path, file)
    };
    Pair { src: make("src", source), dst: make("dst", destination), _dir: dir }
}

#[test]
#[ignore = "needs a filesystem under test; run cargo xtask test"]
fn a_ragged_range_shares_its_whole_blocks() {
    for (start, end, offset) in [
        (100, 300_100, 4196),
        (4095, 300_000, 4095),
        (4097, 300_000, 65_537),
        (0, 300_001, 0),
        (65_536, 300_001, 0),
        (5, 200_000, 2 * MIB + 5),
    ] {
        let pair = pair(&bytes(1, MIB + 77), &bytes(2, MIB));
        let done = reflink::partial(&pair.src.1, start..end, &pair.dst.1, offset, Mode::Auto);
        let done = done.unwrap();
        assert_accounts(&done, Mode::Auto, end - start);
        let mut expected = bytes(2, MIB);
        expected.resize(expected.len().max((offset + end - start) as usize), 0);
        expected[offset as usize..(offset + end - start) as usize]
            .copy_from_slice(&bytes(1, MIB + 77)[start as usize..end as usize]);
        let what = format!("{start}..{end} to {offset}");
        assert_same(&content(&pair.dst.1), &expected, &what);
        if !fs().clones() {
            assert_eq!(done.cloned, 0, "{what}: {done:?}");
            continue;
        }
        let (first, last) = (start.next_multiple_of(4096), end / 4096 * 4096);
        assert_eq!((done.cloned, done.offloaded), (last - first, 0), "{what}: {done:?}");
        let misaligned = matches!(done.fallback, Some(Reason::Misaligned { block_size: 4096, .. }));
        assert!(misaligned, "{what}: {done:?}");
        let [from, to] = extents_of([&pair.src.0, &pair.dst.0]);
        let shared = shares((&from, first), (&to, offset + first - start), last - first);
        assert!(shared, "{what}\n{from:?}\n{to:?}");
        // The rest is the destination's own.
        let own = offset + first - start;
        let around = to.iter().filter(|extent| extent.logical < own / 4096 * 4096);
        assert!(around.clone().all(|extent| !extent.shared), "{what}\n{to:?}");
    }
}

#[test]
#[ignore = "needs a filesystem under test; run cargo xtask test"]
fn the_odd_end_of_the_source_is_shared_where_the_destination_ends() {
    // Onto a shorter destination, one that ends at the same byte, and behind the end.
    for (old, offset) in [(0, 0), (100_001, 0), (50_000, 0), (65_536, 65_536), (0, 131_072)] {
        for mode in [Mode::Always, Mode::Auto] {
            let pair = pair(&bytes(1, 100_001), &bytes(2, old));
            let done = reflink::partial(&pair.src.1, .., &pair.dst.1, offset, mode);
            if mode == Mode::Always && !fs().clones() {
                assert_eq!(done.unwrap_err().raw_os_error(), Some(libc::EOPNOTSUPP));
                continue;
            }
            let done = done.unwrap();
            assert_accounts(&done, mode, 100_001);
            let found = content(&pair.dst.1);
            assert_same(&found[offset as usize..], &bytes(1, 100_001), "dst");
            if fs().clones() {
                assert_eq!(done.cloned, 100_001, "{done:?}");
                let [from, to] = extents_of([&pair.src.0, &pair.dst.0]);
                assert!(shares((&from, 0), (&to, offset), 100_001), "{from:?}\n{to:?}");
            }
        }
    }
}

#[test]
#[ignore = "needs a filesystem under test; run cargo xtask test"]
fn offsets_that_differ_within_a_block_share_nothing() {
    let pair = pair(&bytes(1, MIB), &bytes(2, MIB));
    let done = reflink::partial(&pair.src.1, 0..500_000, &pair.dst.1, 1, Mode::Auto).unwrap();
    assert_accounts(&done, Mode::Auto, 500_000);
    assert_eq!(done.cloned, 0, "{done:?}");
    let mut expected = bytes(2, MIB);
    expected[1..500_001].copy_from_slice(&bytes(1, MIB)[..500_000]);
    assert_same(&content(&pair.dst.1), &expected, "dst");
    if fs().clones() {
        let Some(Reason::Misaligned { block_size, source_offset, destination_offset, .. }) =
            done.fallback
        else {
            panic!("{done:?}")
        };
        assert_eq!((block_size, source_offset, destination_offset), (4096, false, true));
        assert!(extents(&pair.dst.0).iter().all(|extent| !extent.shared));
    }
}

/// The range, whether (source offset, destination offset, length) are off the blocks.
const RAGGED: [((u64, u64, u64), [bool; 3]); 7] = [
    ((1, 4097, 0), [true, false, false]),
    ((0, 4096, 1), [false, true, false]),
    ((0, 4097, 0), [false, false, true]),
    ((1, 4097, 1), [true, true, false]),
    ((1, 4096, 0), [true, false, true]),
    ((0, 4095, 1), [false, true, true]),
    ((1, 4095, 1), [true, true, true]),
];

#[test]
#[ignore = "needs a filesystem under test; run cargo xtask test"]
fn always_says_which_numbers_are_off_the_blocks() {
    for ((start, end, offset), off) in RAGGED {
        let pair = pair(&bytes(1, 100_000), &bytes(2, 100_000));
        let error = fails(pair._dir.path(), || {
            reflink::partial(&pair.src.1, start..end, &pair.dst.1, offset, Mode::Always)
        });
        assert!(matches!(error, Error::NotReflinkable { .. }), "{error:?}");
        if !fs().clones() {
            assert_eq!(error.raw_os_error(), Some(libc::EOPNOTSUPP));
            continue;
        }
        assert_eq!(error.raw_os_error(), Some(libc::EINVAL));
        let Some(&Reason::Misaligned {
            block_size, source_offset, destination_offset, length, ..
        }) = error.reason()
        else {
            panic!("{error:?}")
        };
        assert_eq!(block_size, 4096);
        assert_eq!([source_offset, destination_offset, length], off, "{start}..{end} to {offset}");
        assert!(error.hint().unwrap().contains("4096"), "{error:?}");
    }
}

#[test]
#[ignore = "needs a filesystem under test; run cargo xtask test"]
fn always_says_that_the_end_of_the_source_lands_inside_the_destination() {
    let pair = pair(&bytes(1, 10_000), &bytes(2, 100_000));
    let error = fails(pair._dir.path(), || {
        reflink::partial(&pair.src.1, 4096.., &pair.dst.1, 4096, Mode::Always)
    });
    assert!(matches!(error, Error::NotReflinkable { .. }), "{error:?}");
    if fs().clones() {
        assert_eq!(error.raw_os_error(), Some(libc::EINVAL));
        assert_eq!(error.reason(), Some(&Reason::EndsInsideDestination { block_size: 4096 }));
    }
    let done = reflink::partial(&pair.src.1, 4096.., &pair.dst.1, 4096, Mode::Auto).unwrap();
    if fs().clones() {
        assert_eq!((done.cloned, done.copied), (4096, 1808), "{done:?}");
        assert_eq!(done.fallback, Some(Reason::EndsInsideDestination { block_size: 4096 }));
    }
    let mut expected = bytes(2, 100_000);
    expected[4096..10_000].copy_from_slice(&bytes(1, 10_000)[4096..]);
    assert_same(&content(&pair.dst.1), &expected, "dst");
}

#[test]
#[ignore = "needs a filesystem under test; run cargo xtask test"]
fn ranges_within_one_file_are_cloned() {
    let dir = dir();
    let path = dir.path().join("file");
    let one = file(&path, &bytes(1, MIB));
    one.sync_all().unwrap();
    let done = reflink::partial(&one, 0..262_144, &one, 524_288, Mode::Auto).unwrap();
    let mut expected = bytes(1, MIB);
    expected.copy_within(0..262_144, 524_288);
    assert_same(&content(&one), &expected, "file");
    if fs().clones() {
        assert_eq!(done.cloned, 262_144);
        let map = extents(&path);
        assert!(shares((&map, 0), (&map, 524_288), 262_144), "{map:?}");
    }
}
