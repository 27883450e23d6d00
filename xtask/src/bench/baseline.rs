//! An earlier report, to compare with: `--baseline`.

use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};

use super::output;
use super::report::{Change, Comparison, Evaluation, Measure, Report, Section};

/// Smaller changes are not named: two runs on one machine differ by as much.
const CHANGED: f64 = 1.1;

/// An earlier report.
pub(super) struct Baseline {
    path: PathBuf,
    report: Report,
}

impl Baseline {
    /// Reads the report of `path`, which must have each of `labels`.
    pub(super) fn read(path: &Path, labels: &[String]) -> Result<Self> {
        let baseline = Self { path: path.to_owned(), report: output::read(path)? };
        let has = baseline.report.evaluations.iter().map(|one| one.label.as_str());
        let has: Vec<_> = has.collect();
        for label in labels {
            ensure!(
                has.contains(&label.as_str()),
                "the baseline {} has no evaluation of {label}, but of {}",
                path.display(),
                if has.is_empty() { "nothing".to_owned() } else { has.join(", ") }
            );
        }
        Ok(baseline)
    }

    /// `now` beside the evaluation of the same label.
    pub(super) fn compare(&self, now: &Evaluation) -> Option<Comparison> {
        let before = self.report.evaluations.iter().find(|one| one.label == now.label)?;
        let (figures, mut changes) = changes(before, now);
        let factor = |change: &Change| (change.after / change.before).ln().abs();
        changes.sort_by(|a, b| factor(b).total_cmp(&factor(a)));
        Some(Comparison {
            baseline: self.path.display().to_string(),
            started: before.started.clone(),
            figures,
            differences: differences(before, now),
            changes,
        })
    }
}

/// How many figures both have, and those that changed beyond the noise.
fn changes(before: &Evaluation, now: &Evaluation) -> (usize, Vec<Change>) {
    let mut figures = 0;
    let mut changes = Vec::new();
    for section in &now.sections {
        let Some(old) = before.section(section.topic) else { continue };
        for measure in &section.measures {
            let (count, mut changed) = changes_of(old, section, measure);
            figures += count;
            changes.append(&mut changed);
        }
    }
    (figures, changes)
}

fn changes_of(old: &Section, new: &Section, measure: &Measure) -> (usize, Vec<Change>) {
    let mut figures = 0;
    let mut changes = Vec::new();
    for series in &measure.series {
        for point in &series.points {
            let old = old.points(&measure.name, series.line).iter().find(|old| old.x == point.x);
            let Some(old) = old else { continue };
            figures += 1;
            let ratio = point.summary.ratio_to(&old.summary);
            if ratio.is_some_and(|ratio| ratio.max(ratio.recip()) > CHANGED) {
                changes.push(Change {
                    topic: new.topic,
                    measure: measure.name.clone(),
                    line: series.line,
                    axis: measure.x.clone(),
                    x: point.x,
                    unit: measure.y.unit,
                    before: old.summary.median,
                    after: point.summary.median,
                });
            }
        }
    }
    (figures, changes)
}

/// What else differs, and may be why figures do.
fn differences(before: &Evaluation, now: &Evaluation) -> Vec<String> {
    let (old, new) = (&before.environment, &now.environment);
    let effort = |one: &Evaluation| format!("{:?}", one.effort).to_lowercase();
    let cpus = |cpus: usize| cpus.to_string();
    [
        ("effort", effort(before), effort(now)),
        ("kernel", old.kernel.clone(), new.kernel.clone()),
        ("processor", old.processor.clone(), new.processor.clone()),
        ("number of CPUs", cpus(old.cpus), cpus(new.cpus)),
        ("filesystem", old.filesystem.clone(), new.filesystem.clone()),
        ("mount options", old.mount_options.clone(), new.mount_options.clone()),
        ("device", old.device.clone(), new.device.clone()),
    ]
    .into_iter()
    .filter(|(_, old, new)| old != new)
    .map(|(what, old, new)| format!("the {what} was {old}, and is {new}"))
    .collect()
}
