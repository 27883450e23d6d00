//! The progress of one file on standard error, for what takes its time.

use std::io::{self, IsTerminal as _};
use std::ops::ControlFlow;
use std::path::Path;
use std::time::{Duration, Instant};

use clap::ValueEnum;
use indicatif::{BinaryBytes, ProgressBar, ProgressDrawTarget, ProgressStyle};
use reflink::Progress;
use reflink::display::Quoted;

use crate::output;
use crate::signals::Stop;

/// `--progress=WHEN`.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum When {
    /// A bar if standard error is a terminal; a clone is one system call and shows none
    Auto,
    /// Also where it is no terminal (a line a second); large clones are done in slices, so that
    /// a file that is written meanwhile is cloned as of several moments
    Always,
    /// Nothing
    Never,
}

/// Shorter work shows nothing: until then nothing is set up, not even asked about the terminal.
const PATIENCE: Duration = Duration::from_millis(500);
const LINE_EVERY: Duration = Duration::from_secs(1);

/// Watches the copy of one file: shows how far it is, and stops it on a signal.
pub(crate) struct Watcher<'a> {
    stop: &'a Stop,
    when: When,
    destination: &'a Path,
    started: Instant,
    view: View,
}

enum View {
    NotYet,
    Bar(ProgressBar),
    Lines { next: Instant },
    Nothing,
}

impl<'a> Watcher<'a> {
    pub(crate) fn new(stop: &'a Stop, when: When, destination: &'a Path) -> Self {
        Self { stop, when, destination, started: Instant::now(), view: View::NotYet }
    }

    /// The callback for the library.
    pub(crate) fn tick(&mut self, progress: Progress) -> ControlFlow<()> {
        if self.stop.is_asked() {
            return ControlFlow::Break(());
        }
        if matches!(self.view, View::NotYet) && self.started.elapsed() >= PATIENCE {
            self.view = self.open(progress);
        }
        match &mut self.view {
            View::Bar(bar) => bar.set_position(progress.done),
            View::Lines { next } if Instant::now() >= *next => {
                *next = Instant::now() + LINE_EVERY;
                output::complain(format_args!(
                    "{}: {} of {}",
                    Quoted(self.destination),
                    BinaryBytes(progress.done),
                    BinaryBytes(progress.total),
                ));
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }

    fn open(&self, progress: Progress) -> View {
        match self.when {
            When::Never => View::Nothing,
            When::Auto | When::Always if io::stderr().is_terminal() => {
                View::Bar(bar(progress, self.destination))
            }
            When::Always => View::Lines { next: Instant::now() },
            When::Auto => View::Nothing,
        }
    }
}

impl Drop for Watcher<'_> {
    fn drop(&mut self) {
        if let View::Bar(bar) = &self.view {
            bar.finish_and_clear();
        }
    }
}

fn bar(progress: Progress, destination: &Path) -> ProgressBar {
    // The name gets what a line of 80 columns has left, and is cut there.
    let template = "{percent:>3}% [{bar:15}] {binary_bytes}/{binary_total_bytes} \
                    {binary_bytes_per_sec} {eta} {wide_msg}";
    let style = ProgressStyle::with_template(template)
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .progress_chars("=> ");
    // Hidden until it is complete: each of these would draw it.
    let bar = ProgressBar::with_draw_target(Some(progress.total), ProgressDrawTarget::hidden())
        .with_style(style)
        .with_message(Quoted(destination).to_string());
    // What was done before the bar was there is no measure of the speed.
    bar.set_position(progress.done);
    bar.reset_eta();
    bar.set_draw_target(ProgressDrawTarget::stderr());
    bar
}
