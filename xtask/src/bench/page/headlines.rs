//! The most telling figures of each evaluation, beside each other.

use super::style;
use super::table::{Cell, Table};
use super::text::{measure_title, position};
use super::units::times;
use crate::bench::report::{Evaluation, Line, Section, Topic};
use crate::bench::statistics::Summary;

/// Where on a line.
#[derive(Clone, Copy)]
enum End {
    First,
    Last,
}
use End::{First, Last};

/// The points that are shown.
const POINTS: [(Topic, &str, Line, End); 34] = [
    (Topic::Methods, "call", Line::Clone, First),
    (Topic::Methods, "call", Line::Clone, Last),
    (Topic::Methods, "call", Line::CopyFileRange, Last),
    (Topic::Methods, "call", Line::ReadWrite, First),
    (Topic::Methods, "call", Line::ReadWrite, Last),
    (Topic::Extents, "clone", Line::Clone, Last),
    (Topic::Overwrites, "random", Line::FirstWrite, First),
    (Topic::Overwrites, "random", Line::Unshared, First),
    (Topic::Overwrites, "random", Line::FirstWrite, Last),
    (Topic::Overwrites, "random", Line::SecondWrite, Last),
    (Topic::Overwrites, "random", Line::Unshared, Last),
    (Topic::Fragmentation, "extents", Line::Clone, Last),
    (Topic::Fragmentation, "read", Line::Clone, Last),
    (Topic::Fragmentation, "read", Line::Unshared, Last),
    (Topic::Generations, "clone", Line::Depth, Last),
    (Topic::Generations, "clone", Line::Width, Last),
    (Topic::Threads, "clones", Line::OneSource, First),
    (Topic::Threads, "clones", Line::OneSource, Last),
    (Topic::Threads, "clones", Line::OwnSources, Last),
    (Topic::SmallFiles, "clean", Line::Clone, First),
    (Topic::SmallFiles, "dirty", Line::Clone, First),
    (Topic::SmallFiles, "dirty", Line::ReadWrite, First),
    (Topic::JustWritten, "call", Line::Clone, First),
    (Topic::JustWritten, "call", Line::ReadWrite, First),
    (Topic::Rounds, "copy", Line::Clone, Last),
    (Topic::Rounds, "write", Line::Clone, Last),
    (Topic::Rounds, "read", Line::Clone, Last),
    (Topic::Rounds, "space", Line::Clone, Last),
    (Topic::Trees, "clean", Line::Tree, Last),
    (Topic::Trees, "clean", Line::CpArchive, Last),
    (Topic::Trees, "dirty", Line::Tree, Last),
    (Topic::Trees, "dirty", Line::CpArchive, Last),
    (Topic::Dedupe, "gib", Line::Equal, Last),
    (Topic::Dedupe, "gib", Line::Unequal, Last),
];

/// A row for each figure, a column for each evaluation; if there are two, a column that says how
/// many times larger the second is.
pub(super) fn table(evaluations: &[Evaluation]) -> Table {
    let mut head = vec![String::new()];
    head.extend(evaluations.iter().map(|evaluation| evaluation.label.clone()));
    if let [first, second] = evaluations {
        head.push(format!("{} / {}", second.label, first.label));
    }
    Table { head, rows: POINTS.iter().filter_map(|point| row(evaluations, point)).collect() }
}

/// The row of a point, if any evaluation has it.
fn row(
    evaluations: &[Evaluation],
    &(topic, name, line, end): &(Topic, &str, Line, End),
) -> Option<(String, Vec<Cell>)> {
    let sections = || evaluations.iter().map(|evaluation| evaluation.section(topic));
    let points = |section: &Section| section.points(name, line).to_vec();
    // Where it is on the first line there is; the others may have no point there.
    let of_first = sections().flatten().map(points).find(|points| !points.is_empty())?;
    let x = match end {
        First => of_first.first()?.x,
        Last => of_first.last()?.x,
    };
    let measure =
        sections().flatten().flat_map(|section| &section.measures).find(|m| m.name == name)?;
    let title = format!(
        "{}: {}, {}",
        measure_title(topic, name),
        style::of(line).0,
        position(x, &measure.x)
    );
    let summaries: Vec<_> = sections()
        .map(|section| section?.points(name, line).iter().find(|point| point.x == x))
        .map(|point| point.map(|point| point.summary))
        .collect();
    let cell = |summary: &Option<Summary>| match summary {
        Some(summary) => {
            Cell { text: position(summary.median, &measure.y), ..Cell::of(summary, measure.y.unit) }
        }
        None => "–".to_owned().into(),
    };
    let mut row: Vec<_> = summaries.iter().map(cell).collect();
    if let [first, second] = &summaries[..] {
        let ratio =
            first.as_ref().zip(second.as_ref()).map(|(first, second)| second.ratio_to(first));
        let text = match ratio {
            None => String::new(),
            Some(None) => "within the noise".to_owned(),
            Some(Some(ratio)) => times(ratio),
        };
        row.push(text.into());
    }
    Some((title, row))
}
