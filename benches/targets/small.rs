//! Small files: copies where no clone is possible, beside the bare calls and `std::fs::copy`; and clones of
//! files that are not on disk yet, beside copies.

use std::fs::File;

use anyhow::{Context as _, Result, ensure};
use reflink::{Mode, Options, Prefer};

use crate::bare_copy;
use crate::cases::{Bench, cloned, copied, nothing, remove};
use crate::pairs::Side;
use crate::place::{MIB, Place};

const SIZES: [(u64, &str); 3] = [(4 << 10, "4 KiB"), (64 << 10, "64 KiB"), (MIB, "1 MiB")];
const PAIRS: usize = 2000;

impl Bench {
    /// Copies by `auto` in a place that cannot clone.
    pub(crate) fn small(&self, place: &Place) -> Result<()> {
        if !self.wants("small") {
            return Ok(());
        }
        for (len, size) in SIZES {
            let (src, dst) = (place.source("small", len)?, place.path("copy"));
            self.open_files(place, len, size)?;
            let removing = || remove(&dst);
            let options = Options::new();
            let again = || copied(options.copy(&src, &dst));
            let once = || copied(reflink::auto(&src, &dst));
            let std = || std::fs::copy(&src, &dst).map(drop).context("std::fs::copy failed");
            let new = |run| Side { run, clean_up: &removing };
            let old = |run| Side { run, clean_up: &nothing };
            let bare = || bare_copy::onto_new(&src, &dst);
            let bare_old = || bare_copy::replacing(&src, &dst);
            let on = &place.filesystem();
            for (what, limit, ours, theirs) in [
                ("`auto` onto a new path / the bare calls", 1.15, new(&once), new(&bare)),
                ("the same `Options` again / the bare calls", 1.15, new(&again), new(&bare)),
                ("`auto` onto a new path / `std::fs::copy`", 1.15, new(&once), new(&std)),
            ] {
                self.row(&format!("small: {size}, {what}"), on, limit, PAIRS, &ours, &theirs)?;
            }
            once()?;
            for (what, limit, ours, theirs) in [
                ("`auto` onto a file / O_EXCL and rename", 1.15, old(&once), old(&bare_old)),
                ("`auto` onto a file / `std::fs::copy`, in place", 2.0, old(&once), old(&std)),
            ] {
                self.row(&format!("small: {size}, {what}"), on, limit, PAIRS, &ours, &theirs)?;
            }
            remove(&dst)?;
        }
        Ok(())
    }

    /// Opening both files is a part of the time: nobody copies without that.
    fn open_files(&self, place: &Place, len: u64, size: &str) -> Result<()> {
        let (src, dst) = (place.source("small", len)?, place.path("open"));
        let open = || Ok::<_, std::io::Error>((File::open(&src)?, File::create_new(&dst)?));
        let removing = || remove(&dst);
        let options = Options::new();
        let once = || {
            let (src, dst) = open()?;
            copied(reflink::reflink(&src, &dst, Mode::Auto))
        };
        let again = || {
            let (src, dst) = open()?;
            copied(options.reflink(&src, &dst))
        };
        let bare = |asks_to_clone| {
            let (src, dst) = open()?;
            bare_copy::open_files(&src, &dst, asks_to_clone)
        };
        let side = |run| Side { run, clean_up: &removing };
        for (what, ours, theirs) in [
            ("open files / the bare calls", side(&once), side(&|| bare(true))),
            (
                "open files, the same `Options` again / the bare calls without FICLONE",
                side(&again),
                side(&|| bare(false)),
            ),
        ] {
            let target = format!("small: {size}, {what}");
            self.row(&target, &place.filesystem(), 1.15, PAIRS, &ours, &theirs)?;
        }
        Ok(())
    }

    /// Just-written sources in a place that clones: copied (`Prefer::Speed`) and cloned.
    pub(crate) fn dirty(&self, place: &Place) -> Result<()> {
        if !self.wants("dirty") {
            return Ok(());
        }
        for (len, size) in [(4 << 10, "4 KiB"), (64 << 10, "64 KiB"), (256 << 10, "256 KiB")] {
            let (src, dst) = (place.path("dirty"), place.path("copy"));
            let speed = Options::new().prefer(Prefer::Speed);
            let sharing = Options::new();
            // What the next run copies is written anew, outside the time.
            let renewing = || {
                remove(&dst)?;
                // A file that was cut to nothing and written again is sent to the disk by xfs at close.
                remove(&src)?;
                place.write(&src, len).map(drop)
            };
            place.write(&src, len)?;
            self.row(
                &format!("dirty: {size}, `Prefer::Speed` / `Prefer::Sharing`"),
                &place.filesystem(),
                1.0,
                500,
                &Side { run: &|| copied(speed.copy(&src, &dst)), clean_up: &renewing },
                &Side { run: &|| cloned(sharing.copy(&src, &dst)), clean_up: &renewing },
            )?;
            remove(&src)?;
        }
        Ok(())
    }

    /// New files in a directory that nobody else looks at.
    pub(crate) fn private(&self, place: &Place) -> Result<()> {
        if !self.wants("private") {
            return Ok(());
        }
        let (src, dst) = (place.source("private", 4 << 10)?, place.path("copy"));
        let removing = || remove(&dst);
        let options = Options::new().atomic(false);
        let peer = || {
            let copied = reflink_copy::reflink_or_copy(&src, &dst)?;
            ensure!(copied.is_none(), "it was copied");
            Ok(())
        };
        self.row(
            "private: 4 KiB, `atomic(false)` onto a new path / `reflink-copy`",
            &place.filesystem(),
            1.0,
            5000,
            &Side { run: &|| cloned(options.copy(&src, &dst)), clean_up: &removing },
            &Side { run: &peer, clean_up: &removing },
        )
    }
}
