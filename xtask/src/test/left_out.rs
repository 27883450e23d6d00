//! Tests that are left out because their place lacks what they need, as they print it themselves.

use std::collections::BTreeMap;

use super::outcome::LeftOut;
use super::summary::Row;

/// A line for all tests of a suite that are left out at the same places for the same reason.
pub(crate) fn lines(rows: &[Row]) -> Vec<String> {
    let places = |suite: &str, left_out: &LeftOut| {
        let rows = rows.iter().filter(|row| {
            row.outcome(suite).is_some_and(|outcome| outcome.left_out.contains(left_out))
        });
        rows.map(|row| row.place.as_str()).collect::<Vec<_>>().join(", ")
    };
    let mut groups: BTreeMap<(&str, &str, String), Vec<&str>> = BTreeMap::new();
    for (suite, left_out) in all(rows) {
        let group = (suite, left_out.reason.as_str(), places(suite, left_out));
        let tests = groups.entry(group).or_default();
        if !tests.contains(&left_out.test.as_str()) {
            tests.push(&left_out.test);
        }
    }
    let line = |((suite, reason, places), tests): (&(&str, &str, String), &Vec<&str>)| {
        format!("not run on {places}: {suite} {}: {reason}", tests.join(", "))
    };
    groups.iter().map(line).collect()
}

/// The tests that are left out at every place that has run their suite: nothing shows what they promise.
pub(super) fn everywhere(rows: &[Row]) -> Vec<String> {
    let is_run = |suite: &str, test: &str| {
        let mut outcomes = rows.iter().filter_map(|row| row.outcome(suite));
        outcomes.any(|outcome| outcome.left_out.iter().all(|left_out| left_out.test != test))
    };
    let left_out = all(rows).filter(|(suite, left_out)| !is_run(suite, &left_out.test));
    let mut names: Vec<_> =
        left_out.map(|(suite, left_out)| format!("{suite} {}", left_out.test)).collect();
    names.sort();
    names.dedup();
    names
}

/// All that is left out, with the name of the suite.
fn all(rows: &[Row]) -> impl Iterator<Item = (&str, &LeftOut)> {
    let outcomes = rows.iter().flat_map(|row| &row.outcomes);
    outcomes.flat_map(|(suite, outcome)| {
        outcome.left_out.iter().map(|left_out| (suite.as_str(), left_out))
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::test::outcome::Outcome;

    fn row(place: &str, left_out: &[(&str, &str, &str)]) -> Row {
        let mut outcomes = BTreeMap::from([("lib/a", Outcome::default())]);
        for (suite, test, reason) in left_out {
            let left_out = LeftOut { test: (*test).to_owned(), reason: (*reason).to_owned() };
            outcomes.entry(suite).or_default().left_out.insert(left_out);
        }
        let outcomes = outcomes.into_iter().map(|(suite, o)| (suite.to_owned(), o)).collect();
        Row { place: place.to_owned(), outcomes, broken: None, took: Duration::ZERO }
    }

    #[test]
    fn tests_left_out_at_the_same_places_are_on_one_line() {
        let rows = [
            row("ext4", &[("lib/a", "m::one", "no clones"), ("lib/a", "m::two", "no clones")]),
            row("tmpfs", &[("lib/a", "m::one", "no clones"), ("lib/a", "m::two", "no clones")]),
            row("xfs", &[("lib/a", "m::three", "no clones"), ("cli/b", "one", "too large")]),
        ];
        assert_eq!(
            lines(&rows),
            [
                "not run on xfs: cli/b one: too large",
                "not run on ext4, tmpfs: lib/a m::one, m::two: no clones",
                "not run on xfs: lib/a m::three: no clones",
            ]
        );
    }

    #[test]
    fn a_test_that_runs_nowhere_is_named() {
        let rows = [
            row("ext4", &[("lib/a", "one", "no clones"), ("lib/a", "two", "no clones")]),
            row("tmpfs", &[("lib/a", "one", "no extents"), ("lib/b", "two", "no extents")]),
        ];
        // `two` of lib/a runs on tmpfs; lib/b runs there alone.
        assert_eq!(everywhere(&rows), ["lib/a one", "lib/b two"]);
        assert_eq!(everywhere(&[row("ext4", &[])]), [""; 0]);
    }
}
