//! What a report holds: the schema of `report.json`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::environment::Environment;
use super::statistics::Summary;

/// The version of this schema: raised when a reader of the old one would misread the new one.
pub(super) const SCHEMA: u32 = 1;

/// What cloning costs on one or more filesystems.
#[derive(Serialize, Deserialize, JsonSchema)]
pub(super) struct Report {
    /// The version of this schema: 1.
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
    /// Where it ran.
    pub(super) environment: Environment,
    /// Why the filesystem clones nothing; null if it clones.
    pub(super) no_clones: Option<String>,
    /// The findings in words.
    pub(super) summary: String,
    /// What was measured; each section once.
    pub(super) sections: Vec<Section>,
}

/// How much is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Effort {
    /// Just enough to see that everything works: no figure means anything.
    Smoke,
    /// Less than a minute.
    Quick,
    /// Several minutes.
    Full,
}

/// The questions that an evaluation answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Topic {
    /// Which method is the fastest at which size.
    Methods,
    /// What an extent costs.
    Extents,
    /// What the first write to a clone costs.
    Overwrites,
    /// What many writes make of a clone.
    Fragmentation,
    /// Clones of clones, and many clones of one file.
    Generations,
    /// Many threads.
    Threads,
    /// Many small files.
    SmallFiles,
}

impl Topic {
    /// All of them, in the order of the report.
    pub(super) const ALL: [Self; 7] = [
        Self::Methods,
        Self::Extents,
        Self::Overwrites,
        Self::Fragmentation,
        Self::Generations,
        Self::Threads,
        Self::SmallFiles,
    ];
}

/// The answer to one of the questions.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
pub(super) struct Section {
    /// The question.
    pub(super) topic: Topic,
    /// Why there is nothing here, or less than there should be; null if all is here.
    pub(super) missing: Option<String>,
    /// The answer in words, as far as there is one.
    pub(super) finding: String,
    /// What was measured.
    pub(super) measures: Vec<Measure>,
    /// The space that copies took.
    pub(super) space: Vec<Space>,
}

/// One quantity against another.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
pub(super) struct Measure {
    /// Its name; unique within its section.
    pub(super) name: String,
    /// What was varied.
    pub(super) x: Axis,
    /// What was measured.
    pub(super) y: Axis,
    /// A line each.
    pub(super) series: Vec<Series>,
}

/// A quantity.
#[derive(Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(super) struct Axis {
    /// What it is.
    pub(super) label: String,
    /// What its numbers count.
    pub(super) unit: Unit,
}

/// A unit of numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Unit {
    /// Things.
    Count,
    /// Bytes.
    Bytes,
    /// Seconds.
    Seconds,
    /// Bytes a second.
    BytesPerSecond,
    /// Things a second.
    PerSecond,
}

/// One line of a plot.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
pub(super) struct Series {
    /// What it shows.
    pub(super) line: Line,
    /// In the order of x.
    pub(super) points: Vec<Point>,
}

/// What a line shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Line {
    /// FICLONE. Each was checked to be one.
    Clone,
    /// The system call copy_file_range, which may share blocks: see the space it took.
    CopyFileRange,
    /// read and write.
    ReadWrite,
    /// A file that shares nothing.
    Unshared,
    /// A clone, written to for the first time.
    FirstWrite,
    /// The same blocks once more.
    SecondWrite,
    /// Each clone made from the one before.
    Depth,
    /// All clones made from one file.
    Width,
    /// All threads clone one file.
    OneSource,
    /// Each thread clones a file of its own.
    OwnSources,
}

/// The samples at one x.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
pub(super) struct Point {
    /// Where on the x axis.
    pub(super) x: f64,
    /// All that was measured there, in the order of time.
    pub(super) samples: Vec<f64>,
    /// What the samples amount to.
    pub(super) summary: Summary,
}

/// The space that something took.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
pub(super) struct Space {
    /// What was made.
    pub(super) what: String,
    /// The line that this belongs to, where there is one.
    pub(super) line: Option<Line>,
    /// The length of the new files in bytes.
    pub(super) length: u64,
    /// By how many bytes the filesystem's free space shrank, metadata included.
    pub(super) statfs: i64,
    /// The new files' extents; null where the filesystem does not tell.
    pub(super) fiemap: Option<Fiemap>,
}

/// What FIEMAP says about files, summed up.
#[derive(Clone, Copy, Default, Serialize, Deserialize, JsonSchema)]
pub(super) struct Fiemap {
    /// Bytes that they share with others.
    pub(super) shared: u64,
    /// Bytes of their own.
    pub(super) exclusive: u64,
    /// Extents.
    pub(super) extents: u64,
}

impl Evaluation {
    pub(super) fn section(&self, topic: Topic) -> Option<&Section> {
        self.sections.iter().find(|section| section.topic == topic)
    }
}

impl Section {
    pub(super) fn new(topic: Topic) -> Self {
        Self {
            topic,
            missing: None,
            finding: String::new(),
            measures: Vec::new(),
            space: Vec::new(),
        }
    }

    /// The points of a line, or none.
    pub(super) fn points(&self, measure: &str, line: Line) -> &[Point] {
        self.measures
            .iter()
            .find(|candidate| candidate.name == measure)
            .and_then(|measure| measure.series.iter().find(|series| series.line == line))
            .map_or(&[], |series| &series.points)
    }

    /// Adds a sample to the point at `x`.
    pub(super) fn add(&mut self, of: &Quantity, line: Line, x: f64, sample: f64) {
        let measure =
            find_or_add(&mut self.measures, |measure| measure.name == of.name, || of.empty());
        let series = find_or_add(
            &mut measure.series,
            |series| series.line == line,
            || Series { line, points: Vec::new() },
        );
        let point = find_or_add(&mut series.points, |point| point.x == x, || Point::empty(x));
        point.samples.push(sample);
        point.summary = Summary::of(&point.samples);
    }
}

impl Point {
    fn empty(x: f64) -> Self {
        Self { x, samples: Vec::new(), summary: Summary::of(&[]) }
    }
}

/// What a section measures: a name and two axes, each with what it is and its unit.
pub(super) struct Quantity {
    pub(super) name: &'static str,
    pub(super) x: (&'static str, Unit),
    pub(super) y: (&'static str, Unit),
}

impl Quantity {
    fn empty(&self) -> Measure {
        let axis = |(label, unit): (&str, Unit)| Axis { label: label.to_owned(), unit };
        Measure { name: self.name.to_owned(), x: axis(self.x), y: axis(self.y), series: Vec::new() }
    }
}

fn find_or_add<T>(items: &mut Vec<T>, is: impl Fn(&T) -> bool, new: impl FnOnce() -> T) -> &mut T {
    let at = items.iter().position(is).unwrap_or_else(|| {
        items.push(new());
        items.len() - 1
    });
    &mut items[at]
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
        let committed = include_str!("../../../docs/bench-report.schema.json");
        let command = "cargo xtask bench schema > docs/bench-report.schema.json";
        assert!(schema().unwrap() == committed, "bring it up to date: {command}");
    }

    #[test]
    fn samples_go_to_their_point() {
        const TIME: Quantity =
            Quantity { name: "time", x: ("size", Unit::Bytes), y: ("time", Unit::Seconds) };
        let mut section = Section::new(Topic::Methods);
        for (line, x, sample) in [
            (Line::Clone, 1.0, 3.0),
            (Line::ReadWrite, 1.0, 9.0),
            (Line::Clone, 2.0, 5.0),
            (Line::Clone, 1.0, 4.0),
        ] {
            section.add(&TIME, line, x, sample);
        }
        let points = section.points("time", Line::Clone);
        assert_eq!(points.iter().map(|point| point.x).collect::<Vec<_>>(), [1.0, 2.0]);
        assert_eq!(points[0].samples, [3.0, 4.0]);
        assert_eq!(points[0].summary.median, 3.5);
        assert_eq!(section.points("time", Line::ReadWrite).len(), 1);
        assert!(section.points("speed", Line::Clone).is_empty());
    }
}
