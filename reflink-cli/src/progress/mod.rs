//! Progress on standard error for long copies: of one file, and of a tree.

use std::io::{self, IsTerminal as _};
use std::ops::ControlFlow;
use std::path::Path;
use std::time::{Duration, Instant};

use clap::ValueEnum;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use reflink::Progress;
use reflink::display::{Quoted, Size};

use crate::output;

#[cfg(any(target_os = "linux", target_os = "android"))]
mod tree;

#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) use tree::Tree;

/// `--progress=WHEN`.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum When {
    /// If standard error is a terminal, on its last line; a clone is one system call and shows none
    Auto,
    /// Also where it is no terminal (a line a second); large clones are done in slices, so that
    /// a file that is written meanwhile is cloned as of several moments
    Always,
    /// Nothing
    Never,
}

/// Shorter work shows nothing: nothing is set up before that, and the terminal is not examined.
const PATIENCE: Duration = Duration::from_millis(500);
const LINE_EVERY: Duration = Duration::from_secs(1);

/// Shows how far the copy of one file is.
pub(crate) struct Watcher<'a> {
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

impl View {
    fn open(when: When, bar: impl FnOnce() -> ProgressBar) -> Self {
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

impl<'a> Watcher<'a> {
    pub(crate) fn new(when: When, destination: &'a Path) -> Self {
        Self { when, destination, started: Instant::now(), view: View::NotYet }
    }

    /// The callback for the library.
    pub(crate) fn tick(&mut self, progress: Progress) -> ControlFlow<()> {
        // A copy without a total is still waiting to open a file.
        let is_due = progress.total > 0 && self.started.elapsed() >= PATIENCE;
        if is_due && matches!(self.view, View::NotYet) {
            self.view = View::open(self.when, || bar(progress));
        }
        match &mut self.view {
            View::Bar(bar) => {
                bar.set_position(progress.done);
                bar.set_message(line(progress, bar.per_sec(), bar.eta(), self.destination));
            }
            View::Lines { next } if Instant::now() >= *next => {
                *next = Instant::now() + LINE_EVERY;
                output::complain(format_args!("{}: {progress}", Quoted(self.destination)));
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }
}

/// Hidden until it is complete, because each of these calls would draw it.
fn hidden_bar(total: Option<u64>) -> ProgressBar {
    // Only this part is cut to the current width of the terminal.
    let style =
        ProgressStyle::with_template("{wide_msg}").unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::with_draw_target(total, ProgressDrawTarget::hidden()).with_style(style)
}

fn bar(progress: Progress) -> ProgressBar {
    let bar = hidden_bar(Some(progress.total));
    // Bytes that were done before the bar existed would distort the speed.
    bar.set_position(progress.done);
    bar.reset_eta();
    bar.set_draw_target(ProgressDrawTarget::stderr());
    bar
}

/// " 29% 1.2 GiB of 4.0 GiB, 310.5 MiB/s, 9s: 'disk.img'". The important parts come first, because
/// a narrow terminal cuts off the rest.
fn line(progress: Progress, speed: f64, rest: Duration, destination: &Path) -> String {
    let Progress { done, total, .. } = progress;
    let percent = u128::from(done) * 100 / u128::from(total.max(1));
    format!(
        "{percent:>3}% {progress}, {}/s, {}: {}",
        Size(speed as u64),
        clock(rest.as_secs()),
        Quoted(destination)
    )
}

/// "9s", "4m09s", "2h05m".
fn clock(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3600 => format!("{}m{:02}s", seconds / 60, seconds % 60),
        _ => format!("{}h{:02}m", seconds / 3600, seconds / 60 % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_begins_with_what_matters() {
        let mut progress = Progress::default();
        let rest = Duration::from_secs(249);
        progress.done = 5 << 28;
        progress.total = 4 << 30;
        assert_eq!(
            line(progress, 325_583_831.9, rest, Path::new("a\nb")),
            r" 31% 1.2 GiB of 4.0 GiB, 310.5 MiB/s, 4m09s: 'a\nb'"
        );
        progress.done = progress.total;
        assert!(line(progress, 0.0, Duration::ZERO, Path::new("b")).starts_with("100% "));
    }

    #[test]
    fn times_have_two_units() {
        let seconds = [0, 59, 60, 3599, 3600, 86_399];
        let texts = ["0s", "59s", "1m00s", "59m59s", "1h00m", "23h59m"];
        assert_eq!(seconds.map(clock), texts);
    }
}
