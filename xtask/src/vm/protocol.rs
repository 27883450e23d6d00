//! What the guest writes to its second serial port.
//!
//! | line | says |
//! |---|---|
//! | `@@ kernel <version>` | what was booted |
//! | `@@ <place> making` | the place is being made |
//! | `@@ <place> unmade` | that failed |
//! | `@@ <place> <suite> begin` | the suite's output follows |
//! | `@@ <place> <suite> end <status> <seconds>` | of the suite |
//! | `@@ <place> kernel <words>` | what the kernel complained of meanwhile |
//! | `@@ done` | all places are done, and what they wrote is on the disks |

use std::os::unix::process::ExitStatusExt as _;
use std::process::ExitStatus;
use std::time::Duration;

use super::boot::End;
use super::place::{Place, Scope};
use crate::test::outcome::Outcome;
use crate::test::process::Finished;
use crate::test::summary::Row;

/// What `timeout` returns if it ended a suite, with SIGTERM or finally with SIGKILL.
const TIMED_OUT: [i32; 2] = [124, 137];

/// One row for each of `places`. A place without complete results is broken. If all results are
/// complete and the machine failed later, the last place is broken.
pub(super) fn rows(end: &End, places: &[Place], scope: &Scope) -> Vec<Row> {
    let rows = places.iter().map(|place| {
        let suites: Vec<_> = place.suites(scope).iter().map(|suite| suite.name).collect();
        row(&end.log, &place.to_string(), &suites)
    });
    let mut rows: Vec<_> = rows.collect();
    let all_said = rows.iter().all(|row| row.broken.is_none());
    if let (true, Some(last), Some(fault)) = (all_said, rows.last_mut(), late_fault(end)) {
        last.broken = Some(format!("after its suites: {fault}"));
    }
    rows
}

/// QEMU also ends normally if the kernel panics.
fn late_fault(end: &End) -> Option<String> {
    let done = end.log.lines().any(|line| line == "@@ done");
    let undone = || (!done).then(|| "the machine stopped before it was done".to_owned());
    end.fault.clone().or_else(undone)
}

/// The kernel's version.
pub(super) fn kernel(log: &str) -> Option<&str> {
    log.lines().find_map(|line| line.strip_prefix("@@ kernel "))
}

fn row(log: &str, place: &str, suites: &[&str]) -> Row {
    let mut outcomes = Vec::new();
    let mut begun: Option<(String, String)> = None;
    let mut unmade = false;
    let mut complaints = Vec::new();
    for line in log.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words[..] {
            ["@@", at, "unmade"] if at == place => unmade = true,
            ["@@", at, "kernel", ..] if at == place => complaints.push(words[3..].join(" ")),
            ["@@", at, suite, "begin"] if at == place => {
                begun = Some((suite.to_owned(), String::new()));
            }
            ["@@", at, _, "end", status, seconds] if at == place => {
                let Some((suite, output)) = begun.take() else { continue };
                let mut outcome = Outcome::of_binary(&finished(status, seconds, output));
                if outcome.is_ok() && outcome.counts.run() == 0 {
                    outcome.failures.push("it has no tests".to_owned());
                }
                outcomes.push((suite, outcome));
            }
            _ => {
                if let Some((_, output)) = &mut begun {
                    output.push_str(line);
                    output.push('\n');
                }
            }
        }
    }
    let missing = suites.iter().find(|suite| !outcomes.iter().any(|(name, _)| name == *suite));
    let broken = match (begun, missing) {
        _ if unmade => Some("it could not be made; see the console".to_owned()),
        (Some((suite, _)), _) => Some(format!("the machine stopped within {suite}")),
        (None, Some(suite)) => Some(format!("the machine stopped before {suite}")),
        (None, None) if !complaints.is_empty() => {
            Some(format!("the kernel complained: {}", complaints.join("; ")))
        }
        (None, None) => None,
    };
    let took = outcomes.iter().map(|(_, outcome)| outcome.took).sum();
    Row { place: place.to_owned(), outcomes, broken, took }
}

fn finished(status: &str, seconds: &str, output: String) -> Finished {
    let code: i32 = status.parse().unwrap_or(-1);
    Finished {
        status: (!TIMED_OUT.contains(&code)).then(|| ExitStatus::from_raw((code & 0xff) << 8)),
        output,
        took: Duration::from_secs(seconds.parse().unwrap_or(0)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RESULT: &str =
        "test result: ok. 2 passed; 0 failed; 0 ignored; 0 measured; 1 filtered out";

    #[test]
    fn each_suite_gets_its_own_output_and_status() {
        let log = format!(
            "@@ f2fs making\n@@ f2fs a begin\n{RESULT}\n\n@@ f2fs a end 0 7\n\
             @@ ocfs2 a begin\n@@ ocfs2 a end 124 300\n@@ f2fs b begin\n{RESULT}\n"
        );
        let f2fs = row(&log, "f2fs", &["a", "b"]);
        assert_eq!(f2fs.outcomes.len(), 1);
        assert_eq!(f2fs.outcomes[0].1.counts.passed, 2);
        assert_eq!(f2fs.took, Duration::from_secs(7));
        assert_eq!(f2fs.broken.as_deref(), Some("the machine stopped within b"));
        let ocfs2 = row(&log, "ocfs2", &["a"]);
        assert_eq!(ocfs2.outcomes[0].1.failures, ["stopped after 300 s"]);
    }

    #[test]
    fn a_test_missing_from_the_log_has_not_passed() {
        let log = format!("@@ f2fs a begin\n{RESULT}\n@@ f2fs a end 0 7\n@@ nfs41 unmade\n");
        let broken = |place, suites: &[&str]| row(&log, place, suites).broken;
        assert_eq!(broken("f2fs", &["a"]), None);
        assert_eq!(broken("f2fs", &["a", "b"]).unwrap(), "the machine stopped before b");
        assert_eq!(broken("nfs41", &["a"]).unwrap(), "it could not be made; see the console");
        assert_eq!(broken("ocfs2", &["a"]).unwrap(), "the machine stopped before a");
    }

    #[test]
    fn a_machine_that_goes_wrong_after_its_last_suite_is_no_pass() {
        let mut log = String::new();
        for suite in Place::F2fs.suites(&Scope::default()) {
            let name = suite.name;
            log += &format!("@@ f2fs {name} begin\n{RESULT}\n@@ f2fs {name} end 0 7\n");
        }
        let broken = |log: &str, fault: Option<&str>, places: &[Place]| -> Vec<_> {
            let end = End { log: log.to_owned(), fault: fault.map(str::to_owned) };
            rows(&end, places, &Scope::default()).into_iter().map(|row| row.broken).collect()
        };
        let text = |text: &str| Some(text.to_owned());
        let done = format!("{log}\n@@ done\n");
        assert_eq!(broken(&done, None, &[Place::F2fs]), [None]);
        let undone = text("after its suites: the machine stopped before it was done");
        assert_eq!(broken(&log, None, &[Place::F2fs]), [undone]);
        let limit = text("after its suites: stopped after 60 minutes");
        assert_eq!(broken(&done, Some("stopped after 60 minutes"), &[Place::F2fs]), [limit]);
        // If the failed place is known, no other place is blamed.
        let places = [Place::Xfs, Place::F2fs];
        let before = text("the machine stopped before filesystems");
        assert_eq!(broken(&log, Some("QEMU failed"), &places), [before, None]);
    }

    #[test]
    fn a_complaint_of_the_kernel_is_no_pass() {
        let log = format!(
            "@@ kernel 6.12.1\n@@ f2fs a begin\n{RESULT}\n@@ f2fs a end 0 7\n\
             @@ f2fs kernel [ 1.2] BUG: some lockup\n@@ xfs a begin\n{RESULT}\n@@ xfs a end 0 7\n"
        );
        let broken = |place| row(&log, place, &["a"]).broken;
        assert_eq!(broken("f2fs").unwrap(), "the kernel complained: [ 1.2] BUG: some lockup");
        assert_eq!(broken("xfs"), None);
        assert_eq!(kernel(&log), Some("6.12.1"));
        assert_eq!(kernel(""), None);
    }
}
