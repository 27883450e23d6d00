//! What is printed about a tree.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use reflink::Error;
use reflink::display::{Quoted, Size};
use reflink::tree::{NotKept, Outcome};

use super::done::{Done, below};
use super::json;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{self, Lines};
use crate::report::not_kept::{cause, kernel_text};
use crate::report::{by_method, bytes};

/// How to print.
pub(super) struct Report {
    pub(super) json: bool,
    pub(super) verbose: bool,
}

impl Report {
    /// Reports the entries that failed, what was not kept, and what was done.
    pub(super) fn done(&self, done: &Done<'_>) -> Exit {
        let Done { destination, outcome, .. } = *done;
        let mut lines = Lines::new();
        let mut given = BTreeSet::new();
        // Threads find them in any order.
        let mut failed: Vec<_> = outcome.failed.iter().collect();
        failed.sort_by(|a, b| a.path.cmp(&b.path));
        for entry in failed {
            let failure = Failure::of_copy(&entry.error, &below(destination, &entry.path), false);
            output::complain_of(&failure);
            // Once for all entries that it explains.
            if let Some(explanation) = failure.explanation() {
                if given.insert(explanation.clone()) {
                    output::advise(explanation);
                }
            }
            if self.json {
                let roots = (done.source, destination);
                lines.print(json::failed(roots, &entry.path, &failure));
            }
        }
        warn(destination, outcome);
        if self.json {
            lines.print(json::done(done));
        } else if self.verbose {
            lines.print(summary(done));
            for (reason, files) in &outcome.fallbacks {
                let files = count(*files, "file", "files");
                lines.print(format_args!("{}: {files} not cloned: {reason}", Quoted(destination)));
            }
        }
        match (outcome.failed.is_empty(), lines.finish()) {
            (true, exit) => exit,
            (false, _) => Exit::SomeFailed,
        }
    }
}

impl Report {
    /// The failure of a tree that an entry stopped. The entry has an object of its own.
    pub(super) fn stopped(
        &self,
        error: &Error,
        (source, destination): (&Path, &Path),
        entry: &Path,
    ) -> Failure {
        let mut failure = Failure::of_copy(error, &below(destination, entry), false);
        if self.json {
            output::print_line(json::failed((source, destination), entry, &failure));
        }
        failure.left.get_or_insert_default().lines.push(state(destination));
        failure
    }
}

/// One line for what many entries lack for the same cause.
fn warn(destination: &Path, outcome: &Outcome) {
    let mut groups: Vec<(&NotKept, u64)> = Vec::new();
    for lost in &outcome.not_kept {
        let is_alike =
            |first: &NotKept| (&first.attribute, first.errno) == (&lost.attribute, lost.errno);
        match groups.iter_mut().find(|(first, _)| is_alike(first)) {
            Some((_, entries)) => *entries += 1,
            None => groups.push((lost, 1)),
        }
    }
    for (first, entries) in groups {
        let path = below(destination, &first.path);
        let others = match entries - 1 {
            0 => String::new(),
            others => format!(" and {}", count(others, "other", "others")),
        };
        output::complain(format_args!(
            "warning: {}{others}: {} not kept{}{}",
            Quoted(&path),
            first.attribute,
            cause(&first.attribute),
            kernel_text(first.errno).map_or_else(String::new, |text| format!(": {text}")),
        ));
    }
    if outcome.not_kept_unlisted > 0 {
        let more = count(outcome.not_kept_unlisted, "attribute", "attributes");
        output::complain(format_args!("warning: {}: {more} more not kept", Quoted(destination)));
    }
    for path in &outcome.left_behind {
        output::complain(format_args!(
            "warning: {} could not be removed and remains below {}",
            Quoted(path),
            Quoted(destination),
        ));
    }
}

/// "'a' -> 'b': 12 files, 3 directories; cloned 4096 bytes; 0% copied; 0.4s".
fn summary(done: &Done<'_>) -> String {
    let Done { source, destination, outcome, time } = done;
    let entries = [
        (outcome.files, "file", "files"),
        (outcome.directories, "directory", "directories"),
        (outcome.symlinks, "symbolic link", "symbolic links"),
        (outcome.specials, "special file", "special files"),
        (outcome.links, "hard link", "hard links"),
    ];
    let entries = entries.into_iter().filter(|(number, ..)| *number > 0);
    let entries: Vec<_> = entries.map(|(number, one, many)| count(number, one, many)).collect();
    let Outcome { cloned, offloaded, copied, holes, hard_linked, .. } = **outcome;
    let mut methods = by_method(cloned, offloaded, copied, holes);
    if hard_linked > 0 {
        methods.push(format!("{} in hard links to the source", bytes(hard_linked)));
    }
    let mut parts = vec![entries.join(", ")];
    if !methods.is_empty() {
        parts.push(methods.join(", "));
    }
    if let Some(percent) = copied_percent(outcome) {
        parts.push(format!("{percent}% copied"));
    }
    if !outcome.failed.is_empty() {
        parts.push(format!("{} failed", outcome.failed.len()));
    }
    parts.push(format!("{:.2}s", time.as_secs_f64()));
    format!("{} -> {}: {}", Quoted(source), Quoted(destination), parts.join("; "))
}

/// How much of what is no hole was copied; rounded up, so that something never reads as nothing. The rest need not be
/// shared: btrfs copies a small file that it keeps in its metadata, and reports a clone.
fn copied_percent(outcome: &Outcome) -> Option<u128> {
    let copied = u128::from(outcome.offloaded) + u128::from(outcome.copied);
    let all = u128::from(outcome.cloned) + u128::from(outcome.hard_linked) + copied;
    (all > 0).then(|| (copied * 100).div_ceil(all))
}

fn count(number: u64, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// "cancelled after 1.2 GiB: 'b' was not created".
pub(super) fn cancelled(done: u64, destination: &Path) -> String {
    format!("cancelled after {}: {}", Size(done), state(destination))
}

/// What a copy that stopped has left.
fn state(destination: &Path) -> String {
    let state = match fs::symlink_metadata(destination) {
        Ok(_) => "has a part of the tree",
        Err(_) => "was not created",
    };
    format!("{} {state}", Quoted(destination))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn line(outcome: &Outcome) -> String {
        let (source, destination) = (Path::new("a"), Path::new("b"));
        summary(&Done { source, destination, outcome, time: Duration::from_millis(2346) })
    }

    #[test]
    fn a_summary_has_entries_methods_what_is_copied_and_the_time() {
        let mut outcome = Outcome::default();
        outcome.directories = 1;
        assert_eq!(line(&outcome), "'a' -> 'b': 1 directory; 2.35s");
        outcome.files = 3;
        outcome.symlinks = 1;
        outcome.links = 2;
        outcome.cloned = 999;
        outcome.offloaded = 1;
        outcome.holes = 50;
        assert_eq!(
            line(&outcome),
            "'a' -> 'b': 3 files, 1 directory, 1 symbolic link, 2 hard links; cloned 999 bytes, \
             copied 1 byte by copy_file_range, 50 bytes of holes; 1% copied; 2.35s"
        );
        outcome.offloaded = 0;
        assert!(line(&outcome).contains("; 0% copied; "));
    }
}
