//! Malicious arguments, names and limits.
#![cfg(target_os = "linux")]
// Helpers of tests may unwrap, too: they fail by panicking.
#![allow(clippy::unwrap_used)]

mod arguments;
mod limits;
mod names;
#[path = "../command/scratch.rs"]
#[allow(dead_code, reason = "the other suite uses more of it")]
mod scratch;

use std::process::Output;

use proptest::test_runner::Config;

/// The number of cases per property. None is stored in files, because a failure prints its smallest
/// case. `PROPTEST_CASES` and `PROPTEST_RNG_SEED` change the number and repeat a run.
fn config() -> Config {
    let cases =
        if std::env::var_os("PROPTEST_CASES").is_some() { Config::default().cases } else { 200 };
    Config { cases, failure_persistence: None, ..Config::default() }
}

/// The command must always end with a status of its own and with output that is harmless for a
/// terminal. Returns the status.
fn ends_well(output: &Output) -> Result<i32, String> {
    for text in [&output.stdout, &output.stderr] {
        let Ok(text) = std::str::from_utf8(text) else {
            return Err(format!("not UTF-8: {output:?}"));
        };
        if text.contains("panicked") || text.chars().any(|c| c.is_control() && c != '\n') {
            return Err(format!("{text:?}"));
        }
    }
    let said = !output.stderr.is_empty();
    match output.status.code() {
        Some(0) if !said => Ok(0),
        Some(code @ (1 | 2 | 3 | 5)) if said => Ok(code),
        _ => Err(format!("{output:?}")),
    }
}
