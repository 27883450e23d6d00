//! Reports side by side: `cargo xtask bench compare`.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use super::output;
use super::report::{Report, SCHEMA};

/// Reports to compare.
#[derive(clap::Args)]
pub(super) struct Args {
    /// Two or more `report.json`; the first is what the others are compared with
    #[arg(required = true, num_args = 2.., value_name = "REPORT.json")]
    reports: Vec<PathBuf>,
    /// Where the comparison is written
    #[arg(long, value_name = "DIR", default_value = "target/bench/compare")]
    out: PathBuf,
}

pub(super) fn run(args: &Args) -> Result<()> {
    let mut all = Report { schema: SCHEMA, evaluations: Vec::new() };
    for path in &args.reports {
        let mut report = output::read(path)?;
        for evaluation in &mut report.evaluations {
            evaluation.label = format!("{} ({})", evaluation.label, name_of(path)?);
        }
        all.evaluations.extend(report.evaluations);
    }
    shorten(&mut all);
    output::write(&all, &args.out)
}

/// What tells a report from others: its directory's name if it is just called report, else its own.
fn name_of(path: &Path) -> Result<String> {
    let stem = path.file_stem().filter(|stem| *stem != "report");
    let full = std::path::absolute(path)?;
    let name = stem.or_else(|| full.parent()?.file_name()).context("a report has no name")?;
    Ok(name.to_string_lossy().into_owned())
}

/// Leaves out of the labels what is not needed to tell them apart.
fn shorten(report: &mut Report) {
    let short = |label: &str| label.split(" (").next().unwrap_or(label).to_owned();
    let labels = || report.evaluations.iter().map(|one| short(&one.label));
    if labels().collect::<HashSet<_>>().len() == labels().count() {
        for one in &mut report.evaluations {
            one.label = short(&one.label);
        }
    }
}
