//! How fast a copy is now.

use std::time::{Duration, Instant};

/// How far back the speed looks. What is older counts for little.
const MEMORY: Duration = Duration::from_secs(5);

/// Bytes in a second, in which the last seconds count most.
#[derive(Default)]
pub(super) struct Speed {
    last: Option<(Instant, u64)>,
    per_second: Option<f64>,
}

impl Speed {
    /// Begins with `done` bytes that are done at this moment.
    pub(super) fn from(now: Instant, done: u64) -> Self {
        Self { last: Some((now, done)), per_second: None }
    }

    /// The speed when `done` bytes are done. 0 if there is none yet.
    pub(super) fn at(&mut self, now: Instant, done: u64) -> f64 {
        if let Some((then, before)) = self.last {
            let seconds = now.duration_since(then).as_secs_f64();
            if seconds > 0.0 {
                let new = done.saturating_sub(before) as f64 / seconds;
                let weight = seconds / (seconds + MEMORY.as_secs_f64());
                let old = self.per_second.unwrap_or(new);
                self.per_second = Some(old + weight * (new - old));
            }
        }
        self.last = Some((now, done));
        self.per_second.unwrap_or(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_seconds_count_most() {
        let begun = Instant::now();
        let mut speed = Speed::from(begun, 1000);
        let mut at = |seconds, done| speed.at(begun + Duration::from_secs(seconds), done);
        assert_eq!(at(0, 1000), 0.0);
        assert_eq!(at(1, 1100), 100.0);
        assert_eq!(at(2, 1200), 100.0);
        let slower = at(12, 1200);
        assert!((1.0..50.0).contains(&slower), "{slower}");
    }
}
