//! What samples amount to.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use statrs::statistics::{Data, Max as _, Min as _, OrderStatistics as _};

/// A point whose middle half of samples spreads more than this, relative to its median, is noisy.
const NOISY: f64 = 0.25;

/// The order statistics of some samples. Where there are none, all are 0.
#[derive(Clone, Copy, Default, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Summary {
    /// How many samples there are.
    pub(super) count: usize,
    /// The smallest.
    pub(super) minimum: f64,
    /// A quarter is smaller.
    pub(super) lower_quartile: f64,
    /// Half is smaller.
    pub(crate) median: f64,
    /// Three quarters are smaller.
    pub(super) upper_quartile: f64,
    /// The largest.
    pub(super) maximum: f64,
}

impl Summary {
    pub(crate) fn of(samples: &[f64]) -> Self {
        if samples.is_empty() {
            return Self::default();
        }
        let mut data = Data::new(samples.to_vec());
        // The estimator reaches a little beyond the samples when there are few of them.
        let (minimum, maximum) = (data.min(), data.max());
        Self {
            count: samples.len(),
            minimum,
            lower_quartile: data.lower_quartile().clamp(minimum, maximum),
            median: data.median(),
            upper_quartile: data.upper_quartile().clamp(minimum, maximum),
            maximum,
        }
    }

    /// How far the middle half of the samples spreads, relative to the median.
    pub(super) fn spread(&self) -> f64 {
        if self.median > 0.0 {
            (self.upper_quartile - self.lower_quartile) / self.median
        } else {
            0.0
        }
    }

    pub(super) fn is_noisy(&self) -> bool {
        self.spread() > NOISY
    }

    /// How many times larger this is than `other`; `None` where the noise is larger than the
    /// difference, which is to say where the middle halves of the samples overlap.
    pub(super) fn ratio_to(&self, other: &Self) -> Option<f64> {
        let apart = self.lower_quartile > other.upper_quartile
            || self.upper_quartile < other.lower_quartile;
        (apart && other.median > 0.0).then(|| self.median / other.median)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_summed_up() {
        let summary = Summary::of(&[4.0, 1.0, 2.0, 5.0, 3.0]);
        assert_eq!((summary.count, summary.median), (5, 3.0));
        assert_eq!((summary.minimum, summary.maximum), (1.0, 5.0));
        assert!(summary.lower_quartile >= 1.0 && summary.lower_quartile <= 2.0);
        assert!(summary.upper_quartile >= 4.0 && summary.upper_quartile <= 5.0);
        assert!(summary.is_noisy());
        assert_eq!(Summary::of(&[7.0]).spread(), 0.0);
        assert_eq!(Summary::of(&[]).count, 0);
    }

    #[test]
    fn noise_hides_a_difference() {
        let (low, high) = (Summary::of(&[1.0, 1.1, 1.2]), Summary::of(&[2.0, 2.2, 2.4]));
        assert_eq!(high.ratio_to(&low), Some(2.0));
        assert_eq!(low.ratio_to(&high), Some(0.5));
        assert_eq!(low.ratio_to(&low), None);
        assert_eq!(Summary::of(&[1.0, 2.3, 5.0]).ratio_to(&high), None);
    }
}
