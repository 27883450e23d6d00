//! 200,000 extents in one file.

use std::fs::File;
use std::os::unix::fs::FileExt as _;

use reflink::{Sharing, extents};

use crate::common::*;
use crate::extents::assert_as_filefrag_says;
use crate::place::*;

const EXTENTS: u64 = 200_000;

/// The peak memory of the process since [`forget_peak`], in KiB.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

fn forget_peak() {
    std::fs::write("/proc/self/clear_refs", "5").unwrap();
}

#[test]
#[ignore = "needs a filesystem that lists extents; run cargo xtask test"]
fn two_hundred_thousand_extents_in_constant_memory() {
    needs!(Clones, Speed);
    in_child("", &[], || {
        let dir = cloning_dir();
        let path = dir.path().join("file");
        let file = File::options().read(true).write(true).create_new(true).open(&path).unwrap();
        file.set_len(2 * EXTENTS * 4096).unwrap();
        let block = bytes(1, 4096);
        for number in 0..EXTENTS {
            file.write_all_at(&block, 2 * number * 4096).unwrap();
        }
        file.sync_all().unwrap();

        let ask = |file: &File| {
            let count = extents(file).unwrap().map(Result::unwrap).count() as u64;
            (count, Sharing::of(file).unwrap())
        };
        // Code takes memory, too, once it has run.
        ask(&sparse_file(&dir.path().join("small"), MIB, &[(0, 4096), (8192, 4096)]));
        forget_peak();
        let before = peak();
        let (count, totals) = ask(&file);
        // All extents together would take more than 6 MiB.
        assert!(peak() - before < 1024, "{before} to {} KiB", peak());
        assert_eq!(count, EXTENTS);
        assert_eq!((totals.extents, totals.exclusive), (EXTENTS, EXTENTS * 4096));
        assert_eq!(totals.holes, EXTENTS * 4096);
        assert_as_filefrag_says(&path);
    });
}
