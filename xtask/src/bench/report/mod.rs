//! What a report holds: the schema of `report.json`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::environment::Environment;

mod check;
mod comparison;
mod line;
mod measure;
mod section;
mod space;
mod topic;

pub(super) use check::Check;
pub(super) use comparison::{Change, Comparison};
pub(super) use line::Line;
pub(super) use measure::{Axis, Measure, Point, Quantity, Unit};
pub(super) use section::Section;
pub(super) use space::{Fiemap, Space};
pub(super) use topic::Topic;

/// The version of this schema: raised when a reader of the old one would misread the new one.
pub(super) const SCHEMA: u32 = 2;

/// What cloning costs on one or more filesystems.
#[derive(Serialize, Deserialize, JsonSchema)]
pub(super) struct Report {
    /// The version of this schema: 2.
    pub(super) schema: u32,
    /// One for each filesystem.
    pub(super) evaluations: Vec<Evaluation>,
}

/// One filesystem, evaluated.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
pub(super) struct Evaluation {
    /// What it is called in plots and tables.
    pub(super) label: String,
    /// When it began, in UTC, as RFC 3339 says.
    pub(super) started: String,
    /// How long it took, in seconds.
    pub(super) seconds: f64,
    /// How much was measured.
    pub(super) effort: Effort,
    /// Whether a signal ended it early; what is here was measured before.
    pub(super) interrupted: bool,
    /// The sections that failed, for which there is less than there should be, or nothing.
    pub(super) failed: Vec<Topic>,
    /// Where it ran.
    pub(super) environment: Environment,
    /// Why the filesystem clones nothing; null if it clones.
    pub(super) no_clones: Option<String>,
    /// What to do on this filesystem, a sentence or two each.
    pub(super) summary: Vec<String>,
    /// The checks of the figures by each other; none with effort "smoke".
    pub(super) checks: Vec<Check>,
    /// What changed since an earlier report; null if there is none to compare with.
    pub(super) comparison: Option<Comparison>,
    /// What was measured; each section once.
    pub(super) sections: Vec<Section>,
}

/// How much is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Effort {
    /// Just enough to see that everything works: no figure means anything.
    Smoke,
    /// One or two minutes.
    Quick,
    /// Many minutes.
    Full,
}

impl Evaluation {
    pub(super) fn section(&self, topic: Topic) -> Option<&Section> {
        self.sections.iter().find(|section| section.topic == topic)
    }

    /// The checks that failed.
    pub(super) fn failed_checks(&self) -> impl Iterator<Item = &Check> {
        self.checks.iter().filter(|check| !check.passed)
    }
}

/// The JSON schema of `report.json`.
pub(super) fn schema() -> anyhow::Result<String> {
    Ok(serde_json::to_string_pretty(&schemars::schema_for!(Report))? + "\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_committed_schema_is_current() {
        let committed = include_str!("../../../../docs/bench-report.schema.json");
        let command = "cargo xtask bench schema > docs/bench-report.schema.json";
        assert!(schema().unwrap() == committed, "bring it up to date: {command}");
    }
}
