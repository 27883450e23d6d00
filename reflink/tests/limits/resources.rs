//! Memory and descriptors: constant for any file.

use std::fs::File;
use std::ops::ControlFlow;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use reflink::{Mode, Options};

use crate::common::{
    COPYING, GIB, KIB, MIB, allocated, bytes, dir, fs, in_child, needs, sparse_file,
};

/// What a copy may need: a buffer of 256 KiB, and stack and heap pages that were not used before.
const ALLOWED: u64 = 2 * MIB;
/// Source, destination, the source again to find its holes, and the two ends of a pipe.
const DESCRIPTORS: usize = 6;

/// Copies in each of the modes; memory and descriptors must stay within the limits. Call this in a
/// process of its own, because its peak is measured.
fn needs_little(src: &Path, modes: &[Mode]) {
    let dst = src.with_extension("copy");
    let small = src.with_extension("small");
    std::fs::write(&small, bytes(1, 512 * KIB)).unwrap();
    for &mode in modes {
        // What a process needs once.
        Options::new().mode(mode).copy(&small, &dst).unwrap();
        let (memory, descriptors) = (peak_memory(), open_files());
        let mut most = descriptors;
        let done = Options::new()
            .mode(mode)
            .on_progress(|_| {
                most = most.max(open_files());
                ControlFlow::Continue(())
            })
            .copy(src, &dst)
            .unwrap();
        let grown = peak_memory() - memory;
        println!("{mode:?}: {grown} bytes of memory, {} files; {done:?}", most - descriptors);
        assert_eq!(done.total(), src.metadata().unwrap().len());
        assert!(grown <= ALLOWED, "{mode:?}: {grown} bytes more");
        assert!(most - descriptors <= DESCRIPTORS, "{mode:?}: {most} files open");
        std::fs::remove_file(&dst).unwrap();
    }
}

/// The peak memory of this process: `ru_maxrss` of getrusage, in bytes.
pub(crate) fn peak_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().strip_suffix(" kB").unwrap().parse::<u64>().unwrap() * KIB
}

fn open_files() -> usize {
    std::fs::read_dir("/proc/self/fd").unwrap().count()
}

#[test]
fn a_hundred_gib_of_holes() {
    in_child("", &[], || {
        let dir = dir();
        let src = dir.path().join("src");
        let islands = [(0, 5000), (7 * GIB + 100, MIB), (64 * GIB, 4096), (100 * GIB - 1, 1)];
        sparse_file(&src, 100 * GIB, &islands);
        needs_little(&src, &COPYING);
    });
}

/// At least REFLINK_TEST_EXTENTS extents, by default 131,072, if files can be cloned: one block is
/// cloned to every second place, twice as many at a time.
#[test]
#[ignore = "needs to know the filesystem; run cargo xtask test"]
fn many_extents() {
    needs!(ClonesIntoFiles);
    in_child("", &[], || {
        let extents = std::env::var("REFLINK_TEST_EXTENTS").map_or(1 << 17, |n| n.parse().unwrap());
        let dir = dir();
        let src = dir.path().join("src");
        let file = sparse_file(&src, 8 * KIB, &[(0, 4096)]);
        if !fs().clones() {
            for at in 0..10_000 {
                file.write_all_at(&bytes(at, 4096), at * 8 * KIB).unwrap();
            }
            return needs_little(&src, &COPYING);
        }
        let mut len = 8 * KIB;
        while len < extents * 8 * KIB {
            reflink::partial(&file, .., &file, len, Mode::Always).unwrap();
            len *= 2;
            if len == 1 << 27 {
                // 16,384 extents are enough for a real copy.
                needs_little(&src, &[Mode::Never]);
            }
        }
        println!("{} extents", len / (8 * KIB));
        needs_little(&src, &[Mode::Auto]);
    });
}

/// REFLINK_TEST_GIB GiB of data, by default one.
#[test]
#[ignore = "writes a GiB or more; run cargo xtask test"]
fn gibs_of_data() {
    in_child("", &[], || {
        let gib = std::env::var("REFLINK_TEST_GIB").map_or(1, |gib| gib.parse().unwrap());
        let dir = dir();
        let src = dir.path().join("src");
        let file = File::create(&src).unwrap();
        let chunk = bytes(1, 4 * MIB);
        for at in (0..gib * GIB).step_by(chunk.len()) {
            file.write_all_at(&chunk, at).unwrap();
        }
        assert!(allocated(&src) >= gib * GIB);
        needs_little(&src, &[Mode::Never, Mode::Auto]);
    });
}
