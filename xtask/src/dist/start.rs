//! How long the binary takes to start, beside cp.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};

use crate::bench::statistics::Summary;

const PAIRS: usize = 1000;

/// The medians of pairs that run one after the other, in random order, and of their ratios.
pub(super) fn measure(binary: &Path) -> Result<String> {
    let mut ours = Vec::with_capacity(PAIRS);
    let mut theirs = Vec::with_capacity(PAIRS);
    for _ in 0..PAIRS {
        if fastrand::bool() {
            ours.push(start(binary)?);
            theirs.push(start("cp".as_ref())?);
        } else {
            theirs.push(start("cp".as_ref())?);
            ours.push(start(binary)?);
        }
    }
    let ratios: Vec<_> = ours.iter().zip(&theirs).map(|(ours, theirs)| ours / theirs).collect();
    Ok(format!(
        "`reflink --version` takes {:.0} µs, `cp --version` {:.0} µs; median ratio of {PAIRS} pairs: {:.2}\n",
        Summary::of(&ours).median,
        Summary::of(&theirs).median,
        Summary::of(&ratios).median,
    ))
}

/// In microseconds.
fn start(program: &Path) -> Result<f64> {
    let mut command = Command::new(program);
    command.arg("--version").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let start = Instant::now();
    let status = command.status().with_context(|| format!("cannot run {}", program.display()))?;
    let took = start.elapsed();
    ensure!(status.success(), "{} fails", program.display());
    Ok(took.as_secs_f64() * 1e6)
}
