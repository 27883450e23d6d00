//! The commands that must work, and their results.

use std::time::Duration;

use anyhow::Result;

use super::account::Account;
use super::root::Root;
use crate::test::outcome::failed_tests;
use crate::test::process::{Finished, Interrupt, capture};

/// One command that was run.
#[derive(Clone)]
pub(super) struct Check {
    account: Account,
    command: &'static str,
    /// What failed, one line each.
    failures: Vec<String>,
    took: Duration,
}

impl Check {
    pub(super) fn is_ok(&self) -> bool {
        self.failures.is_empty()
    }
}

/// Runs all commands of an account. It returns an error only if nothing more can run.
pub(super) fn run(root: &Root, account: Account, interrupt: &Interrupt) -> Result<Vec<Check>> {
    let check = |&command: &&'static str| {
        println!("\n---- {}: {command}", account.name());
        let mut shell = root.shell(account, &format!("cd reflink && {command}"));
        let finished = capture(&mut shell, interrupt, None, true)?;
        Ok(Check { account, command, failures: failures(&finished), took: finished.took })
    };
    account.commands().iter().map(check).collect()
}

/// What failed: the lines at the end of a `cargo xtask test`, the tests of a `cargo test`, or
/// everything.
fn failures(finished: &Finished) -> Vec<String> {
    let Finished { status, output, .. } = finished;
    if status.is_some_and(|status| status.success()) {
        return Vec::new();
    }
    let lines = output.lines().filter_map(|line| line.strip_prefix("FAILED "));
    let mut failures: Vec<_> = lines.map(str::to_owned).collect();
    if failures.is_empty() {
        failures = failed_tests(output);
    }
    if failures.is_empty() {
        failures.extend(status.map(|status| status.to_string()));
    }
    failures
}

/// One line for each command, and one for each failure.
pub(super) fn render(checks: &[Check]) -> String {
    let mut text = String::new();
    for check in checks {
        let Check { account, command, took, .. } = check;
        let result = if check.is_ok() { "ok" } else { "FAILED" };
        let account = account.name();
        text += &format!("{account}  {result:<6}  {:>6.1} s  {command}\n", took.as_secs_f64());
    }
    for Check { account, command, failures, .. } in checks {
        for failure in failures {
            text += &format!("FAILED {}, {command}: {failure}\n", account.name());
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt as _;
    use std::process::ExitStatus;

    use super::*;

    fn failures(code: i32, output: &str) -> Vec<String> {
        let status = Some(ExitStatus::from_raw(code << 8));
        super::failures(&Finished { status, output: output.to_owned(), took: Duration::ZERO })
    }

    #[test]
    fn failures_are_named() {
        let cargo_test = "failures:\n\n---- a::b stdout ----\nwhy\n\nfailures:\n    a::b\n\n\
            test result: FAILED. 1 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out\n";
        let xtask = format!("{cargo_test}host  unit  FAILED 1/2\nFAILED host unit: a::b\n");
        assert_eq!(failures(1, &xtask), ["host unit: a::b"]);
        assert_eq!(failures(101, cargo_test), ["a::b"]);
        assert_eq!(failures(101, "error: could not compile"), ["exit status: 101"]);
        assert!(failures(0, cargo_test).is_empty());
    }

    #[test]
    fn failures_come_last() {
        let check = |command, failures: &[&str]| Check {
            account: Account::User,
            command,
            failures: failures.iter().map(ToString::to_string).collect(),
            took: Duration::from_millis(28_700),
        };
        let checks = [check("cargo test", &["a::b"]), check("cargo build", &[])];
        assert_eq!(
            render(&checks),
            "user  FAILED    28.7 s  cargo test\nuser  ok        28.7 s  cargo build\n\
             FAILED user, cargo test: a::b\n"
        );
    }
}
