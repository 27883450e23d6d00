//! Trees of small files beside cp, xcp and cpz: 40,000 files of about 4 KiB, in directories of 200; and one
//! directory of 100,000 empty files.

use std::fs::{self, File};
use std::path::Path;

use anyhow::{Result, ensure};
use reflink::{Options, Preserve, tree};

use crate::cases::{Bench, sync};
use crate::pairs::Side;
use crate::peers::{Peer, own_peak};
use crate::place::Place;

const DIRECTORIES: usize = 200;
const FILES_EACH: usize = 200;
const FLAT: usize = 100_000;
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
        let rows = [
            ("everything kept", &everything, Peer("cp", &["-a"]), limit),
            ("everything kept, one thread", &one_thread, Peer("cp", &["-a"]), limit),
            ("the mode alone", &mode_alone, Peer("cp", &["-r"]), 1.0),
            ("the mode alone", &mode_alone, Peer("xcp", &["-r"]), 1.05),
            ("the mode alone", &mode_alone, Peer("cpz", &[]), 1.05),
        ];
        for (what, ours, peer, limit) in rows {
            let what = format!("trees: 40,000 small files, {what}");
            self.tree(place, (&what, limit), ours, &peer, &removing)?;
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
            &Side { run: &|| Peer("cp", &["-a"]).copy(&src, &dst), clean_up: &renewing },
        )?;
        fs::remove_dir_all(&src)?;
        make_flat(&src)?;
        sync()?;
        for (what, ours, peer, limit) in [
            ("everything kept", &everything, Peer("cp", &["-a"]), 1.0),
            ("the mode alone", &mode_alone, Peer("cp", &["-r"]), 1.0),
            ("the mode alone", &mode_alone, Peer("xcp", &["-r"]), 1.05),
            ("the mode alone", &mode_alone, Peer("cpz", &[]), 1.05),
        ] {
            let what = format!("trees: one directory of 100,000 empty files, {what}");
            self.tree(place, (&what, limit), ours, &peer, &removing)?;
        }
        Ok(fs::remove_dir_all(&src)?)
    }

    /// One row, with the most memory that each side had, or a row that says that the peer is not there.
    fn tree(
        &self,
        place: &Place,
        (what, limit): (&str, f64),
        ours: &tree::Options<'_>,
        peer: &Peer,
        clean_up: &dyn Fn() -> Result<()>,
    ) -> Result<()> {
        let (src, dst) = (place.path("tree"), place.path("copy"));
        let on = place.filesystem();
        if !peer.is_installed() {
            println!("| {what} / `{peer}` | {on} | {limit} | not installed | | |");
            return Ok(());
        }
        let memory = own_peak(|| copied(ours, &src, &dst))?;
        clean_up()?;
        let theirs = peer.peak(&src, &dst)?;
        clean_up()?;
        self.row(
            &format!("{what} / `{peer}` (peak memory {memory} / {theirs} KiB)"),
            &on,
            limit,
            PAIRS,
            &Side { run: &|| copied(ours, &src, &dst), clean_up },
            &Side { run: &|| peer.copy(&src, &dst), clean_up },
        )
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

/// Makes one directory of empty files.
fn make_flat(root: &Path) -> Result<()> {
    fs::create_dir(root)?;
    for file in 0..FLAT {
        File::create(root.join(file.to_string()))?;
    }
    Ok(())
}

fn copied(options: &tree::Options<'_>, src: &Path, dst: &Path) -> Result<()> {
    let done = options.copy(src, dst)?;
    ensure!(done.files > 0 && done.failed.is_empty(), "{done:?}");
    Ok(())
}
