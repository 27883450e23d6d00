//! What is printed about each file.

use std::borrow::Cow;
use std::fmt::Display;
use std::path::Path;

use reflink::Outcome;
use reflink::display::{Quoted, Size};

use self::not_kept::{cause, kernel_text};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;

pub(crate) mod json;
pub(crate) mod not_kept;

/// How to print.
pub(crate) struct Report {
    pub(crate) json: bool,
    pub(crate) verbose: bool,
    /// Whether a line that nobody reads is an error.
    pub(crate) must_be_read: bool,
}

impl Report {
    /// Reports a finished copy.
    pub(crate) fn done(&self, source: &Path, destination: &Path, outcome: &Outcome) -> Exit {
        for lost in &outcome.not_kept {
            output::complain(format_args!(
                "warning: {}: {} not kept{}{}",
                Quoted(destination),
                lost.attribute,
                cause(&lost.attribute),
                kernel_text(lost.errno)
                    .map_or(Cow::Borrowed(""), |text| format!(": {text}").into()),
            ));
        }
        for path in &outcome.left_behind {
            output::complain(format_args!(
                "warning: {} could not be removed and remains beside {}",
                Quoted(path),
                Quoted(destination),
            ));
        }
        if self.json {
            self.print(json::done(source, destination, outcome))
        } else if self.verbose {
            self.print(format_args!(
                "{} -> {}: {}",
                Quoted(source),
                Quoted(destination),
                summary(outcome)
            ))
        } else {
            Exit::Done
        }
    }

    fn print(&self, line: impl Display) -> Exit {
        match self.must_be_read {
            true => output::print_result(line),
            false => output::print_line(line),
        }
    }

    /// Reports a snapshot.
    pub(crate) fn snapshot(&self, source: &Path, destination: &Path) -> Exit {
        if self.json {
            output::print_line(json::snapshot(source, destination))
        } else if self.verbose {
            output::print_line(format_args!(
                "{} -> {}: snapshot",
                Quoted(source),
                Quoted(destination)
            ))
        } else {
            Exit::Done
        }
    }

    /// Reports a copy that failed.
    pub(crate) fn failed(
        &self,
        source: Option<&Path>,
        destination: &Path,
        failure: &Failure,
    ) -> Exit {
        output::report(failure);
        if self.json {
            // The failure decides, also over a standard output that cannot be written.
            output::print_line(json::failed(source, destination, failure));
        }
        failure.exit
    }

    /// Reports a source that was not tried after the disk was full: an object of its own, and no line.
    pub(crate) fn left_out(&self, source: &Path, destination: &Path, errno: Option<i32>) {
        if self.json {
            let message = format!("{} was not copied: the disk was full before", Quoted(source));
            let failure = Failure { errno, ..Failure::new(message) };
            // The failure before it decides, also over a standard output that cannot be written.
            output::print_line(json::failed(Some(source), destination, &failure));
        }
    }
}

/// "cloned 4096 bytes", "hard link to a file of 10 bytes", "copied 10 bytes by read/write, 20 bytes of
/// holes: tmpfs cannot …".
fn summary(outcome: &Outcome) -> String {
    let parts = by_method(outcome.cloned, outcome.offloaded, outcome.copied, outcome.holes);
    if let Some(length) = outcome.hard_linked {
        return format!("hard link to a file of {}", bytes(length));
    }
    let done = if parts.is_empty() { "empty".to_owned() } else { parts.join(", ") };
    match &outcome.fallback {
        Some(reason) => format!("{done}: {reason}"),
        None => done,
    }
}

/// Each method with its bytes, if it has any.
pub(crate) fn by_method(cloned: u64, offloaded: u64, copied: u64, holes: u64) -> Vec<String> {
    let parts = [
        (cloned, "cloned ", ""),
        (offloaded, "copied ", " by copy_file_range"),
        (copied, "copied ", " by read/write"),
        (holes, "", " of holes"),
    ];
    let parts = parts.iter().filter(|(count, ..)| *count > 0);
    parts.map(|(count, before, after)| format!("{before}{}{after}", bytes(*count))).collect()
}

/// "1 byte", "4096 bytes", "42949672960 bytes (40.0 GiB)": exact and, if that is hard to read, in a unit.
pub(crate) fn bytes(count: u64) -> String {
    match count {
        1 => "1 byte".to_owned(),
        0..0x10_0000 => format!("{count} bytes"),
        _ => format!("{count} bytes ({})", Size(count)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_names_every_method_and_the_reason() {
        let mut outcome = Outcome::default();
        assert_eq!(summary(&outcome), "empty");
        outcome.cloned = 4096;
        assert_eq!(summary(&outcome), "cloned 4096 bytes");
        outcome.cloned = 40 << 30;
        assert_eq!(summary(&outcome), "cloned 42949672960 bytes (40.0 GiB)");
        outcome.cloned = (1 << 20) - 1;
        outcome.copied = 1;
        outcome.offloaded = 3;
        outcome.holes = 7;
        outcome.fallback = Some(reflink::Reason::XfsWithoutReflink);
        assert_eq!(
            summary(&outcome),
            "cloned 1048575 bytes, copied 3 bytes by copy_file_range, copied 1 byte by read/write, \
             7 bytes of holes: this xfs was made without reflinks"
        );
    }
}
