//! Sources that were just written. In 2023, OpenZFS reported holes in the place of data that was not on the
//! disk yet, and copies had zeros there.

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::sync::atomic::{AtomicBool, Ordering};

use reflink::{Method, Mode, Overwrite};

use crate::common::*;
use crate::pool::*;

#[test]
#[ignore = "needs ZFS; run cargo xtask vm"]
fn a_file_that_was_just_written_is_cloned() {
    let dataset = Dataset::new(&pool(), &[]);
    for wait in ["0", "1"] {
        let _wait = Parameter::set("zfs_bclone_wait_dirty", wait);
        for len in [100, 128 * KIB, 3 * MIB + 5] {
            let [src, dst] = ["src", "dst"].map(|name| dataset.file(name));
            file(&src, &bytes(len, len));
            assert_eq!(copy(Mode::Always, &src, &dst).method(), Method::Clone, "{wait} {len}");
            assert_same_files(&dst, &src);
            for path in [src, dst] {
                std::fs::remove_file(path).unwrap();
            }
        }
    }
}

/// A part of the source is on the disk already, so that the kernel clones that and then refuses.
#[test]
#[ignore = "needs ZFS; run cargo xtask vm"]
fn a_file_that_is_partly_on_the_disk_is_cloned() {
    // More blocks than ZFS clones in one step.
    let dataset = Dataset::new(&pool(), &["recordsize=4K", "compression=off"]);
    let src = dataset.file("src");
    let from = file(&src, &bytes(1, 12 * MIB));
    for mode in [Mode::Always, Mode::Auto] {
        for overwrite in [Overwrite::Replace, Overwrite::InPlace] {
            to_disk(&pool());
            from.write_all_at(&bytes(2, 10_000), 11 * MIB).unwrap();
            let dst = dataset.file("dst");
            let options = reflink::Options::new().mode(mode).overwrite(overwrite);
            let done = options.copy(&src, &dst).unwrap();
            assert_accounts(&done, mode, 12 * MIB);
            assert_same_files(&dst, &src);
        }
    }
}

/// Writes at random, clones or copies at once, and compares, while another thread writes to the disk.
#[test]
#[ignore = "needs ZFS; run cargo xtask vm"]
fn what_was_just_written_is_never_taken_for_a_hole() {
    const ROUNDS: u64 = 60;

    let dataset = Dataset::new(&pool(), &["recordsize=16K"]);
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                to_disk(&pool());
            }
        });
        let rounds = || {
            for round in 0..ROUNDS {
                let [src, dst, again] = ["src", "dst", "again"]
                    .map(|name| dataset.file(&format!("{name}{}", round % 3)));
                let from = File::options()
                    .read(true)
                    .write(true)
                    .create(true)
                    .truncate(round % 5 == 0)
                    .open(&src)
                    .unwrap();
                let at = (round * 7919) % (256 * KIB);
                from.write_all_at(&bytes(round, 5000 + round * 37), at).unwrap();
                let mode = [Mode::Auto, Mode::Never][(round % 2) as usize];
                copy(mode, &src, &dst);
                // A clone of the clone, and a copy that looks for the holes of the clone.
                copy(Mode::Auto, &dst, &again);
                copy(Mode::Never, &again, &dst);
                let expected = content(&from);
                for path in [&dst, &again] {
                    assert_same(&std::fs::read(path).unwrap(), &expected, &format!("{round}"));
                }
            }
        };
        let ended = std::panic::catch_unwind(std::panic::AssertUnwindSafe(rounds));
        stop.store(true, Ordering::Relaxed);
        ended.unwrap();
    });
}
