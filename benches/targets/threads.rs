//! Large files that cannot be cloned: up to two threads beside one thread.

use std::fs::File;
use std::hint::spin_loop;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, available_parallelism};

use anyhow::{Context as _, Result};
use reflink::{Mode, Options};
use rustix::fs::{Advice, fadvise};

use crate::cases::{Bench, copied, remove, sync};
use crate::pairs::Side;
use crate::place::{GIB, MIB, Place};

impl Bench {
    /// On idle processors, and while each has another program to run.
    pub(crate) fn threads(&self, from: &Place, to: &Place, on: &str) -> Result<()> {
        if !self.wants("threads") {
            return Ok(());
        }
        for (len, size, pairs) in
            [(32 * MIB, "32 MiB", 60), (128 * MIB, "128 MiB", 30), (GIB, "1 GiB", 15)]
        {
            self.two_and_one(from, to, on, (len, size, pairs), 1.0)?;
        }
        let is_done = AtomicBool::new(false);
        thread::scope(|scope| {
            for _ in 0..available_parallelism()?.get() {
                scope.spawn(|| {
                    while !is_done.load(Ordering::Relaxed) {
                        spin_loop();
                    }
                });
            }
            let measured =
                self.two_and_one(from, to, on, (GIB, "1 GiB, all processors busy", 9), 1.1);
            is_done.store(true, Ordering::Relaxed);
            measured
        })
    }

    /// Where the disk is the limit: a source that is not in memory, and a destination that is flushed.
    pub(crate) fn disk(&self, from: &Place, to: &Place, on: &str) -> Result<()> {
        if !self.wants("disk") {
            return Ok(());
        }
        let (src, dst) = (from.source("disk", GIB)?, to.path("copy"));
        let read = File::open(&src)?;
        // With nothing of the source left in memory.
        let removing = || {
            remove(&dst)?;
            sync()?;
            Ok(fadvise(&read, 0, None, Advice::DontNeed)?)
        };
        let flush = || Ok(File::open(&dst)?.sync_all()?);
        let two = || copied(reflink::auto(&src, &dst));
        let one = || copied(Options::new().threads(1).copy(&src, &dst));
        let std = || std::fs::copy(&src, &dst).map(drop).context("std::fs::copy failed");
        let [two_flushed, one_flushed, std_flushed] = [&two as &dyn Fn() -> Result<()>, &one, &std]
            .map(|copy| move || copy().and_then(|()| flush()));
        let side = |run| Side { run, clean_up: &removing };
        for (what, ours, theirs) in [
            ("read from disk, up to two threads / one", side(&two), side(&one)),
            ("read from disk, `auto` / `std::fs::copy`", side(&two), side(&std)),
            ("and flushed, up to two threads / one", side(&two_flushed), side(&one_flushed)),
            ("and flushed, `auto` / `std::fs::copy`", side(&two_flushed), side(&std_flushed)),
        ] {
            self.row(&format!("disk: 1 GiB {what}"), on, 1.0, 9, &ours, &theirs)?;
        }
        remove(&src)
    }

    fn two_and_one(
        &self,
        from: &Place,
        to: &Place,
        on: &str,
        (len, size, pairs): (u64, &str, usize),
        limit: f64,
    ) -> Result<()> {
        let (src, dst) = (from.source("threads", len)?, to.path("copy"));
        let removing = || {
            remove(&dst)?;
            sync()
        };
        for mode in [Mode::Auto, Mode::Never] {
            let [two, one] = [0, 1].map(|threads| Options::new().mode(mode).threads(threads));
            self.row(
                &format!("threads: {size}, `{mode:?}`, up to two / one"),
                on,
                limit,
                pairs,
                &Side { run: &|| copied(two.copy(&src, &dst)), clean_up: &removing },
                &Side { run: &|| copied(one.copy(&src, &dst)), clean_up: &removing },
            )?;
        }
        remove(&src)
    }
}
