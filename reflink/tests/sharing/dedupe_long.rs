//! Many destinations, many gigabytes; watched, stopped, and disturbed.

use std::fs::File;
use std::ops::ControlFlow;
use std::os::unix::fs::FileExt as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use reflink::{Deduped, Error, Options, dedupe};

use crate::common::*;
use crate::dedupe::{assert_differs, assert_shared, one};
use crate::place::*;

#[test]
#[ignore = "needs a filesystem that clones; run cargo xtask test"]
fn three_hundred_destinations() {
    needs!(Clones);
    let dir = cloning_dir();
    let data = bytes(1, 64 * KIB);
    let src = file(&dir.path().join("src"), &data);
    let path = |i: usize| dir.path().join(i.to_string());
    let destinations: Vec<File> = (0..300)
        .map(|i| match i % 10 {
            3 => {
                let mut other = data.clone();
                other[i * 200] ^= 1;
                file(&path(i), &other)
            }
            7 => file(&path(i), &data[..i]),
            _ => file(&path(i), &data),
        })
        .collect();
    let before = snapshot(dir.path());
    let ends = dedupe(&src, .., destinations.iter().map(|file| (file, 0))).unwrap();
    assert_eq!(snapshot(dir.path()), before);
    assert_eq!(ends.len(), 300);
    for (i, end) in ends.iter().enumerate() {
        match i % 10 {
            3 => assert_differs(end, 0, i as u64 * 200),
            7 => assert!(matches!(end, Deduped::Failed { bytes: 0, .. }), "{i}: {end:?}"),
            _ => assert_shared(end, 64 * KIB),
        }
    }
    for i in [0, 126, 128, 129, 254, 255, 299] {
        assert!(shares_everything(&dir.path().join("src"), &path(i)), "{i}");
    }
}

#[test]
#[ignore = "needs a filesystem that clones, with room; run cargo xtask test"]
fn three_gibibytes_in_one_call() {
    needs!(Clones, SharedLastBlocks, Speed);
    let dir = cloning_dir();
    let islands: Vec<_> = (0..24).map(|i| (i * 129 * MIB, 256 * KIB)).collect();
    let [src_path, dst_path] = ["src", "dst"].map(|name| dir.path().join(name));
    // Longer than three of the kernel's largest calls, and not a multiple of the block size.
    let len = 3 * GIB + 5 * MIB + 77;
    let src = sparse_file(&src_path, len, &islands);
    let dst = sparse_file(&dst_path, len, &islands);
    assert_shared(&one(dedupe(&src, .., [(&dst, 0)])), len);
    let [ours, theirs] = extents_of([&src_path, &dst_path]);
    for &(offset, length) in &islands {
        assert!(shares((&ours, offset), (&theirs, offset), length), "{offset}");
    }
    // A difference in the last part; everything before it is shared.
    dst.write_all_at(b"x", 3 * GIB + MIB + 5).unwrap();
    let end = one(dedupe(&src, .., [(&dst, 0)]));
    assert_differs(&end, 3 * GIB, 3 * GIB + MIB + 5);
}

#[test]
#[ignore = "needs a filesystem that clones; run cargo xtask test"]
fn progress_counts_every_destination_to_the_end() {
    needs!(Clones, SharedLastBlocks);
    let dir = cloning_dir();
    let data = bytes(1, 40 * MIB + 100);
    let src = file(&dir.path().join("src"), &data);
    let same = file(&dir.path().join("same"), &data);
    let mut other = data.clone();
    other[20 << 20] ^= 1;
    let different = file(&dir.path().join("different"), &other);
    let short = file(&dir.path().join("short"), b"short");
    let long = file(&dir.path().join("long"), &[&data[..], b"more"].concat());
    let mut seen = Vec::new();
    let ends = Options::new()
        .on_progress(|progress| {
            seen.push((progress.done, progress.total));
            ControlFlow::Continue(())
        })
        .dedupe(&src, .., [(&same, 0), (&different, 0), (&short, 0), (&long, 0)])
        .unwrap();
    assert_shared(&ends[0], 40 * MIB + 100);
    // The part before the slice with the difference is shared already.
    assert_differs(&ends[1], 16 * MIB, 20 * MIB);
    assert_shared(&ends[3], 40 * MIB);
    let total = 4 * (40 * MIB + 100);
    assert!(seen.len() > 8, "{seen:?}");
    assert!(seen.is_sorted(), "{seen:?}");
    assert!(seen.iter().all(|step| step.1 == total), "{seen:?}");
    assert_eq!(seen.last(), Some(&(total, total)));
}

#[test]
#[ignore = "needs a filesystem that clones; run cargo xtask test"]
fn the_callback_stops_the_work_and_no_byte_has_changed() {
    needs!(Clones);
    let dir = cloning_dir();
    let data = bytes(1, 64 * MIB);
    let [src, dst] = ["src", "dst"].map(|name| file(&dir.path().join(name), &data));
    let before = snapshot(dir.path());
    let error = Options::new()
        .on_progress(|progress| match progress.done {
            0..=20_000_000 => ControlFlow::Continue(()),
            _ => ControlFlow::Break(()),
        })
        .dedupe(&src, .., [(&dst, 0)])
        .unwrap_err();
    let Error::Cancelled { done, total, .. } = error else { panic!("{error:?}") };
    assert_eq!((done, total), (32 * MIB, 64 * MIB));
    assert_eq!(snapshot(dir.path()), before);
}

#[test]
#[ignore = "needs a filesystem that clones; run cargo xtask test"]
fn a_write_between_attempts_is_not_lost() {
    needs!(Clones);
    const BLOCK: usize = 4096;
    const PART: usize = 64 << 10;
    let dir = cloning_dir();
    let data = bytes(1, 4 * MIB);
    let [src, dst] = ["src", "dst"].map(|name| file(&dir.path().join(name), &data));
    let stop = AtomicBool::new(false);
    let written = std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            let mut expected = data.clone();
            let mut state = 1_u64;
            while !stop.load(Ordering::Relaxed) {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                let at = (state >> 33) as usize % (data.len() - BLOCK);
                // Usually the old bytes, so that blocks become equal again; always so in the first
                // part.
                let block = match state >> 62 {
                    0 if at >= PART => bytes(state, BLOCK as u64),
                    _ => data[at..at + BLOCK].to_vec(),
                };
                dst.write_all_at(&block, at as u64).unwrap();
                expected[at..at + BLOCK].copy_from_slice(&block);
                // The writer reads its own bytes, whatever is shared meanwhile.
                let mut found = vec![0; BLOCK];
                dst.read_exact_at(&mut found, at as u64).unwrap();
                assert_same(&found, &block, "just written");
            }
            expected
        });
        // In parts, so that some are equal, and in enough parts for the writer to run on a busy
        // machine.
        let mut ends = Vec::new();
        let differs =
            |end: &reflink::Result<Vec<_>>| matches!(end.as_deref(), Ok([Deduped::Differs { .. }]));
        let deadline = Instant::now() + Duration::from_secs(60);
        while ends.len() < 200 || !ends.iter().any(differs) && Instant::now() < deadline {
            let start = (ends.len() % 64 * PART) as u64;
            ends.push(dedupe(&src, start..start + PART as u64, [(&dst, start)]));
        }
        stop.store(true, Ordering::Relaxed);
        let (mut shared, mut different) = (0, 0);
        for end in ends {
            match one(end) {
                Deduped::Shared { .. } => shared += 1,
                Deduped::Differs { .. } => different += 1,
                end => panic!("{end:?}"),
            }
        }
        assert!(shared > 0 && different > 0, "{shared} parts shared, {different} different");
        writer.join().unwrap()
    });
    assert_same(&content(&dst), &written, "the destination");
    assert_same(&content(&src), &data, "the source");
}
