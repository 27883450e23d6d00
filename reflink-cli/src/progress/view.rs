//! Where progress is shown, if at all.

use std::io::{self, IsTerminal as _};
use std::time::{Duration, Instant};

use clap::ValueEnum;
use console::{Term, truncate_str};

/// `--progress=WHEN`.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum When {
    /// If standard error is a terminal, on its last line; a clone is one system call and shows none
    Auto,
    /// Even if standard error is not a terminal (one line per second). Large clones are made in
    /// slices, so that the slices of a file that is being written are from different moments
    Always,
    /// Nothing
    Never,
}

/// Shorter work shows nothing: until then nothing is set up, not even asked about the terminal.
pub(super) const PATIENCE: Duration = Duration::from_millis(500);
pub(super) const LINE_EVERY: Duration = Duration::from_secs(1);
/// A line on a terminal changes no more often: entries are done faster than it can be formatted.
pub(super) const DRAW_EVERY: Duration = Duration::from_millis(50);

/// What there is to see.
pub(super) enum View {
    NotYet,
    Line(Line),
    Lines { next: Instant },
    Nothing,
}

impl View {
    /// Opened when there is something to show.
    pub(super) fn open(when: When) -> Self {
        match when {
            When::Never => Self::Nothing,
            When::Auto | When::Always if io::stderr().is_terminal() => Self::Line(Line::new()),
            When::Always => Self::Lines { next: Instant::now() },
            When::Auto => Self::Nothing,
        }
    }
}

/// The last line of the terminal, which is cleared at the end.
pub(super) struct Line {
    terminal: Term,
    next: Instant,
}

impl Line {
    fn new() -> Self {
        Self { terminal: Term::stderr(), next: Instant::now() }
    }

    /// Whether enough time has passed since the line was last drawn.
    pub(super) fn is_due(&self) -> bool {
        Instant::now() >= self.next
    }

    /// Replaces the line. It is cut to the width that the terminal has now.
    pub(super) fn draw(&mut self, text: &str) {
        let (_, columns) = self.terminal.size();
        self.print(&truncate_str(text, columns.into(), ""));
        self.next = Instant::now() + DRAW_EVERY;
    }

    /// Clears the line, so that something else can be printed there.
    pub(super) fn clear(&self) {
        self.print("");
    }

    fn print(&self, text: &str) {
        // A terminal that is gone is no reason to stop the copy.
        let _ = self.terminal.clear_line().and_then(|()| self.terminal.write_str(text));
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.clear();
    }
}
