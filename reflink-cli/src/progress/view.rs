//! Where progress is shown, if at all.

use std::io::{self, IsTerminal as _};
use std::time::{Duration, Instant};

use clap::ValueEnum;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

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

/// What there is to see.
pub(super) enum View {
    NotYet,
    Bar(ProgressBar),
    Lines { next: Instant },
    Nothing,
}

impl View {
    /// Opened when there is something to show.
    pub(super) fn open(when: When, bar: impl FnOnce() -> ProgressBar) -> Self {
        match when {
            When::Never => Self::Nothing,
            When::Auto | When::Always if io::stderr().is_terminal() => Self::Bar(bar()),
            When::Always => Self::Lines { next: Instant::now() },
            When::Auto => Self::Nothing,
        }
    }
}

impl Drop for View {
    fn drop(&mut self) {
        if let Self::Bar(bar) = self {
            bar.finish_and_clear();
        }
    }
}

/// Hidden until it is complete: each step on the way would draw it.
pub(super) fn hidden_bar(total: Option<u64>) -> ProgressBar {
    // Nothing but this is cut to the width that the terminal has at each moment.
    let style =
        ProgressStyle::with_template("{wide_msg}").unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::with_draw_target(total, ProgressDrawTarget::hidden()).with_style(style)
}
