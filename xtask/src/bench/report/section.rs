//! The answer to one question.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::line::Line;
use super::measure::{Measure, Point, Quantity, Series};
use super::space::Space;
use super::topic::Topic;
use crate::bench::statistics::Summary;

/// The answer to one of the questions.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
pub(in crate::bench) struct Section {
    /// The question.
    pub(in crate::bench) topic: Topic,
    /// How long it took to measure, in seconds.
    pub(in crate::bench) seconds: f64,
    /// Why there is nothing here, or less than there should be; null if all is here.
    pub(in crate::bench) missing: Option<String>,
    /// The answer in words, as far as there is one.
    pub(in crate::bench) finding: String,
    /// What was measured.
    pub(in crate::bench) measures: Vec<Measure>,
    /// The space that copies took.
    pub(in crate::bench) space: Vec<Space>,
}

impl Section {
    pub(in crate::bench) fn new(topic: Topic) -> Self {
        Self {
            topic,
            seconds: 0.0,
            missing: None,
            finding: String::new(),
            measures: Vec::new(),
            space: Vec::new(),
        }
    }

    /// The points of a line, or none.
    pub(in crate::bench) fn points(&self, measure: &str, line: Line) -> &[Point] {
        self.measures
            .iter()
            .find(|candidate| candidate.name == measure)
            .and_then(|measure| measure.series.iter().find(|series| series.line == line))
            .map_or(&[], |series| &series.points)
    }

    /// Adds a sample to the point at `x`.
    pub(in crate::bench) fn add(&mut self, of: &Quantity, line: Line, x: f64, sample: f64) {
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

    /// Sorts lines and points, which come in any order.
    pub(in crate::bench) fn in_order(&mut self) {
        for measure in &mut self.measures {
            measure.series.sort_by_key(|series| series.line);
            for series in &mut measure.series {
                series.points.sort_by(|a, b| a.x.total_cmp(&b.x));
            }
        }
    }
}

fn find_or_add<T>(items: &mut Vec<T>, is: impl Fn(&T) -> bool, new: impl FnOnce() -> T) -> &mut T {
    let at = items.iter().position(is).unwrap_or_else(|| {
        items.push(new());
        items.len() - 1
    });
    &mut items[at]
}

#[cfg(test)]
mod tests {
    use super::super::measure::Unit;
    use super::*;

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
