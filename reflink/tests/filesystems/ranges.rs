//! A library that clones by whole clusters into files that were made ready for it, as on ReFS.

use std::os::unix::fs::FileExt as _;

use reflink::{Mode, Options, Overwrite};

use crate::common::*;

const GIB: u64 = 1 << 30;

/// More than one call may do: it must be less than 4 GiB.
#[test]
#[ignore = "needs a filesystem under test; run cargo xtask test --as ranges"]
fn a_file_that_is_too_long_for_one_call_is_cloned() {
    needs!(Clones);
    let dir = dir();
    let [src, dst] = ["src", "dst"].map(|name| dir.path().join(name));
    let len = 5 * GIB + 77;
    let islands = [(0, 5000), (2 * GIB - 5000, 10_000), (4 * GIB - 1, 2), (len - 77, 77)];
    sparse_file(&src, len, &islands);
    for overwrite in [Overwrite::Replace, Overwrite::InPlace] {
        for old in [0, 10, len + 5000] {
            std::fs::remove_file(&dst).ok();
            sparse_file(&dst, old, &[]);
            let options = Options::new().mode(Mode::Always).overwrite(overwrite);
            let done = options.copy(&src, &dst).unwrap();
            assert_eq!((done.cloned, done.total()), (len, len), "{overwrite:?} {old}");
            assert!(shares_everything(&src, &dst), "{overwrite:?} {old}");
            let file = std::fs::File::open(&dst).unwrap();
            assert_eq!(file.metadata().unwrap().len(), len);
            for (offset, length) in islands {
                let mut found = vec![0; length as usize];
                file.read_exact_at(&mut found, offset).unwrap();
                assert_same(&found, &bytes(offset, length), "an island");
            }
        }
    }
}

/// The clone call fails if any whole cluster of the source is in memory alone.
#[test]
#[ignore = "needs a filesystem under test; run cargo xtask test --as ranges"]
fn a_source_that_was_just_written_is_on_disk_before_it_is_cloned() {
    needs!(Clones);
    let dir = dir();
    let src = file(&dir.path().join("src"), &bytes(1, 8 * MIB + 77));
    let dst = file(&dir.path().join("dst"), b"");
    for turn in 0..8 {
        src.write_all_at(&bytes(turn, MIB), turn * MIB).unwrap();
        let done = reflink::reflink(&src, &dst, Mode::Always).unwrap();
        assert_eq!(done.cloned, 8 * MIB + 77);
        assert_same(&content(&dst), &content(&src), "dst");
    }
}

#[test]
#[ignore = "needs a filesystem under test; run cargo xtask test --as ranges"]
fn a_destination_is_as_long_as_before_after_a_refusal() {
    let dir = dir();
    let src = file(&dir.path().join("src"), &bytes(1, MIB));
    let dst = file(&dir.path().join("dst"), &bytes(2, 5000));
    let before = snapshot(dir.path());
    // Within a cluster.
    for (range, at) in [(0..5000, 8192), (100..4196, 8192), (4096..8192, 8193)] {
        let result = reflink::partial(&src, range, &dst, at, Mode::Always);
        assert!(result.is_err(), "{result:?}");
        assert_eq!(snapshot(dir.path()), before);
    }
}
