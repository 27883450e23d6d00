//! The most telling figures of each evaluation, beside each other.

use super::style;
use super::table::{Table, cell};
use super::text::measure_title;
use super::units::{times, with_unit};
use crate::bench::report::{Evaluation, Line, Measure, Series, Topic};

/// The lines whose ends are shown.
const LINES: [(Topic, &str, &[Line]); 9] = [
    (Topic::Methods, "call", &[Line::Clone, Line::CopyFileRange, Line::ReadWrite]),
    (Topic::Extents, "clone", &[Line::Clone]),
    (Topic::Overwrites, "random", &[Line::FirstWrite, Line::SecondWrite, Line::Unshared]),
    (Topic::Fragmentation, "extents", &[Line::Clone, Line::Unshared]),
    (Topic::Fragmentation, "read", &[Line::Clone, Line::Unshared]),
    (Topic::Generations, "clone", &[Line::Depth, Line::Width]),
    (Topic::Threads, "clones", &[Line::OneSource, Line::OwnSources]),
    (Topic::SmallFiles, "clean", &[Line::Clone, Line::ReadWrite]),
    (Topic::SmallFiles, "dirty", &[Line::Clone, Line::ReadWrite]),
];

/// A row for each figure, a column for each evaluation; if there are two, a column that says how
/// many times larger the second is.
pub(super) fn table(evaluations: &[Evaluation]) -> Table {
    let mut head = vec![String::new()];
    head.extend(evaluations.iter().map(|evaluation| evaluation.label.clone()));
    if let [first, second] = evaluations {
        head.push(format!("{} / {}", second.label, first.label));
    }
    let rows = LINES.iter().flat_map(|(topic, name, lines)| {
        lines.iter().flat_map(move |line| rows(evaluations, *topic, name, *line))
    });
    Table { head, rows: rows.collect() }
}

/// The rows for the ends of one line, if any evaluation has it.
fn rows(evaluations: &[Evaluation], topic: Topic, name: &str, line: Line) -> Vec<Vec<String>> {
    let of = |evaluation: &Evaluation| -> Option<(Measure, Series)> {
        let measure = evaluation.section(topic)?.measures.iter().find(|m| m.name == name)?.clone();
        let series = measure.series.iter().find(|series| series.line == line)?.clone();
        Some((measure, series))
    };
    let found: Vec<_> = evaluations.iter().map(of).collect();
    let Some((measure, series)) = found.iter().flatten().next() else { return Vec::new() };
    let mut ends: Vec<f64> = series.points.first().map(|point| point.x).into_iter().collect();
    ends.extend(series.points.last().map(|point| point.x).filter(|x| Some(x) != ends.first()));
    ends.into_iter()
        .map(|x| {
            let summaries: Vec<_> = found
                .iter()
                .map(|found| {
                    let (_, series) = found.as_ref()?;
                    series.points.iter().find(|point| point.x == x).map(|point| &point.summary)
                })
                .collect();
            let mut row = vec![format!(
                "{}: {}, {} {}",
                measure_title(topic, name),
                style::of(line).0,
                with_unit(x, measure.x.unit),
                short(measure),
            )];
            row.extend(summaries.iter().map(|summary| {
                summary.map_or("–".to_owned(), |summary| cell(summary, measure.y.unit))
            }));
            if let [first, second] = summaries[..] {
                row.push(match first.zip(second) {
                    None => String::new(),
                    Some((first, second)) => {
                        second.ratio_to(first).map_or("noise".to_owned(), times)
                    }
                });
            }
            row
        })
        .collect()
}

/// What x counts, where its unit does not say it.
fn short(measure: &Measure) -> &str {
    match measure.x.unit {
        crate::bench::report::Unit::Count => {
            measure.x.label.split([' ', ',']).next().unwrap_or_default()
        }
        _ => "",
    }
}
