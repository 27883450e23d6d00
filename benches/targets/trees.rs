//! Trees beside cp, xcp and cpz: 40,000 files of about 4 KiB, in directories of 200; one directory of 100,000
//! empty files; and any tree of the caller.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};
use reflink::{Options, Permissions, Preserve, tree};

use crate::cases::{Bench, sync};
use crate::pairs::Side;
use crate::peers::{Peak, Peer};
use crate::place::Place;
use crate::tree_sources::{self as sources, Size};

/// A tree of the caller that is copied, too; at most 1 GiB.
const REAL: &str = "REFLINK_BENCH_TREE";
const DIRECTORIES: usize = 200;
const PAIRS: usize = 7;

const ARCHIVE: Peer = Peer("cp", &["-a"]);
const RECURSIVE: Peer = Peer("cp", &["-r"]);
/// They keep the mode alone, and copy in threads.
const IN_THREADS: [Peer; 2] = [Peer("xcp", &["-r"]), Peer("cpz", &[])];
/// For a peer that keeps the mode alone and copies in threads.
const LIMIT_IN_THREADS: f64 = 1.05;

/// What the library keeps, the peer, and the limit.
type Row<'r> = (&'r str, &'r tree::Options<'static>, Peer, f64);

impl Bench {
    /// Trees of `from`, copied to `to`.
    pub(crate) fn trees(&self, from: &Place, to: &Place) -> Result<()> {
        let on = if std::ptr::eq(from, to) {
            from.filesystem()
        } else {
            format!("{} → {}", from.filesystem(), to.filesystem())
        };
        let (src, dst) = (from.path("tree"), to.path("copy"));
        let ground =
            Ground { bench: self, limit: if on == "btrfs" { 0.75 } else { 0.5 }, on, src, dst };
        ground.small_files()?;
        ground.just_written()?;
        ground.flat()?;
        match std::env::var_os(REAL) {
            Some(given) => ground.real(Path::new(&given)),
            None => Ok(()),
        }
    }
}

/// Where trees are copied.
struct Ground<'b> {
    bench: &'b Bench,
    on: String,
    src: PathBuf,
    dst: PathBuf,
    /// What `cp -a` allows where everything is kept.
    limit: f64,
}

impl Ground<'_> {
    fn small_files(&self) -> Result<()> {
        let (all, mode) = (everything(), mode_alone());
        let one_thread = all.clone().threads(1);
        let rows = [
            ("everything kept", &all, ARCHIVE, self.limit),
            ("everything kept, one thread", &one_thread, ARCHIVE, self.limit),
            ("the mode alone", &mode, RECURSIVE, 1.0),
        ];
        let make = || sources::small_files(&self.src, DIRECTORIES);
        self.rows("40,000 small files", &make, &[&rows[..], &in_threads(&mode)].concat())
    }

    fn just_written(&self) -> Result<()> {
        let target = "trees: 10,000 small files just written, everything kept / `cp -a`";
        if !self.bench.wants(target) {
            return Ok(());
        }
        let all = everything();
        let make = || sources::small_files(&self.src, DIRECTORIES / 4);
        make()?;
        let expected = Size::of(&self.src)?;
        // A new source for each copy, outside the time. Its sizes are others.
        let renewing = || {
            let found = Size::of(&self.dst)?;
            ensure!(found == Size::of(&self.src)?, "{found:?} of a source like {expected:?}");
            self.remove_copy()?;
            fs::remove_dir_all(&self.src)?;
            sync()?;
            make()
        };
        let ours = Side { run: &|| self.copy(&all), clean_up: &renewing };
        let cp = Side { run: &|| ARCHIVE.copy(&self.src, &self.dst), clean_up: &renewing };
        self.bench.row(target, &self.on, self.limit, PAIRS, &ours, &cp)?;
        Ok(fs::remove_dir_all(&self.src)?)
    }

    fn flat(&self) -> Result<()> {
        let (all, mode) = (everything(), mode_alone());
        let rows =
            [("everything kept", &all, ARCHIVE, 1.0), ("the mode alone", &mode, RECURSIVE, 1.0)];
        let what = "one directory of 100,000 empty files";
        let make = || sources::flat(&self.src);
        self.rows(what, &make, &[&rows[..], &in_threads(&mode)].concat())
    }

    fn real(&self, given: &Path) -> Result<()> {
        let (all, mode) = (everything(), mode_alone());
        let rows =
            [("everything kept", &all, ARCHIVE, 1.0), ("the mode alone", &mode, RECURSIVE, 1.0)];
        let Size { entries, bytes } = Size::of(given)?;
        let what = format!("a real tree ({entries} entries, {} MiB)", bytes >> 20);
        let make = || sources::real(given, &self.src);
        self.rows(&what, &make, &[&rows[..], &in_threads(&mode)].concat())
    }

    /// Rows about one source, which is on disk.
    fn rows(&self, what: &str, make: &dyn Fn() -> Result<()>, rows: &[Row<'_>]) -> Result<()> {
        let target = |kept: &str, peer: Peer| format!("trees: {what}, {kept} / `{peer}`");
        let is_wanted = |(kept, _, peer, _): &&Row<'_>| self.bench.wants(&target(kept, *peer));
        let wanted: Vec<_> = rows.iter().filter(is_wanted).collect();
        if wanted.is_empty() {
            return Ok(());
        }
        make()?;
        sync()?;
        let expected = Size::of(&self.src)?;
        for (kept, ours, peer, limit) in wanted {
            self.row(&target(kept, *peer), expected, ours, *peer, *limit)?;
        }
        Ok(fs::remove_dir_all(&self.src)?)
    }

    /// One row, with the most memory and threads that each side had, or a row that says that the peer is missing.
    fn row(
        &self,
        target: &str,
        expected: Size,
        ours: &tree::Options<'_>,
        peer: Peer,
        limit: f64,
    ) -> Result<()> {
        let on = &self.on;
        if !peer.is_installed() {
            let Peer(program, _) = peer;
            println!(
                "| {target} | {on} | {limit:.2} | not installed: `cargo install {program}` | | |"
            );
            return Ok(());
        }
        // After each copy, outside the time: a side that copies less is no faster.
        let checked = || {
            let found = Size::of(&self.dst)?;
            ensure!(found == expected, "{target}: {found:?} was copied of {expected:?}");
            self.remove_copy()
        };
        let ours_at_most = Peak::own(|| self.copy(ours))?;
        checked()?;
        let theirs_at_most = peer.peak(&self.src, &self.dst)?;
        checked()?;
        let target = format!("{target} (at most {ours_at_most} / {theirs_at_most})");
        let ours = Side { run: &|| self.copy(ours), clean_up: &checked };
        let theirs = Side { run: &|| peer.copy(&self.src, &self.dst), clean_up: &checked };
        self.bench.row(&target, on, limit, PAIRS, &ours, &theirs)
    }

    fn copy(&self, options: &tree::Options<'_>) -> Result<()> {
        let done = options.copy(&self.src, &self.dst)?;
        ensure!(done.files > 0 && done.failed.is_empty(), "{done:?}");
        Ok(())
    }

    fn remove_copy(&self) -> Result<()> {
        fs::remove_dir_all(&self.dst)?;
        sync()
    }
}

fn everything() -> tree::Options<'static> {
    tree::Options::new().files(Options::new().preserve_if_possible(Preserve::ALL))
}

/// The mode under the umask, as of the command's `-r`, and of the peers.
fn mode_alone() -> tree::Options<'static> {
    tree::Options::new().files(Options::new().permissions(Permissions::Umask))
}

/// The rows of the peers that copy in threads.
fn in_threads<'r>(mode_alone: &'r tree::Options<'static>) -> [Row<'r>; 2] {
    IN_THREADS.map(|peer| ("the mode alone", mode_alone, peer, LIMIT_IN_THREADS))
}
