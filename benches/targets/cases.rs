//! The targets.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use reflink::{Method, Mode};

use crate::bare::Names;
use crate::pairs::{Ratio, Side};
use crate::place::{GIB, MIB, Place};

/// Runs the targets that are wanted, and prints a line of the table for each.
pub(crate) struct Bench {
    /// Parts of names; all targets if there is none.
    pub(crate) wanted: Vec<String>,
}

impl Bench {
    pub(crate) fn row(
        &self,
        target: &str,
        on: &str,
        limit: f64,
        pairs: usize,
        ours: &Side<'_>,
        theirs: &Side<'_>,
    ) -> Result<()> {
        let ratio = Ratio::measure(ours, theirs, pairs)?;
        println!("| {target} | {on} | {limit:.2} | {ratio} | {} |", ratio.verdict(limit));
        Ok(())
    }

    pub(crate) fn wants(&self, name: &str) -> bool {
        self.wanted.is_empty() || self.wanted.iter().any(|part| name.contains(part))
    }

    /// The library's clone of a path against a program of the same system calls.
    pub(crate) fn overhead(&self, place: &Place) -> Result<()> {
        if !self.wants("overhead") {
            return Ok(());
        }
        let (src, dst) = (place.source("overhead", MIB)?, place.path("copy"));
        let names = Names::new(&src, &dst)?;
        let library = || cloned(reflink::always(&src, &dst));
        let removing = || remove(&dst);
        let (on, pairs) = (&place.filesystem(), 20_000);
        self.row(
            "overhead: `always` onto a new path / the bare system calls",
            on,
            1.05,
            pairs,
            &Side { run: &library, clean_up: &removing },
            &Side { run: &|| Ok(names.clone_new()?), clean_up: &removing },
        )?;
        library()?;
        self.row(
            "overhead: `always` onto an existing file / the bare system calls",
            on,
            1.05,
            pairs,
            &Side { run: &library, clean_up: &nothing },
            &Side { run: &|| Ok(names.clone_replacing()?), clean_up: &nothing },
        )?;
        remove(&dst)
    }

    /// The command against GNU cp, each with the start of its process.
    pub(crate) fn process(&self, place: &Place) -> Result<()> {
        if !self.wants("process") {
            return Ok(());
        }
        let (reflink, cp) = (built_command()?, found("cp")?);
        let (src, dst) = (place.source("process", MIB)?, place.path("copy"));
        let removing = || remove(&dst);
        let run = |program: &Path, words: &[&str]| {
            let status = Command::new(program).args(words).arg(&src).arg(&dst).status()?;
            ensure!(status.success(), "{} failed ({status})", program.display());
            Ok(())
        };
        self.row(
            "process: `reflink copy --reflink=always` / `cp --reflink=always`",
            &place.filesystem(),
            1.0,
            5000,
            &Side { run: &|| run(&reflink, &["copy", "--reflink=always"]), clean_up: &removing },
            &Side { run: &|| run(&cp, &["--reflink=always"]), clean_up: &removing },
        )
    }

    /// A range whose ends lie within blocks against one that is made of blocks.
    pub(crate) fn range(&self, place: &Place) -> Result<()> {
        if !self.wants("range") {
            return Ok(());
        }
        let (src, dst) = (place.source("range", GIB + MIB)?, File::create_new(place.path("copy"))?);
        let src = File::open(src)?;
        let partial = |from: u64, mode, method| {
            let outcome = reflink::partial(&src, from..from + GIB, &dst, from, mode)?;
            ensure!(outcome.method() == method, "by {}", outcome.method());
            Ok(())
        };
        let emptying = || Ok(dst.set_len(0)?);
        self.row(
            "range: unaligned 1 GiB / aligned 1 GiB",
            &place.filesystem(),
            3.0,
            200,
            &Side { run: &|| partial(1000, Mode::Auto, Method::Mixed), clean_up: &emptying },
            &Side { run: &|| partial(0, Mode::Always, Method::Clone), clean_up: &emptying },
        )
    }
}

/// The command as `cargo build --release` makes it, made now: the bench profile is not what users
/// get.
fn built_command() -> Result<PathBuf> {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("");
    let status = Command::new(env!("CARGO"))
        .args(["build", "--release", "--quiet", "--package=reflink-cli", "--target-dir"])
        .arg(&target)
        .status()?;
    ensure!(status.success(), "cannot build the command ({status})");
    Ok(target.join("release/reflink"))
}

/// Where a program is, so that looking for it is not a part of its time.
fn found(program: &str) -> Result<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut places = std::env::split_paths(&path).map(|dir| dir.join(program));
    places.find(|path| path.is_file()).with_context(|| format!("there is no {program}"))
}

pub(crate) fn cloned(result: reflink::Result<reflink::Outcome>) -> Result<()> {
    let method = result?.method();
    ensure!(method == Method::Clone, "by {method}");
    Ok(())
}

pub(crate) fn copied(result: reflink::Result<reflink::Outcome>) -> Result<()> {
    let outcome = result?;
    ensure!(outcome.cloned == 0, "{} bytes were cloned", outcome.cloned);
    Ok(())
}

pub(crate) fn remove(path: &Path) -> Result<()> {
    std::fs::remove_file(path).with_context(|| format!("cannot remove {}", path.display()))
}

pub(crate) fn sync() -> Result<()> {
    ensure!(Command::new("sync").status()?.success(), "sync failed");
    Ok(())
}

pub(crate) fn nothing() -> Result<()> {
    Ok(())
}
