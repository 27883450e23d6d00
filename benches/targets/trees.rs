//! Trees of small files beside cp: 40,000 files of about 4 KiB, in directories of 200.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Result, ensure};
use reflink::{Options, Preserve, tree};

use crate::cases::{Bench, sync};
use crate::pairs::Side;
use crate::place::Place;

const DIRECTORIES: usize = 200;
const FILES_EACH: usize = 200;
const PAIRS: usize = 7;

impl Bench {
    /// Trees with everything kept, and with the mode alone; of files on disk, and of files just written.
    pub(crate) fn trees(&self, place: &Place) -> Result<()> {
        if !self.wants("trees") {
            return Ok(());
        }
        let (src, dst) = (place.path("tree"), place.path("copy"));
        make(&src, DIRECTORIES)?;
        sync()?;
        let removing = || {
            fs::remove_dir_all(&dst)?;
            sync()
        };
        let everything =
            tree::Options::new().files(Options::new().preserve_if_possible(Preserve::ALL));
        let mode_alone = tree::Options::new();
        let one_thread = everything.clone().threads(1);
        let limit = if place.filesystem() == "btrfs" { 0.75 } else { 0.5 };
        for (what, ours, option) in [
            ("everything kept / `cp -a`", &everything, "-a"),
            ("everything kept, one thread / `cp -a`", &one_thread, "-a"),
            ("the mode alone / `cp -r`", &mode_alone, "-r"),
        ] {
            self.row(
                &format!("trees: 40,000 small files, {what}"),
                &place.filesystem(),
                if option == "-a" { limit } else { 1.0 },
                PAIRS,
                &Side { run: &|| copied(ours, &src, &dst), clean_up: &removing },
                &Side { run: &|| cp(option, &src, &dst), clean_up: &removing },
            )?;
        }
        fs::remove_dir_all(&src)?;
        // A new source for each copy, outside the time.
        let renewing = || {
            removing()?;
            fs::remove_dir_all(&src)?;
            sync()?;
            make(&src, DIRECTORIES / 4)
        };
        make(&src, DIRECTORIES / 4)?;
        self.row(
            "trees: 10,000 small files just written, everything kept / `cp -a`",
            &place.filesystem(),
            limit,
            PAIRS,
            &Side { run: &|| copied(&everything, &src, &dst), clean_up: &renewing },
            &Side { run: &|| cp("-a", &src, &dst), clean_up: &renewing },
        )?;
        Ok(fs::remove_dir_all(&src)?)
    }
}

/// Makes directories of files whose sizes are spread around 4 KiB.
fn make(root: &Path, directories: usize) -> Result<()> {
    let mut bytes = vec![0; 1 << 20];
    fastrand::fill(&mut bytes);
    for directory in 0..directories {
        let directory = root.join(directory.to_string());
        fs::create_dir_all(&directory)?;
        for file in 0..FILES_EACH {
            // A sum of uniform numbers is nearly normal, so that the size is nearly log-normal.
            let exponent = (0..4).map(|_| fastrand::f64() - 0.5).sum::<f64>() * 3.0;
            let size = (4096.0 * exponent.exp2()) as usize;
            fs::write(directory.join(file.to_string()), &bytes[..size])?;
        }
    }
    Ok(())
}

fn copied(options: &tree::Options<'_>, src: &Path, dst: &Path) -> Result<()> {
    let done = options.copy(src, dst)?;
    ensure!(done.files > 0 && done.failed.is_empty(), "{done:?}");
    Ok(())
}

fn cp(option: &str, src: &Path, dst: &Path) -> Result<()> {
    let status = Command::new("cp").arg(option).arg(src).arg(dst).status()?;
    ensure!(status.success(), "cp failed ({status})");
    Ok(())
}
