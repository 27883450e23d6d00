//! Samples, taken in turns.

use std::time::Instant;

use anyhow::Result;
use fastrand::Rng;

use super::ground::Ground;
use super::report::{Line, Quantity, Section};
use super::statistics::Summary;

/// One figure of one turn.
pub(super) struct Sample {
    pub(super) of: &'static Quantity,
    pub(super) line: Line,
    pub(super) x: f64,
    pub(super) value: f64,
}

/// How turns are taken.
#[derive(Clone, Copy)]
pub(super) enum Pace {
    /// Of what takes microseconds to milliseconds: the first turn of each is left out.
    Short,
    /// Of what has many steps, the first of which nobody looks at: fewer turns, and all count.
    Long,
}

/// The median of so many samples is expected to be off by less than this, relative to it; if not,
/// more samples are taken.
const CERTAIN: f64 = 0.03;

/// At most so many times the planned samples are taken.
const MORE: usize = 8;

/// How many calls in a row a turn of a short call makes.
const BURST: usize = 5;

/// The figures of one turn of a short call, which is made [`BURST`] times in a row.
///
/// The first is left out: it finds the processor's caches as another method has left them, which
/// can cost more than the call.
pub(super) fn burst(mut once: impl FnMut() -> Result<Sample>) -> Result<Vec<Sample>> {
    once()?;
    (1..BURST).map(|_| once()).collect()
}

impl Ground<'_> {
    /// Measures each of `what` again and again, in blocks: each once a block, in random order.
    ///
    /// So whatever changes with time, or is left behind by one of them, is spread over all of them.
    /// The plan says how many blocks there are. There are more of them if the samples are far apart
    /// and there is time left.
    pub(super) fn turns<W: Copy>(
        &self,
        section: &mut Section,
        pace: Pace,
        what: &[W],
        mut once: impl FnMut(W) -> Result<Vec<Sample>>,
    ) -> Result<()> {
        let mut random = Rng::with_seed(0);
        let mut order: Vec<usize> = (0..what.len()).collect();
        let mut figures: Vec<Vec<f64>> = vec![Vec::new(); what.len()];
        let (warm_up, least) = match pace {
            Pace::Short => (1, self.plan.least),
            Pace::Long => (0, self.plan.least.min(3)),
        };
        let start = Instant::now();
        for block in 0..warm_up + MORE * self.plan.rounds {
            let taken = block.saturating_sub(warm_up);
            let late = start.elapsed() > self.plan.patience;
            let enough = taken >= self.plan.rounds && figures.iter().all(|f| is_certain(f));
            if taken >= least && (late || enough) {
                break;
            }
            random.shuffle(&mut order);
            for &index in &order {
                self.interrupt.check()?;
                let samples = once(what[index])?;
                if block < warm_up {
                    continue;
                }
                let first = samples.first().map(|sample| sample.line);
                let same = samples.iter().filter(|sample| Some(sample.line) == first);
                figures[index].extend(same.map(|sample| sample.value));
                for sample in samples {
                    section.add(sample.of, sample.line, sample.x, sample.value);
                }
            }
        }
        section.in_order();
        Ok(())
    }
}

/// Whether the median of `samples` would hardly change with more of them.
fn is_certain(samples: &[f64]) -> bool {
    // 1.57 × the spread of the middle half / √n: McGill's notches, about 95 % of a median.
    let spread = Summary::of(samples).spread();
    1.57 * spread / (samples.len() as f64).sqrt() < CERTAIN
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::ground::Abilities;
    use crate::bench::plan::Plan;
    use crate::bench::report::{Effort, Topic, Unit};
    use crate::bench::settle::Settler;
    use crate::test::process::Interrupt;

    static TIME: Quantity =
        Quantity { name: "time", x: ("size", Unit::Bytes), y: ("time", Unit::Seconds) };

    #[test]
    fn each_is_measured_once_a_block_in_random_order_and_the_first_block_is_left_out() {
        let dir = tempfile::tempdir().unwrap();
        let plan = Plan::new(Effort::Smoke);
        let ways = Vec::new();
        let abilities = Abilities { no_clones: None, ways, offload_shares: false, block: 4096 };
        let ground = Ground {
            dir: dir.path(),
            plan: &plan,
            abilities: &abilities,
            settler: &Settler::new(plan.settling),
            interrupt: &Interrupt::catch().unwrap(),
        };
        let mut section = Section::new(Topic::Methods);
        let what = [Line::Clone, Line::CopyFileRange, Line::ReadWrite];
        let mut order = Vec::new();
        let once = |line| {
            order.push(line);
            Ok(vec![Sample { of: &TIME, line, x: 1.0, value: order.len() as f64 }])
        };
        ground.turns(&mut section, Pace::Short, &what, once).unwrap();
        let blocks: Vec<_> = order.chunks(what.len()).map(<[_]>::to_vec).collect();
        assert_eq!(blocks.len(), 1 + plan.least);
        for block in &blocks {
            assert!(what.iter().all(|line| block.contains(line)), "{blocks:?}");
        }
        assert!(blocks.iter().any(|block| *block != blocks[0]), "always in one order: {blocks:?}");
        for line in what {
            let samples = &section.points("time", line)[0].samples;
            assert_eq!(samples.len(), plan.least);
            assert!(
                samples.iter().all(|at| *at > what.len() as f64),
                "the first is in {samples:?}"
            );
        }
    }

    #[test]
    fn the_first_call_of_a_burst_is_left_out() {
        let mut calls = 0;
        let samples = burst(|| {
            calls += 1;
            Ok(Sample { of: &TIME, line: Line::Clone, x: 1.0, value: f64::from(calls) })
        });
        let values: Vec<_> = samples.unwrap().iter().map(|sample| sample.value).collect();
        assert_eq!(values, [2.0, 3.0, 4.0, 5.0]);
    }

    #[test]
    fn far_apart_samples_are_not_certain() {
        assert!(is_certain(&[1.0, 1.01, 1.0, 1.01, 1.0]));
        assert!(!is_certain(&[1.0, 1.5, 2.0, 1.2, 0.8]));
        let many: Vec<f64> =
            (0..10_000).map(|number| 1.0 + f64::from(number % 10) / 10.0).collect();
        assert!(is_certain(&many));
    }
}
