//! Measuring in turns: everything that is compared runs in every iteration, in random order.

use std::fmt::Display;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, BenchmarkId};
use rustix::fs::{statvfs, syncfs};

use crate::place::{GIB, Place};
use crate::timing::{configure, done, size};

/// How often the filesystem is asked whether it rests, how many equal answers in a row are
/// believed, and for how long it is asked.
const TICK: Duration = Duration::from_millis(20);
const STILL: u32 = 3;
const PATIENCE: Duration = Duration::from_secs(30);

/// Measures each of `ways` at `len` bytes. `once` makes files in the new directory that it gets, and
/// returns the time that counts.
///
/// criterion measures one series after the other. So that none of them has the machine, or the
/// filesystem, in another state than the others, each iteration runs all of them in random order,
/// and only the time of the one that is being measured counts. What they make stays until the end
/// of the sample, or until it takes much space, and is then removed and waited for, because xfs frees
/// removed files in the background and a clone would wait for it.
pub(crate) fn in_turns<W: Copy + Display>(
    group: &mut BenchmarkGroup<'_, WallTime>,
    place: &Place,
    len: u64,
    ways: &[W],
    mut once: impl FnMut(W, &Path) -> Duration,
) {
    let mut order: Vec<usize> = (0..ways.len()).collect();
    for (measured, way) in ways.iter().enumerate() {
        let id = BenchmarkId::new(way.to_string(), size(len));
        configure(group, len).bench_function(id, |bencher| {
            bencher.iter_custom(|iterations| {
                let mut kept = Kept::new(place.path("kept"));
                let mut took = Duration::ZERO;
                for _ in 0..iterations {
                    fastrand::shuffle(&mut order);
                    for &index in &order {
                        let one = once(ways[index], &kept.next(len));
                        took += if index == measured { one } else { Duration::ZERO };
                    }
                }
                kept.clear();
                took
            });
        });
    }
}

/// What iterations leave behind.
struct Kept {
    dir: PathBuf,
    number: u64,
    bytes: u64,
}

impl Kept {
    fn new(dir: PathBuf) -> Self {
        Self { dir, number: 0, bytes: 0 }
    }

    /// A new directory for files of `len` bytes.
    fn next(&mut self, len: u64) -> PathBuf {
        if self.bytes + len > GIB {
            self.clear();
        }
        self.bytes += len;
        self.number += 1;
        let path = self.dir.join(self.number.to_string());
        done(std::fs::create_dir_all(&path));
        path
    }

    /// Removes everything, and waits until the filesystem has freed it.
    fn clear(&mut self) {
        done(std::fs::remove_dir_all(&self.dir));
        done(std::fs::create_dir(&self.dir));
        done(syncfs(done(File::open(&self.dir))));
        // On xfs statvfs also starts the worker that frees removed files.
        let usage = || {
            let status = done(statvfs(&self.dir));
            (status.f_bavail, status.f_ffree)
        };
        let (start, mut last, mut equal) = (Instant::now(), usage(), 0);
        while equal < STILL && start.elapsed() < PATIENCE {
            sleep(TICK);
            let now = usage();
            equal = if now == last { equal + 1 } else { 0 };
            last = now;
        }
        self.bytes = 0;
    }
}
