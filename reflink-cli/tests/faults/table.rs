//! The count of injected faults, for display.

use std::collections::BTreeMap;
use std::io::Write as _;

use crate::subject::Left;
use crate::trace::Fault;

/// The faults of one call, and how the command ended.
#[derive(Default)]
struct Row {
    errors: usize,
    zeros: usize,
    kills: usize,
    succeeded: usize,
    left: [usize; 3],
}

/// Faults by call.
#[derive(Default)]
pub(crate) struct Table(BTreeMap<String, Row>);

impl Table {
    pub(crate) fn count(&mut self, call: &str, fault: Fault, succeeded: bool, left: Left) {
        let row = self.0.entry(call.to_owned()).or_default();
        match fault {
            Fault::Error(_) => row.errors += 1,
            Fault::Nothing => row.zeros += 1,
            Fault::Kill => row.kills += 1,
        }
        if succeeded {
            row.succeeded += 1;
        } else {
            row.left[left as usize] += 1;
        }
    }

    fn total(&self) -> usize {
        self.0.values().map(|row| row.errors + row.zeros + row.kills).sum()
    }

    /// Prints the table past the test harness, which would capture it.
    pub(crate) fn print(&self, title: &str) {
        let mut text = format!(
            "\n{title}: {} faults\n{:<16} {:>7} {:>5} {:>6}   {:>7} {:>5} {:>5} {:>6}\n",
            self.total(),
            "call",
            "errnos",
            "0",
            "kills",
            "exit 0",
            "old",
            "new",
            "partly",
        );
        for (call, row) in &self.0 {
            let Row { errors, zeros, kills, succeeded, left: [old, new, mixed] } = row;
            text.push_str(&format!(
                "{call:<16} {errors:>7} {zeros:>5} {kills:>6}   {succeeded:>7} {old:>5} {new:>5} {mixed:>6}\n"
            ));
        }
        std::io::stdout().write_all(text.as_bytes()).unwrap();
    }
}
