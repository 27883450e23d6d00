//! Tables: the numbers under the plots.

use super::style;
use super::text::{measure_title, position};
use super::units::{bytes, count, times, with_unit};
use crate::bench::report::{Comparison, Evaluation, Measure, Section, Space, Unit};
use crate::bench::statistics::Summary;

/// A table whose first column names its rows.
pub(super) struct Table {
    pub(super) head: Vec<String>,
    pub(super) rows: Vec<(String, Vec<Cell>)>,
}

/// What a cell says, and what a reader can do without.
pub(super) struct Cell {
    pub(super) text: String,
    pub(super) note: String,
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self { text, note: String::new() }
    }
}

impl Cell {
    /// A median, and half the spread of the samples.
    pub(super) fn of(summary: &Summary, unit: Unit) -> Self {
        let spread = summary.spread() * 50.0;
        let spread = if spread > 100.0 { ">100".to_owned() } else { format!("{spread:.0}") };
        let noisy = if summary.is_noisy() { " ~" } else { "" };
        Self { text: with_unit(summary.median, unit), note: format!("±{spread} %{noisy}") }
    }
}

/// The medians of a measure: a row for each x, a column for each line.
pub(super) fn of_measure(measure: &Measure) -> Table {
    let points = measure.series.iter().flat_map(|line| &line.points);
    let mut xs: Vec<f64> = points.map(|point| point.x).collect();
    xs.sort_by(f64::total_cmp);
    xs.dedup();
    let names = measure.series.iter().map(|line| style::of(line.line).0.to_owned());
    let head = std::iter::once(measure.x.label.clone()).chain(names).collect();
    let row = |x: f64| {
        let cells = measure.series.iter().map(|line| {
            let point = line.points.iter().find(|point| point.x == x);
            point.map_or_else(
                || String::new().into(),
                |point| Cell::of(&point.summary, measure.y.unit),
            )
        });
        (with_unit(x, measure.x.unit), cells.collect())
    };
    Table { head, rows: xs.into_iter().map(row).collect() }
}

/// The space that the copies of a section took.
pub(super) fn of_space(section: &Section) -> Option<Table> {
    let head = ["what", "by", "length", "free space used", "shared", "own", "extents"];
    let row = |space: &Space| {
        let line = space.line.map_or("", |line| style::of(line).0);
        let mapped = match &space.fiemap {
            Some(map) => {
                [bytes(map.shared as f64), bytes(map.exclusive as f64), count(map.extents as f64)]
            }
            None => ["?", "?", "?"].map(str::to_owned),
        };
        let first = [line.to_owned(), bytes(space.length as f64), bytes(space.statfs as f64)];
        (space.what.clone(), first.into_iter().chain(mapped).map(Cell::from).collect())
    };
    let rows: Vec<_> = section.space.iter().map(row).collect();
    (!rows.is_empty()).then(|| Table { head: head.map(str::to_owned).to_vec(), rows })
}

/// The checks of all evaluations.
pub(super) fn of_checks(evaluations: &[Evaluation]) -> Table {
    let rows = evaluations.iter().flat_map(|one| {
        one.checks.iter().map(|check| {
            let result = if check.passed { "holds" } else { "FAILS" };
            let cells = [result.to_owned(), check.seen.clone()];
            (format!("{}: {}", one.label, check.claim), cells.map(Cell::from).into())
        })
    });
    let head = ["what must hold", "", "seen"].map(str::to_owned).to_vec();
    Table { head, rows: rows.collect() }
}

/// What changed since an earlier report.
pub(super) fn of_changes(comparison: &Comparison) -> Table {
    let rows = comparison.changes.iter().map(|change| {
        let title = measure_title(change.topic, &change.measure);
        let at = position(change.x, &change.axis);
        let name = format!("{title}: {}, {at}", style::of(change.line).0);
        let value = |value| with_unit(value, change.unit);
        let ratio = times(change.after / change.before);
        (name, [value(change.before), value(change.after), ratio].map(Cell::from).into())
    });
    let head = ["", "before", "now", "now / before"].map(str::to_owned).to_vec();
    Table { head, rows: rows.collect() }
}
