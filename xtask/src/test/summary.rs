//! The summary: filesystems by suites.

use std::time::Duration;

use super::outcome::{Counts, Outcome};

/// The results in one place.
pub(crate) struct Row {
    pub(crate) place: String,
    /// Suites by name, in the order run.
    pub(crate) outcomes: Vec<(String, Outcome)>,
    /// Why no (further) suite could run here.
    pub(crate) broken: Option<String>,
    pub(crate) took: Duration,
}

impl Row {
    pub(super) fn outcome(&self, suite: &str) -> Option<&Outcome> {
        self.outcomes.iter().find(|(name, _)| name == suite).map(|(_, outcome)| outcome)
    }

    pub(crate) fn is_ok(&self) -> bool {
        self.total().is_ok()
    }

    fn total(&self) -> Outcome {
        let mut total = sum(self.outcomes.iter().map(|(_, outcome)| outcome));
        total.failures.extend(self.broken.clone());
        total
    }
}

fn sum<'a>(outcomes: impl IntoIterator<Item = &'a Outcome>) -> Outcome {
    outcomes.into_iter().fold(Outcome::default(), |mut total, outcome| {
        total.counts += outcome.counts;
        total.failures.extend_from_slice(&outcome.failures);
        total
    })
}

/// The number of tests, over all rows.
pub(super) fn counts(rows: &[Row]) -> Counts {
    rows.iter().fold(Counts::default(), |mut counts, row| {
        counts += row.total().counts;
        counts
    })
}

/// The table, followed by a line for each failure.
pub(crate) fn render(rows: &[Row]) -> String {
    let mut suites: Vec<&str> = Vec::new();
    for (name, _) in rows.iter().flat_map(|row| &row.outcomes) {
        if !suites.contains(&name.as_str()) {
            suites.push(name);
        }
    }

    let mut lines =
        vec![line("filesystem", suites.iter().map(ToString::to_string), "total", "time")];
    for row in rows {
        let cells =
            suites.iter().map(|suite| row.outcome(suite).map_or("-".into(), Outcome::to_string));
        lines.push(line(&row.place, cells, &row.total().to_string(), &time(row.took)));
    }
    let columns = suites
        .iter()
        .map(|suite| sum(rows.iter().filter_map(|row| row.outcome(suite))).to_string());
    let totals: Vec<_> = rows.iter().map(Row::total).collect();
    let took = rows.iter().map(|row| row.took).sum();
    lines.push(line("total", columns, &sum(&totals).to_string(), &time(took)));

    let mut text = align(&lines);
    for row in rows {
        for (suite, outcome) in &row.outcomes {
            for failure in &outcome.failures {
                text += &format!("FAILED {} {suite}: {failure}\n", row.place);
            }
        }
        if let Some(failure) = &row.broken {
            text += &format!("FAILED {}: {failure}\n", row.place);
        }
    }
    text
}

fn line(name: &str, cells: impl Iterator<Item = String>, total: &str, time: &str) -> Vec<String> {
    let mut line = vec![name.to_owned()];
    line.extend(cells);
    line.extend([total.to_owned(), time.to_owned()]);
    line
}

pub(super) fn time(took: Duration) -> String {
    format!("{:.1} s", took.as_secs_f64())
}

/// Aligns `lines` with equal numbers of cells in columns, two spaces apart.
fn align(lines: &[Vec<String>]) -> String {
    let columns = lines.first().map_or(0, Vec::len);
    let width = |column: usize| lines.iter().map(|line| line[column].len()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut text = String::new();
    for line in lines {
        let cells = line.iter().zip(&widths).map(|(cell, &width)| format!("{cell:<width$}"));
        text += cells.collect::<Vec<_>>().join("  ").trim_end();
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::filesystem::Place;
    use super::*;

    fn outcome(passed: usize, failures: &[&str]) -> Outcome {
        Outcome {
            counts: Counts { passed, failed: failures.len(), ..Counts::default() },
            failures: failures.iter().map(ToString::to_string).collect(),
            ..Outcome::default()
        }
    }

    fn row(place: Place, outcomes: Vec<(&str, Outcome)>) -> Row {
        let outcomes = outcomes.into_iter().map(|(name, o)| (name.to_owned(), o)).collect();
        Row { place: place.to_string(), outcomes, broken: None, took: Duration::from_millis(1500) }
    }

    #[test]
    fn the_table_has_a_row_for_each_place_and_names_failures() {
        let rows = [
            row(Place::Host, vec![("unit", outcome(40, &[]))]),
            row(
                Place::XfsNoreflink,
                vec![("cli/copy", outcome(7, &[])), ("lib/copy", outcome(10, &["one", "a::two"]))],
            ),
            Row { broken: Some("no disk".to_owned()), ..row(Place::Btrfs, vec![]) },
        ];
        assert_eq!(
            render(&rows),
            "\
filesystem     unit   cli/copy  lib/copy     total        time
host           40 ok  -         -            40 ok        1.5 s
xfs-noreflink  -      7 ok      FAILED 2/12  FAILED 2/19  1.5 s
btrfs          -      -         -            FAILED       1.5 s
total          40 ok  7 ok      FAILED 2/12  FAILED 2/59  4.5 s
FAILED xfs-noreflink lib/copy: one
FAILED xfs-noreflink lib/copy: a::two
FAILED btrfs: no disk
"
        );
        assert_eq!(counts(&rows), Counts { passed: 57, failed: 2, ..Counts::default() });
    }

    #[test]
    fn a_table_without_failures_has_nothing_below_it() {
        let rows = [row(Place::Ext4, vec![("lib/copy", outcome(1, &[]))])];
        assert!(!render(&rows).contains("FAILED"));
    }
}
