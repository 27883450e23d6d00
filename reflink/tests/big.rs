//! Files beyond 2 GiB, which need more than one system call.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod common;

use std::fs::File;
use std::os::unix::fs::FileExt as _;

use common::*;
use reflink::{Method, Mode, Options, Overwrite};

const LEN: u64 = 5 * GIB + 5;

/// Data on both sides of 2 and 4 GiB, and across 2 GiB less a page, where copy_file_range ends.
const ISLANDS: [(u64, u64); 5] =
    [(0, 10_000), (2 * GIB - 1, 1), (2 * GIB, 100_000), (4 * GIB + 1, 100_000), (LEN - 3, 3)];

#[track_caller]
fn assert_islands(file: &File, from: u64, to: u64) {
    for (offset, length) in ISLANDS {
        if offset + length > from {
            let mut found = vec![0; length as usize];
            file.read_exact_at(&mut found, offset - from + to).unwrap();
            assert_same(&found, &bytes(offset, length), &format!("the island at {offset}"));
        }
    }
    // And holes between them.
    let mut hole = [1; 5000];
    file.read_exact_at(&mut hole, 3 * GIB + 77 - from + to).unwrap();
    assert_eq!(hole, [0; 5000]);
}

#[test]
#[ignore = "needs a filesystem with large files; run cargo xtask test"]
fn sparse_files_beyond_four_gibibytes() {
    let dir = dir();
    let [src, dst] = ["src", "dst"].map(|name| dir.path().join(name));
    let from = sparse_file(&src, LEN, &ISLANDS);
    for mode in COPYING {
        for overwrite in [Overwrite::Replace, Overwrite::InPlace] {
            std::fs::remove_file(&dst).ok();
            sparse_file(&dst, LEN + GIB, &[(3 * GIB, 100_000), (LEN + 10, 10)]);
            let done = Options::new().mode(mode).overwrite(overwrite).copy(&src, &dst).unwrap();
            assert_accounts(&done, mode, LEN);
            let copy = File::open(&dst).unwrap();
            assert_eq!(copy.metadata().unwrap().len(), LEN);
            assert_islands(&copy, 0, 0);
            assert!(allocated(&dst) <= allocated(&src) + MIB);
        }
        // A range of more than 2 GiB, from and to beyond 2 GiB.
        std::fs::remove_file(&dst).unwrap();
        let into = sparse_file(&dst, 6 * GIB, &[(3 * GIB, 200_000), (5 * GIB, 100)]);
        let (start, offset) = (2 * GIB - MIB + 5, GIB + 5);
        let done = Options::new().mode(mode).partial(&from, start.., &into, offset).unwrap();
        assert_accounts(&done, mode, LEN - start);
        assert_eq!(into.metadata().unwrap().len(), 6 * GIB);
        assert_islands(&into, start, offset);
        let mut after = [0; 100];
        into.read_exact_at(&mut after, 5 * GIB).unwrap();
        assert_same(&after, &bytes(5 * GIB, 100), "what follows the range");
    }
}

/// One call of copy_file_range copies 2,147,479,552 bytes at most. On one filesystem without
/// clones, more than 2 GiB is written and compared.
#[test]
#[ignore = "needs a filesystem with room; run cargo xtask test"]
fn a_dense_file_beyond_two_gibibytes() {
    let len = if fs() == Fs::Ext4 { 2 * GIB + 300 * MIB + 7 } else { 20 * MIB + 7 };
    let dir = dir();
    let [src, dst] = ["src", "dst"].map(|name| dir.path().join(name));
    let block = |number: u64| {
        let mut block = bytes(1, MIB);
        block[..8].copy_from_slice(&(number + 1).to_ne_bytes());
        block.truncate((len - number * MIB).min(MIB) as usize);
        block
    };
    let from = file(&src, b"");
    for number in 0..len.div_ceil(MIB) {
        from.write_all_at(&block(number), number * MIB).unwrap();
    }
    let done = Options::new().copy(&src, &dst).unwrap();
    assert_accounts(&done, Mode::Auto, len);
    let method = match fs() {
        _ if fs().clones() => Method::Clone,
        _ if fs().has_pipes() => Method::ReadWrite,
        _ => Method::CopyFileRange,
    };
    assert_eq!(done.method(), method, "{done:?}");
    let copy = File::open(&dst).unwrap();
    assert_eq!(copy.metadata().unwrap().len(), len);
    let mut found = vec![0; MIB as usize];
    for number in 0..len.div_ceil(MIB) {
        let expected = block(number);
        copy.read_exact_at(&mut found[..expected.len()], number * MIB).unwrap();
        assert_same(&found[..expected.len()], &expected, &format!("MiB {number}"));
    }
}
