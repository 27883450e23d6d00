//! Files that cannot be cloned: large ones, of data and of holes.

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use rustix::fs::{Advice, fadvise};

use crate::cases::{Bench, copied, remove, sync};
use crate::pairs::Side;
use crate::place::{GIB, MIB, Place};

impl Bench {
    pub(crate) fn fallback(&self, from: &Place, to: &Place) -> Result<()> {
        let on = if std::ptr::eq(from, to) {
            from.filesystem()
        } else {
            format!("{} → {}", from.filesystem(), to.filesystem())
        };
        if self.wants("fallback") {
            self.large(from, to, &on, (4 * MIB, "4 MiB", 300))?;
            self.large(from, to, &on, (GIB, "1 GiB", 15))?;
        }
        if self.wants("disk") {
            self.disk(from, to, &on)?;
        }
        if self.wants("sparse") {
            self.sparse(from, to, &on)?;
        }
        Ok(())
    }

    fn large(
        &self,
        from: &Place,
        to: &Place,
        on: &str,
        (len, size, pairs): (u64, &str, usize),
    ) -> Result<()> {
        let (src, dst) = (from.source("fallback", len)?, to.path("copy"));
        // What the last copy left to be written must not slow the next one down.
        let removing = || {
            remove(&dst)?;
            sync()
        };
        let side = |run| Side { run, clean_up: &removing };
        let ours = || copied(reflink::auto(&src, &dst));
        let std = || std_copy(&src, &dst);
        let target = |peer| format!("fallback: `auto`, {size} / {peer}");
        self.row(&target("`std::fs::copy`"), on, 0.8, pairs, &side(&ours), &side(&std))?;
        // What a small file takes, a process takes to start.
        if len >= GIB {
            let cp = || cp(&src, &dst);
            self.row(&target("cp"), on, 0.8, pairs, &side(&ours), &side(&cp))?;
        }
        remove(&src)
    }

    /// Where the disk is the limit: a source that is not in memory, and a destination that is flushed.
    fn disk(&self, from: &Place, to: &Place, on: &str) -> Result<()> {
        let (src, dst) = (from.source("disk", GIB)?, to.path("copy"));
        let read = File::open(&src)?;
        // With nothing of the source left in memory.
        let removing = || {
            remove(&dst)?;
            sync()?;
            Ok(fadvise(&read, 0, None, Advice::DontNeed)?)
        };
        let flush = || Ok(File::open(&dst)?.sync_all()?);
        let ours = || copied(reflink::auto(&src, &dst));
        let std = || std_copy(&src, &dst);
        let [ours_flushed, std_flushed] = [&ours as &dyn Fn() -> Result<()>, &std]
            .map(|copy| move || copy().and_then(|()| flush()));
        let side = |run| Side { run, clean_up: &removing };
        for (what, ours, theirs) in [
            ("read from disk", side(&ours), side(&std)),
            ("read from disk and flushed", side(&ours_flushed), side(&std_flushed)),
        ] {
            let target = format!("disk: `auto`, 1 GiB {what} / `std::fs::copy`");
            self.row(&target, on, 1.0, 9, &ours, &theirs)?;
        }
        remove(&src)
    }

    fn sparse(&self, from: &Place, to: &Place, on: &str) -> Result<()> {
        let (src, dst) = (from.path("sparse"), to.path("copy"));
        make_sparse(&src)?;
        let removing = || {
            remove(&dst)?;
            sync()
        };
        let ours = Side { run: &|| copied(reflink::auto(&src, &dst)), clean_up: &removing };
        let cp = Side { run: &|| cp(&src, &dst), clean_up: &removing };
        let target = "sparse: `auto`, 100 GiB with 64 MiB of data / cp";
        self.row(target, on, 1.0, 25, &ours, &cp)?;
        remove(&src)
    }
}

fn cp(src: &Path, dst: &Path) -> Result<()> {
    let status = Command::new("cp").arg("--").arg(src).arg(dst).status()?;
    ensure!(status.success(), "cp failed ({status})");
    Ok(())
}

fn std_copy(src: &Path, dst: &Path) -> Result<()> {
    std::fs::copy(src, dst).map(drop).context("std::fs::copy failed")
}

/// 64 pieces of 1 MiB, all over 100 GiB.
fn make_sparse(path: &Path) -> Result<()> {
    let file = File::create_new(path)?;
    file.set_len(100 * GIB)?;
    let mut data = vec![0; MIB as usize];
    fastrand::fill(&mut data);
    for piece in 0..64 {
        file.write_all_at(&data, piece * (100 * GIB / 64))?;
    }
    Ok(file.sync_all()?)
}
