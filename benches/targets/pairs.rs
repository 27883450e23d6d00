//! Two things measured in pairs.

use std::fmt::{self, Display, Formatter};
use std::time::{Duration, Instant};

use anyhow::Result;
use statrs::statistics::{Data, OrderStatistics as _};

/// One side of a comparison: `run` is timed, `clean_up` is not.
pub(crate) struct Side<'s> {
    pub(crate) run: &'s dyn Fn() -> Result<()>,
    pub(crate) clean_up: &'s dyn Fn() -> Result<()>,
}

impl Side<'_> {
    fn time(&self) -> Result<Duration> {
        let start = Instant::now();
        (self.run)()?;
        let took = start.elapsed();
        (self.clean_up)()?;
        Ok(took)
    }
}

/// How many times longer one side took than the other.
pub(crate) struct Ratio {
    median: f64,
    quartiles: (f64, f64),
    pairs: usize,
}

impl Ratio {
    /// Measures both sides `pairs` times, in random order.
    pub(crate) fn measure(ours: &Side<'_>, theirs: &Side<'_>, pairs: usize) -> Result<Self> {
        // The first of each finds cold caches.
        ours.time()?;
        theirs.time()?;
        let ratios = (0..pairs)
            .map(|_| {
                let (ours, theirs) = if fastrand::bool() {
                    let ours = ours.time()?;
                    (ours, theirs.time()?)
                } else {
                    let theirs = theirs.time()?;
                    (ours.time()?, theirs)
                };
                Ok(ours.as_secs_f64() / theirs.as_secs_f64())
            })
            .collect::<Result<Vec<_>>>()?;
        let mut data = Data::new(ratios);
        let quartiles = (data.lower_quartile(), data.upper_quartile());
        Ok(Self { median: data.median(), quartiles, pairs })
    }

    /// Whether this keeps within `limit`, as far as the noise lets one say.
    pub(crate) fn verdict(&self, limit: f64) -> &'static str {
        if self.median <= limit {
            "met"
        } else if self.quartiles.0 <= limit {
            "within the noise"
        } else {
            "missed"
        }
    }
}

impl Display for Ratio {
    /// The cells of the table.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let (lower, upper) = self.quartiles;
        write!(f, "{:.2} ({lower:.2} … {upper:.2}) | {}", self.median, self.pairs)
    }
}
