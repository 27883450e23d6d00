//! The progress of one file.

use std::ops::ControlFlow;
use std::path::Path;
use std::time::Instant;

use reflink::Progress;
use reflink::display::{Quoted, Size};

use super::speed::Speed;
use super::view::{LINE_EVERY, PATIENCE, View, When};
use crate::output;

/// Shows how far the copy of one file is.
pub(crate) struct Watcher<'a> {
    when: When,
    destination: &'a Path,
    started: Instant,
    view: View,
    speed: Speed,
}

impl<'a> Watcher<'a> {
    pub(crate) fn new(when: When, destination: &'a Path) -> Self {
        let (started, speed) = (Instant::now(), Speed::default());
        Self { when, destination, started, view: View::NotYet, speed }
    }

    /// The callback for the library.
    pub(crate) fn tick(&mut self, progress: Progress) -> ControlFlow<()> {
        // Without a total the copy waits for a file to be opened.
        let is_due = progress.total > 0 && self.started.elapsed() >= PATIENCE;
        if is_due && matches!(self.view, View::NotYet) {
            self.view = View::open(self.when);
            // What was done before is no measure of the speed.
            self.speed = Speed::from(Instant::now(), progress.done);
        }
        match &mut self.view {
            View::Line(shown) if shown.is_due() => {
                let speed = self.speed.at(Instant::now(), progress.done);
                shown.draw(&line(progress, speed, self.destination));
            }
            View::Lines { next } if Instant::now() >= *next => {
                *next = Instant::now() + LINE_EVERY;
                output::tell(format_args!("{}: {progress}", Quoted(self.destination)));
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }

    /// Clears what is on the terminal, until there is more progress.
    pub(crate) fn hide(&self) {
        if let View::Line(shown) = &self.view {
            shown.clear();
        }
    }
}

/// " 29% 1.2 GiB of 4.0 GiB, 310.5 MiB/s, 9s: 'disk.img'". What matters comes first, because a narrow
/// terminal cuts off the rest.
fn line(progress: Progress, speed: f64, destination: &Path) -> String {
    let Progress { done, total, .. } = progress;
    let rest = (total - done.min(total)) as f64;
    let seconds = if speed > 0.0 { (rest / speed) as u64 } else { 0 };
    let percent = u128::from(done) * 100 / u128::from(total.max(1));
    format!(
        "{percent:>3}% {progress}, {}/s, {}: {}",
        Size(speed as u64),
        clock(seconds),
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
        progress.done = 5 << 28;
        progress.total = 4 << 30;
        assert_eq!(
            line(progress, 325_583_831.9, Path::new("a\nb")),
            r" 31% 1.2 GiB of 4.0 GiB, 310.5 MiB/s, 9s: $'a\nb'"
        );
        progress.done = progress.total;
        assert!(line(progress, 0.0, Path::new("b")).starts_with("100% "));
    }

    #[test]
    fn times_have_two_units() {
        let seconds = [0, 59, 60, 3599, 3600, 86_399];
        let texts = ["0s", "59s", "1m00s", "59m59s", "1h00m", "23h59m"];
        assert_eq!(seconds.map(clock), texts);
    }
}
