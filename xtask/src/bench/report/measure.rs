//! What was measured: samples, at points, on lines.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::line::Line;
use crate::bench::statistics::Summary;

/// One quantity against another.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
pub(in crate::bench) struct Measure {
    /// Its name; unique within its section.
    pub(in crate::bench) name: String,
    /// What was varied.
    pub(in crate::bench) x: Axis,
    /// What was measured.
    pub(in crate::bench) y: Axis,
    /// A line each.
    pub(in crate::bench) series: Vec<Series>,
}

/// A quantity.
#[derive(Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(in crate::bench) struct Axis {
    /// What it is.
    pub(in crate::bench) label: String,
    /// What its numbers count.
    pub(in crate::bench) unit: Unit,
}

/// A unit of numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(in crate::bench) enum Unit {
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
pub(in crate::bench) struct Series {
    /// What it shows.
    pub(in crate::bench) line: Line,
    /// In the order of x.
    pub(in crate::bench) points: Vec<Point>,
}

/// The samples at one x.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
pub(in crate::bench) struct Point {
    /// Where on the x axis.
    pub(in crate::bench) x: f64,
    /// All that was measured there, in the order of time.
    pub(in crate::bench) samples: Vec<f64>,
    /// What the samples amount to.
    pub(in crate::bench) summary: Summary,
}

impl Point {
    pub(super) fn empty(x: f64) -> Self {
        Self { x, samples: Vec::new(), summary: Summary::of(&[]) }
    }
}

/// What a section measures: a name and two axes, each with what it is and its unit.
pub(in crate::bench) struct Quantity {
    pub(in crate::bench) name: &'static str,
    pub(in crate::bench) x: (&'static str, Unit),
    pub(in crate::bench) y: (&'static str, Unit),
}

impl Quantity {
    pub(super) fn empty(&self) -> Measure {
        let axis = |(label, unit): (&str, Unit)| Axis { label: label.to_owned(), unit };
        Measure { name: self.name.to_owned(), x: axis(self.x), y: axis(self.y), series: Vec::new() }
    }
}
