//! Cases in which the kernel's call is not exact, or refuses what could be shared: ends and ragged
//! ranges.

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::PathBuf;

use reflink::{Deduped, Error, Mode, Reason};
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

#[cfg(not(reflink_as = "new-names"))]
#[test]
#[ignore = "needs a filesystem under test; run cargo xtask test"]
fn a_ragged_range_shares_its_whole_blocks() {
    let block = fs().block();
    for (start, end, offset) in [
        (100, 300_100, block + 100),
        (block - 1, 300_000, block - 1),
        (block + 1, 300_000, 16 * block + 1),
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
        let (first, last) = (start.next_multiple_of(block), end / block * block);
        assert_eq!((done.cloned, done.offloaded), (last - first, 0), "{what}: {done:?}");
        let Some(Reason::Misaligned { block_size, .. }) = done.fallback else {
            panic!("{what}: {done:?}")
        };
        assert_eq!(block_size, block);
        let [from, to] = extents_of([&pair.src.0, &pair.dst.0]);
        let shared = shares((&from, first), (&to, offset + first - start), last - first);
        assert!(shared, "{what}\n{from:?}\n{to:?}");
        // The rest belongs to the destination.
        let own = offset + first - start;
        let around = to.iter().filter(|extent| extent.logical < own / block * block);
        assert!(around.clone().all(|extent| !extent.shared), "{what}\n{to:?}");
    }
}

#[cfg(not(reflink_as = "new-names"))]
#[test]
#[ignore = "needs a filesystem under test; run cargo xtask test"]
fn the_odd_end_of_the_source_is_shared_where_the_destination_ends() {
    // Onto a shorter destination, one that ends at the same byte, and past the end.
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

#[cfg(not(reflink_as = "new-names"))]
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
        assert_eq!((block_size, source_offset, destination_offset), (fs().block(), false, true));
        assert!(extents(&pair.dst.0).iter().all(|extent| !extent.shared));
    }
}

/// Where a range of about a block starts, how much longer than a block it is and where it goes, and
/// whether (source offset, destination offset, length) are off block boundaries.
const RAGGED: [((u64, i64, u64), [bool; 3]); 7] = [
    ((1, 0, 0), [true, false, false]),
    ((0, 0, 1), [false, true, false]),
    ((0, 1, 0), [false, false, true]),
    ((1, 0, 1), [true, true, false]),
    ((1, -1, 0), [true, false, true]),
    ((0, -1, 1), [false, true, true]),
    ((1, -2, 1), [true, true, true]),
];

#[cfg(not(reflink_as = "new-names"))]
#[test]
#[ignore = "needs a filesystem under test; run cargo xtask test"]
fn always_says_which_numbers_are_off_the_blocks() {
    for ((start, more, offset), off) in RAGGED {
        let end = (start + fs().block()).checked_add_signed(more).unwrap();
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
        assert_eq!(block_size, fs().block());
        assert_eq!([source_offset, destination_offset, length], off, "{start}..{end} to {offset}");
        let multiples = format!("multiples of {block_size} bytes");
        assert!(error.hint().unwrap().contains(&multiples), "{error:?}");
    }
}

#[cfg(not(reflink_as = "new-names"))]
#[test]
#[ignore = "needs a filesystem under test; run cargo xtask test"]
fn always_says_that_the_end_of_the_source_lands_inside_the_destination() {
    let block = fs().block();
    let odd = block / 2 - 240;
    let (end, old) = (2 * block + odd, bytes(2, 6 * block));
    let pair = pair(&bytes(1, end), &old);
    let error = fails(pair._dir.path(), || {
        reflink::partial(&pair.src.1, block.., &pair.dst.1, block, Mode::Always)
    });
    assert!(matches!(error, Error::NotReflinkable { .. }), "{error:?}");
    if fs().clones() {
        assert_eq!(error.raw_os_error(), Some(libc::EINVAL));
        assert_eq!(error.reason(), Some(&Reason::EndsInsideDestination { block_size: block }));
    }
    let done = reflink::partial(&pair.src.1, block.., &pair.dst.1, block, Mode::Auto).unwrap();
    if fs().clones() {
        assert_eq!((done.cloned, done.copied), (block, odd), "{done:?}");
        assert_eq!(done.fallback, Some(Reason::EndsInsideDestination { block_size: block }));
    }
    let mut expected = old;
    let range = block as usize..end as usize;
    expected[range.clone()].copy_from_slice(&bytes(1, end)[range]);
    assert_same(&content(&pair.dst.1), &expected, "dst");
}

/// OCFS2 would extend a range of blocks to whole clusters.
#[cfg(not(reflink_as = "new-names"))]
#[test]
#[ignore = "needs a filesystem under test; run cargo xtask test"]
fn nothing_changes_around_a_range_of_blocks() {
    let (old, new) = (bytes(2, 200_000), bytes(1, 100_000));
    for mode in ALL_MODES {
        for (start, end, offset) in
            [(4096, 8192, 12_288), (0, 4096, 0), (0, 65_536, 4096), (8192, 100_000, 8192)]
        {
            let pair = pair(&new, &old);
            let done = reflink::partial(&pair.src.1, start..end, &pair.dst.1, offset, mode);
            let what = format!("{mode:?} {start}..{end} to {offset}: {done:?}");
            let fits = [start, offset, end].iter().all(|number| number % fs().block() == 0);
            let must_refuse = mode == Mode::Always && !(fs().clones() && fits);
            assert_eq!(done.is_err(), must_refuse, "{what}");
            let mut expected = old.clone();
            if !must_refuse {
                let range = &new[start as usize..end as usize];
                expected[offset as usize..][..range.len()].copy_from_slice(range);
            }
            assert_same(&content(&pair.dst.1), &expected, &what);
        }
        let pair = pair(&old, &[]);
        let within = reflink::partial(&pair.src.1, 4096..8192, &pair.src.1, 12_288, mode);
        let must_refuse = mode == Mode::Always && !(fs().clones() && 4096 % fs().block() == 0);
        assert_eq!(within.is_err(), must_refuse, "{mode:?}: {within:?}");
        let mut expected = old.clone();
        if !must_refuse {
            expected.copy_within(4096..8192, 12_288);
        }
        assert_same(&content(&pair.src.1), &expected, &format!("{mode:?}, one file"));
    }
}

#[test]
#[ignore = "needs a filesystem under test; run cargo xtask test"]
fn nothing_changes_around_deduped_blocks() {
    let pair = pair(&bytes(1, 100_000), &bytes(2, 100_000));
    for (offset, len) in [(4096, 4096), (65_536, 4096), (65_536, 32_768)] {
        let equal = &bytes(1, 100_000)[offset as usize..][..len];
        pair.dst.1.write_all_at(equal, offset).unwrap();
        pair.dst.1.sync_all().unwrap();
        let expected = content(&pair.dst.1);
        let range = offset..offset + len as u64;
        let result = reflink::dedupe(&pair.src.1, range, [(&pair.dst.1, offset)]);
        let what = format!("{len} bytes at {offset}: {result:?}");
        assert_same(&content(&pair.dst.1), &expected, &what);
        assert_same(&content(&pair.src.1), &bytes(1, 100_000), &what);
        let end = result.map(|mut ends| ends.remove(0));
        if !fs().clones() {
            let (Err(error) | Ok(Deduped::Failed { bytes: 0, error, .. })) = end else {
                panic!("{what}")
            };
            assert!(matches!(error, Error::NotReflinkable { .. }), "{error:?}");
            continue;
        }
        let end = end.unwrap();
        if offset % fs().block() == 0 {
            let shared = len as u64 / fs().block() * fs().block();
            assert!(matches!(end, Deduped::Shared { bytes, .. } if bytes == shared), "{what}");
            continue;
        }
        let Deduped::Failed { bytes: 0, error, .. } = end else { panic!("{what}") };
        let Some(Reason::Misaligned { block_size, .. }) = error.reason() else {
            panic!("{error:?}")
        };
        assert_eq!(*block_size, fs().block());
    }
}

#[cfg(not(reflink_as = "new-names"))]
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
