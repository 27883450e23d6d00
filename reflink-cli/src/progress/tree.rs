//! The progress of a tree: how much there is in all is not known.

use std::io::{self, IsTerminal as _};
use std::ops::ControlFlow;
use std::path::Path;
use std::time::{Duration, Instant};

use reflink::display::{Quoted, Size};
use reflink::tree::Progress;

use super::view::{DRAW_EVERY, LINE_EVERY, PATIENCE, View, When};
use crate::output;

/// Shows how far the copy of a tree is.
pub(crate) struct Tree {
    when: When,
    /// As it is printed.
    destination: String,
    started: Instant,
    /// When to show something.
    next: Instant,
    view: View,
}

impl Tree {
    /// `None` if nothing will be shown: then the library need not count.
    pub(crate) fn new(when: When, destination: &Path) -> Option<Self> {
        let shows = match when {
            When::Never => false,
            When::Auto => io::stderr().is_terminal(),
            When::Always => true,
        };
        let started = Instant::now();
        let next = started + PATIENCE;
        let destination = Quoted(destination).to_string();
        shows.then_some(Self { when, destination, started, next, view: View::NotYet })
    }

    /// The callback for the library.
    pub(crate) fn tick(&mut self, progress: Progress) -> ControlFlow<()> {
        let now = Instant::now();
        if now < self.next {
            return ControlFlow::Continue(());
        }
        if matches!(self.view, View::NotYet) {
            self.view = View::open(self.when);
        }
        let time = now.duration_since(self.started);
        match &mut self.view {
            View::Line(shown) => {
                shown.draw(&line(progress, time, &self.destination));
                self.next = now + DRAW_EVERY;
            }
            View::Lines { .. } => {
                let Progress { entries, bytes, .. } = progress;
                let destination = &self.destination;
                output::tell(format_args!("{destination}: {entries} entries, {}", Size(bytes)));
                self.next = now + LINE_EVERY;
            }
            View::NotYet | View::Nothing => {}
        }
        ControlFlow::Continue(())
    }
}

/// "20480 entries, 1.2 GiB, 310.5 MiB/s, 4096 entries/s: 'project'".
fn line(progress: Progress, time: Duration, destination: &str) -> String {
    let Progress { entries, bytes, .. } = progress;
    let rate = |count: u64| (count as f64 / time.as_secs_f64()) as u64;
    format!(
        "{entries} entries, {}, {}/s, {} entries/s: {}",
        Size(bytes),
        Size(rate(bytes)),
        rate(entries),
        destination
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_begins_with_what_matters() {
        let mut progress = Progress::default();
        progress.entries = 20_480;
        progress.bytes = 5 << 28;
        assert_eq!(
            line(progress, Duration::from_secs(5), "'a'"),
            "20480 entries, 1.2 GiB, 256.0 MiB/s, 4096 entries/s: 'a'"
        );
    }
}
