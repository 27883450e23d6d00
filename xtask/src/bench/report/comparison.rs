//! What changed since an earlier report.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::line::Line;
use super::measure::{Axis, Unit};
use super::topic::Topic;

/// An evaluation beside an earlier one.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
pub(in crate::bench) struct Comparison {
    /// The file of the earlier report.
    pub(in crate::bench) baseline: String,
    /// When the earlier evaluation began, in UTC, as RFC 3339 says.
    pub(in crate::bench) started: String,
    /// How many figures both have.
    pub(in crate::bench) figures: usize,
    /// In what else the two differ: kernels, machines.
    pub(in crate::bench) differences: Vec<String>,
    /// The figures that changed beyond the noise, those that changed the most first.
    pub(in crate::bench) changes: Vec<Change>,
}

/// A figure that changed.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
pub(in crate::bench) struct Change {
    /// Its section.
    pub(in crate::bench) topic: Topic,
    /// Its measure.
    pub(in crate::bench) measure: String,
    /// Its line.
    pub(in crate::bench) line: Line,
    /// What was varied.
    pub(in crate::bench) axis: Axis,
    /// Where on that axis.
    pub(in crate::bench) x: f64,
    /// The unit of both medians.
    pub(in crate::bench) unit: Unit,
    /// The median of the earlier report.
    pub(in crate::bench) before: f64,
    /// The median now.
    pub(in crate::bench) after: f64,
}
