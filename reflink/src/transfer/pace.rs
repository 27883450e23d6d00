//! Whether one thread copies or two: whichever is faster now.
//!
//! Two threads are faster while a processor is idle, and slower while all are busy or the disk is the limit.
//! So both are tried, and the faster one goes on for a while.

use std::num::NonZero;
use std::thread::available_parallelism;
use std::time::Duration;

use super::job::Job;
use crate::choices::Mode;
use crate::error::{FsType, Reason};
use crate::known::Known;

/// The bytes of a trial: enough to tell one thread from two, and to pay for a thread. A shorter file has
/// one thread.
const TRIAL: u64 = 16 << 20;
/// The bytes between two trials.
const STRETCH: u64 = 128 << 20;
/// Two threads must take less than this part of the time of one: they use more of the processors, and a
/// trial is short.
const GAIN: f64 = 0.9;

/// How many threads copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Threads {
    One,
    Two,
}

/// The seconds that a byte took in the last trial of each.
#[derive(Debug)]
pub(super) struct Pace {
    one: Option<f64>,
    two: Option<f64>,
    may_use_two: bool,
}

impl Pace {
    /// The pace of a copy of `len` bytes. `None` if one thread copies all of them.
    pub(super) fn of(job: &Job<'_>, len: u64) -> Option<Self> {
        let is_plain =
            |file: &Known<'_>| file.filesystem().is_some_and(FsType::copies_through_memory);
        let pays = len >= 2 * TRIAL && job.settings.threads != 1 && is_never_shared(job);
        (pays && is_plain(&job.src) && is_plain(&job.dst) && has_two_processors())
            .then_some(Self::untried())
    }

    fn untried() -> Self {
        Self { one: None, two: None, may_use_two: true }
    }

    /// Who copies next, of `len` bytes, and how many of them.
    pub(super) fn next(&self, len: u64) -> (Threads, u64) {
        match (self.one, self.two) {
            _ if len < TRIAL || !self.may_use_two => (Threads::One, len),
            (None, _) => (Threads::One, TRIAL),
            (_, None) => (Threads::Two, TRIAL),
            (Some(one), Some(two)) => {
                let faster = if two < one * GAIN { Threads::Two } else { Threads::One };
                (faster, len.min(STRETCH))
            }
        }
    }

    /// Notes how long `len` bytes took. Less than a trial shows only what a system call costs.
    pub(super) fn note(&mut self, threads: Threads, len: u64, took: Duration) {
        if len < TRIAL {
            return;
        }
        let cost = Some(took.as_secs_f64() / len as f64);
        let (this, other) = match threads {
            Threads::One => (&mut self.one, &mut self.two),
            Threads::Two => (&mut self.two, &mut self.one),
        };
        *this = cost;
        if len > TRIAL {
            *other = None;
        }
    }

    /// After no thread could be started.
    pub(super) fn use_one(&mut self) {
        self.may_use_two = false;
    }
}

/// Whether the kernel would copy all bytes through memory, too: copy_file_range may share them, unless a
/// clone was refused for one of these reasons.
fn is_never_shared(job: &Job<'_>) -> bool {
    use Reason::{DifferentFilesystems, Misaligned, NoCloneSupport, NoCow, XfsWithoutReflink};

    job.mode == Mode::Never
        || matches!(
            job.refusal,
            Some(
                NoCloneSupport { .. }
                    | XfsWithoutReflink
                    | DifferentFilesystems { .. }
                    | Misaligned { .. }
                    | NoCow { .. }
            )
        )
}

fn has_two_processors() -> bool {
    available_parallelism().is_ok_and(|processors| processors > NonZero::<usize>::MIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FAST: Duration = Duration::from_millis(5);
    const SLOW: Duration = Duration::from_millis(8);
    const LONG: u64 = 1 << 30;

    fn tried(one: Duration, two: Duration) -> Pace {
        let mut pace = Pace::untried();
        assert_eq!(pace.next(LONG), (Threads::One, TRIAL));
        pace.note(Threads::One, TRIAL, one);
        assert_eq!(pace.next(LONG), (Threads::Two, TRIAL));
        pace.note(Threads::Two, TRIAL, two);
        pace
    }

    #[test]
    fn the_faster_one_goes_on_and_the_other_is_tried_again() {
        for (one, two, faster, slower) in
            [(SLOW, FAST, Threads::Two, Threads::One), (FAST, SLOW, Threads::One, Threads::Two)]
        {
            let mut pace = tried(one, two);
            assert_eq!(pace.next(LONG), (faster, STRETCH));
            pace.note(faster, STRETCH, FAST * 8);
            assert_eq!(pace.next(LONG), (slower, TRIAL));
            pace.note(slower, TRIAL, SLOW);
            assert_eq!(pace.next(LONG), (faster, STRETCH));
        }
    }

    #[test]
    fn a_little_faster_is_not_worth_two_processors() {
        let pace = tried(FAST, FAST * 19 / 20);
        assert_eq!(pace.next(LONG), (Threads::One, STRETCH));
    }

    #[test]
    fn a_short_rest_is_not_worth_a_thread() {
        let pace = tried(SLOW, FAST);
        assert_eq!(pace.next(TRIAL - 1), (Threads::One, TRIAL - 1));
        assert_eq!(pace.next(TRIAL), (Threads::Two, TRIAL));
    }

    #[test]
    fn a_small_piece_is_no_trial() {
        let mut pace = Pace::untried();
        pace.note(Threads::One, 4096, SLOW);
        assert_eq!(pace.next(LONG), (Threads::One, TRIAL));
    }

    #[test]
    fn without_a_thread_one_copies_the_rest() {
        let mut pace = tried(SLOW, FAST);
        pace.use_one();
        assert_eq!(pace.next(LONG), (Threads::One, LONG));
    }
}
