//! The results in the output of a test binary.

use std::collections::BTreeSet;
use std::fmt;
use std::ops::AddAssign;
use std::time::Duration;

use super::process::Finished;

/// Numbers of tests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) passed: usize,
    /// Tests that found that their place lacks what they need, and did nothing.
    pub(crate) left_out: usize,
    pub(crate) failed: usize,
    pub(crate) ignored: usize,
}

impl Counts {
    pub(crate) fn run(self) -> usize {
        self.passed + self.failed
    }

    /// Reads libtest's "test result: ok. 3 passed; 0 failed; 1 ignored; …".
    fn parse(line: &str) -> Option<Self> {
        let (_verdict, numbers) = line.strip_prefix("test result: ")?.split_once(". ")?;
        let number = |what| {
            let mut parts = numbers.split("; ").filter_map(|part| part.split_once(' '));
            parts.find(|(_, label)| *label == what)?.0.parse().ok()
        };
        Some(Self {
            passed: number("passed")?,
            left_out: 0,
            failed: number("failed")?,
            ignored: number("ignored")?,
        })
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.left_out += other.left_out;
        self.failed += other.failed;
        self.ignored += other.ignored;
    }
}

/// The end of one libtest run: its result line and the list of failures before it.
#[derive(Debug, PartialEq, Eq)]
struct Tally {
    counts: Counts,
    failures: Vec<String>,
}

/// Finds every libtest run in `output`.
fn tallies(output: &str) -> Vec<Tally> {
    let mut tallies = Vec::new();
    let mut failures = Vec::new();
    let mut listing = false;
    for line in output.lines() {
        if line == "failures:" {
            // The first such line starts the output of the failures, the second lists their names.
            failures.clear();
            listing = true;
        } else if let Some(counts) = Counts::parse(line) {
            tallies.push(Tally { counts, failures: std::mem::take(&mut failures) });
        } else if let (true, Some(name)) = (listing, line.strip_prefix("    ")) {
            failures.push(name.to_owned());
        } else {
            listing = false;
        }
    }
    tallies
}

/// The names of all tests that failed, in any number of libtest runs.
pub(crate) fn failed_tests(output: &str) -> Vec<String> {
    tallies(output).into_iter().flat_map(|tally| tally.failures).collect()
}

/// A test that found that its place lacks what it needs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct LeftOut {
    pub(crate) test: String,
    pub(crate) reason: String,
}

impl LeftOut {
    /// Reads a line of the tests' `needs!`.
    fn parse(line: &str) -> Option<Self> {
        let (test, reason) = line.strip_prefix("left out: ")?.split_once(": ")?;
        Some(Self { test: test.to_owned(), reason: reason.to_owned() })
    }
}

/// The result of a suite on one filesystem.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) counts: Counts,
    /// Each test once.
    pub(crate) left_out: BTreeSet<LeftOut>,
    /// Names of failed tests and all other failures, one line each.
    pub(crate) failures: Vec<String>,
    pub(crate) took: Duration,
}

impl Outcome {
    /// The result of one test binary.
    pub(crate) fn of_binary(finished: &Finished) -> Self {
        // A test may run this binary again as its child, which prints a result line of its own.
        Self::of(finished, tallies(&finished.output).pop())
    }

    /// The result of a whole `cargo test`.
    pub(super) fn of_cargo_test(finished: &Finished) -> Self {
        let sum = tallies(&finished.output).into_iter().reduce(|mut sum, tally| {
            sum.counts += tally.counts;
            sum.failures.extend(tally.failures);
            sum
        });
        Self::of(finished, sum)
    }

    fn of(finished: &Finished, tally: Option<Tally>) -> Self {
        let ended_well = finished.status.is_some_and(|status| status.success());
        let complaint = match (&finished.status, &tally) {
            (None, _) => Some(format!("stopped after {} s", finished.took.as_secs())),
            (Some(status), None) => Some(format!("no result line; {status}")),
            (Some(status), Some(tally)) if !ended_well && tally.counts.failed == 0 => {
                Some(status.to_string())
            }
            _ => None,
        };
        let Tally { mut counts, mut failures } =
            tally.unwrap_or(Tally { counts: Counts::default(), failures: Vec::new() });
        failures.extend(complaint);
        let left_out: BTreeSet<_> = finished.output.lines().filter_map(LeftOut::parse).collect();
        // To libtest, they have passed.
        match counts.passed.checked_sub(left_out.len()) {
            Some(passed) => (counts.passed, counts.left_out) = (passed, left_out.len()),
            None => failures.push("more tests are left out than have passed".to_owned()),
        }
        Self { counts, left_out, failures, took: finished.took }
    }

    pub(crate) fn is_ok(&self) -> bool {
        self.counts.failed == 0 && self.failures.is_empty()
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Counts { passed, left_out, failed, ignored } = self.counts;
        let text = match (self.is_ok(), failed) {
            (true, _) => {
                let others = [(left_out, "left out"), (ignored, "ignored")];
                others
                    .iter()
                    .filter(|(count, _)| *count > 0)
                    .fold(format!("{passed} ok"), |text, (count, what)| {
                        format!("{text}, {count} {what}")
                    })
            }
            (false, 0) => "FAILED".to_owned(),
            (false, _) => format!("FAILED {failed}/{}", self.counts.run()),
        };
        f.pad(&text)
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt as _;
    use std::process::ExitStatus;

    use super::*;

    const GOOD: &str = "
running 3 tests
test a ... ok
test b ... ignored, needs a disk
test c ... ok

test result: ok. 2 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s
";
    const BAD: &str = "
running 2 tests
test deep::a ... FAILED
test b ... ok

failures:

---- deep::a stdout ----
    indented words of the test
test result: ok. made up

failures:
    deep::a

test result: FAILED. 1 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.12s
";

    fn finished(code: Option<i32>, output: &str) -> Finished {
        Finished {
            status: code.map(|code| ExitStatus::from_raw(code << 8)),
            output: output.to_owned(),
            took: Duration::from_secs(7),
        }
    }

    fn counts(passed: usize, failed: usize, ignored: usize) -> Counts {
        Counts { passed, left_out: 0, failed, ignored }
    }

    #[test]
    fn a_result_line_is_read() {
        let line = "test result: FAILED. 12 passed; 3 failed; 4 ignored; 5 measured; 6 filtered out; finished in 0.50s";
        assert_eq!(Counts::parse(line), Some(counts(12, 3, 4)));
        assert_eq!(Counts::parse("test result: ok. all passed"), None);
        assert_eq!(Counts::parse("test result::tests ... ok"), None);
    }

    #[test]
    fn a_good_binary_is_ok() {
        let outcome = Outcome::of_binary(&finished(Some(0), GOOD));
        assert!(outcome.is_ok());
        assert_eq!(outcome.counts, counts(2, 0, 1));
        assert_eq!(outcome.to_string(), "2 ok, 1 ignored");
    }

    /// As tests print it that run one after the other.
    const LEFT_OUT: &str = "
running 3 tests
test a ... 
left out: a: tmpfs has no ACLs: none at all
ok
test deep::b ... 
left out: deep::b: it is slow
ok
left out: deep::b: it is slow
test c ... ok

test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s
";

    #[test]
    fn a_test_that_is_left_out_has_not_passed() {
        let outcome = Outcome::of_binary(&finished(Some(0), LEFT_OUT));
        assert_eq!(outcome.counts, Counts { left_out: 2, ..counts(1, 0, 0) });
        assert_eq!(outcome.to_string(), "1 ok, 2 left out");
        let left_out =
            |test: &str, reason: &str| LeftOut { test: test.into(), reason: reason.into() };
        let expected =
            [left_out("a", "tmpfs has no ACLs: none at all"), left_out("deep::b", "it is slow")];
        assert!(outcome.left_out.into_iter().eq(expected));
    }

    #[test]
    fn a_test_that_is_left_out_must_be_one_that_ended() {
        let output = LEFT_OUT.replace("3 passed; 0 failed", "1 passed; 2 failed");
        let outcome = Outcome::of_binary(&finished(Some(101), &output));
        assert_eq!(outcome.failures, ["more tests are left out than have passed"]);
    }

    #[test]
    fn a_failed_test_is_named() {
        let outcome = Outcome::of_binary(&finished(Some(101), BAD));
        assert!(!outcome.is_ok());
        assert_eq!(outcome.failures, ["deep::a"]);
        assert_eq!(outcome.to_string(), "FAILED 1/2");
    }

    #[test]
    fn only_the_last_result_of_a_binary_counts() {
        let outcome = Outcome::of_binary(&finished(Some(0), &[BAD, GOOD].concat()));
        assert!(outcome.is_ok());
        assert_eq!(outcome.counts, counts(2, 0, 1));
    }

    #[test]
    fn the_results_of_cargo_test_are_summed() {
        let outcome = Outcome::of_cargo_test(&finished(Some(101), &[GOOD, BAD, GOOD].concat()));
        assert_eq!(outcome.counts, counts(5, 1, 2));
        assert_eq!(outcome.failures, ["deep::a"]);
    }

    #[test]
    fn a_crash_is_a_failure() {
        let outcome = Outcome::of_binary(&finished(Some(134), "running 1 test\n"));
        assert_eq!(outcome.failures, ["no result line; exit status: 134"]);
        assert_eq!(outcome.to_string(), "FAILED");
    }

    #[test]
    fn a_bad_status_after_a_good_result_is_a_failure() {
        let outcome = Outcome::of_binary(&finished(Some(3), GOOD));
        assert_eq!(outcome.failures, ["exit status: 3"]);
    }

    #[test]
    fn a_binary_that_was_stopped_is_a_failure() {
        let outcome = Outcome::of_binary(&finished(None, GOOD));
        assert_eq!(outcome.failures, ["stopped after 7 s"]);
    }
}
