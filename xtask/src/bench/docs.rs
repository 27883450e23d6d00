//! The figures and pictures of a report, put into the documentation: `cargo xtask bench docs`.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};

use super::output;
use super::page::View;
use super::page::units::{bytes, count, with_unit};
use super::report::{Effort, Evaluation, Line, Report, Topic, Unit};

/// Between these lines of a document everything is replaced.
const BEGIN: &str = "<!-- From a report, by cargo xtask bench docs. -->";
const END: &str = "<!-- End of what is from the report. -->";

/// The plot that the README shows, and the measure that it is of.
const PLOT: (Topic, &str) = (Topic::Fragmentation, "extents");

/// The report whose figures are used.
#[derive(clap::Args)]
pub(super) struct Args {
    /// A full report that passed its checks
    #[arg(value_name = "REPORT.json", default_value = "target/bench/report.json")]
    report: PathBuf,
    /// The checkout whose documents are changed
    #[arg(long, value_name = "DIR", default_value = ".")]
    into: PathBuf,
}

pub(super) fn run(args: &Args) -> Result<()> {
    let report = output::read(&args.report)?;
    ensure!(!report.evaluations.is_empty(), "{} is empty", args.report.display());
    for one in &report.evaluations {
        let label = &one.label;
        ensure!(one.effort == Effort::Full, "the evaluation of {label} is not a full one");
        let failed = one.failed_checks().map(|check| format!("{}: {}", check.claim, check.seen));
        let failed = failed.collect::<Vec<_>>().join("; ");
        ensure!(failed.is_empty(), "the evaluation of {label} fails its checks: {failed}");
    }
    let images = args.into.join("docs/images");
    for (name, svg) in pictures(&report)? {
        write(&images.join(name), &svg)?;
    }
    replace(&args.into.join("README.md"), &readme(&report)?)?;
    replace(&args.into.join("BENCHMARKS.md"), &benchmarks(&report)?)
}

/// The README's pictures, each with its file's name.
fn pictures(report: &Report) -> Result<Vec<(String, String)>> {
    let view = View::new(report)?;
    let one = |one: &Evaluation| Some((picture(one), view.plot(PLOT.0, PLOT.1, &one.label)?));
    Ok(report.evaluations.iter().filter_map(one).collect())
}

fn picture(evaluation: &Evaluation) -> String {
    format!("extents-after-overwrites-{}.svg", evaluation.environment.filesystem)
}

fn readme(report: &Report) -> Result<String> {
    let with: Vec<_> =
        report.evaluations.iter().filter_map(|one| Some((one, alternative(one)?))).collect();
    let row = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    let mut text = row(with.iter().map(|(one, _)| one.label.clone()).collect());
    text += &format!("|{}\n", "---|".repeat(with.len()));
    text += &row(with
        .iter()
        .map(|(one, words)| format!("![{words}](docs/images/{})", picture(one)))
        .collect());
    text += "\n";
    for one in &report.evaluations {
        for topic in [Topic::Methods, Topic::Fragmentation] {
            let finding = one.section(topic).map_or("", |section| section.finding.as_str());
            if !finding.is_empty() {
                text += &format!("- {}: {finding}\n", one.label);
            }
        }
    }
    Ok(text + "\n" + &source(report)?)
}

/// What the plot of extents shows, for those who do not see it.
fn alternative(one: &Evaluation) -> Option<String> {
    let section = one.section(PLOT.0)?;
    let last = |line| section.points(PLOT.1, line).last();
    let (clone, unshared) = (last(Line::Clone)?, last(Line::Unshared)?);
    Some(format!(
        "{}: after {} overwrites a clone has {} extents, an unshared file {}",
        one.label,
        count(clone.x),
        count(clone.summary.median),
        count(unshared.summary.median)
    ))
}

fn benchmarks(report: &Report) -> Result<String> {
    let mut text = String::new();
    for one in &report.evaluations {
        text += &format!("{}:\n\n", one.label);
        for sentence in &one.summary {
            text += &format!("- {sentence}\n");
        }
        text += "\n";
    }
    Ok(text + &View::new(report)?.main_figures() + "\n" + &source(report)?)
}

/// Where the figures come from: the command and the machine.
fn source(report: &Report) -> Result<String> {
    let first = &report.evaluations.first().context("the report is empty")?;
    let environment = &first.environment;
    let labels: Vec<_> = report.evaluations.iter().map(|one| one.label.as_str()).collect();
    let minutes = report.evaluations.iter().map(|one| one.seconds).sum::<f64>() / 60.0;
    let release = environment.kernel.split_whitespace().next().unwrap_or("unknown");
    let version = release.split('.').take(2).collect::<Vec<_>>().join(".");
    // Where the image is, is of no use to others.
    let device = environment.device.split(" on /").next().unwrap_or_default();
    Ok(format!(
        "Medians of `cargo xtask bench --fs {}` on Linux {version}, {} × {}, {} of memory; {device}. \
         The run took {} minutes.\n",
        labels.join(","),
        environment.cpus,
        environment.processor,
        bytes(environment.memory as f64),
        with_unit(minutes.ceil(), Unit::Count),
    ))
}

/// Replaces what is between the marks of a document.
fn replace(path: &Path, text: &str) -> Result<()> {
    let old =
        fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let new = replaced(&old, text)
        .with_context(|| format!("{} lacks the lines {BEGIN} and {END}", path.display()))?;
    write(path, &new)
}

fn replaced(old: &str, text: &str) -> Option<String> {
    let (head, rest) = old.split_once(BEGIN)?;
    let (_, tail) = rest.split_once(END)?;
    Some(format!("{head}{BEGIN}\n\n{text}\n{END}{tail}"))
}

fn write(path: &Path, text: &str) -> Result<()> {
    fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))?;
    println!("{}", path.display());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_between_the_marks_is_replaced() {
        let old = format!("head\n{BEGIN}\nold\n{END}\ntail\n");
        let new = replaced(&old, "new\n").unwrap();
        assert_eq!(new, format!("head\n{BEGIN}\n\nnew\n\n{END}\ntail\n"));
        assert_eq!(replaced(&new, "new\n").unwrap(), new);
        assert!(replaced("head\n", "new\n").is_none());
    }

    #[test]
    fn the_documents_have_the_marks() {
        for text in [include_str!("../../../README.md"), include_str!("../../../BENCHMARKS.md")] {
            assert!(replaced(text, "").is_some());
        }
    }
}
