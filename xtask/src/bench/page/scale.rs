//! Logarithmic axes: their range, and where their ticks are.

use plotters::coord::combinators::{LogCoord, WithKeyPoints};
use plotters::prelude::*;

use crate::bench::report::Unit;

/// More ticks than this do not fit under a plot.
const TICKS: usize = 6;

/// An axis spans at least this factor, so that noise does not look like a mountain.
const LEAST_SPAN: f64 = 8.0;

/// One axis.
pub(super) struct Scale {
    low: f64,
    high: f64,
    ticks: Vec<f64>,
}

impl Scale {
    /// An axis for `values`, of which those that have no logarithm are left out.
    pub(super) fn new(unit: Unit, values: impl Iterator<Item = f64>) -> Self {
        let (low, high) = values
            .filter(|value| *value > 0.0)
            .fold((f64::INFINITY, 0.0_f64), |(low, high), value| (low.min(value), high.max(value)));
        if low > high {
            return Self { low: 1.0, high: 10.0, ticks: Vec::new() };
        }
        let widen = (LEAST_SPAN / (high / low)).max(1.0).sqrt();
        let margin = (high / low).powf(0.05).max(widen);
        let (low, high) = (low / margin, high * margin);
        Self { low, high, ticks: ticks(unit, low, high) }
    }

    /// The coordinates for a chart.
    pub(super) fn coordinates(&self) -> WithKeyPoints<LogCoord<f64>> {
        (self.low..self.high).log_scale().with_key_points(self.ticks.clone())
    }
}

/// Round numbers between `low` and `high`, evenly spread, as many as fit.
fn ticks(unit: Unit, low: f64, high: f64) -> Vec<f64> {
    let binary = matches!(unit, Unit::Bytes | Unit::BytesPerSecond) || high < 20.0 && low >= 0.3;
    let within = |value: &f64| (low..=high).contains(value);
    let powers = |base: f64, step: i32| {
        let first = low.log(base).ceil() as i32;
        let last = high.log(base).floor() as i32;
        (first..=last)
            .filter(move |power| power.rem_euclid(step) == 0)
            .map(move |power| base.powi(power))
    };
    let base = if binary && unit != Unit::Seconds { 2.0 } else { 10.0 };
    if base == 10.0 && powers(base, 1).count() < 3 {
        let first = low.log10().floor() as i32;
        let last = high.log10().ceil() as i32;
        let decades = (first..=last)
            .flat_map(|power| [1.0, 2.0, 5.0].map(|digit| digit * 10_f64.powi(power)));
        return decades.filter(within).collect();
    }
    let fits = |step: &i32| powers(base, *step).count() <= TICKS;
    let step = (1..).find(fits).unwrap_or(1);
    powers(base, step).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_few() {
        let kib = 1024.0;
        let sizes = ticks(Unit::Bytes, 3.0 * kib, 1.1 * kib * kib * kib);
        assert_eq!(sizes, [12, 16, 20, 24, 28].map(|power| 2_f64.powi(power)));
        assert_eq!(ticks(Unit::Count, 0.9, 250_000.0).len(), 6);
        assert_eq!(ticks(Unit::Count, 0.9, 9.0), [1.0, 2.0, 4.0, 8.0]);
        let times = ticks(Unit::Seconds, 1.5e-5, 6e-4);
        assert_eq!(times.len(), 5, "{times:?}");
        assert!(times.iter().all(|time| (1.5e-5..6e-4).contains(time)));
    }

    #[test]
    fn a_flat_line_gets_a_wide_axis() {
        let scale = Scale::new(Unit::Seconds, [2e-5, 2.1e-5].into_iter());
        assert!(scale.high / scale.low >= LEAST_SPAN * 0.99);
        assert!(Scale::new(Unit::Count, std::iter::empty()).low > 0.0);
    }
}
