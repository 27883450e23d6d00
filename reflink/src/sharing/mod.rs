//! What files share: where their blocks are, whose they are as well, and making equal ones shared.

mod between;
mod blocks;
mod dedupe;
mod extents;
mod probe;
mod totals;

pub use between::{SharedBetween, SharedRange, shared_between};
pub(crate) use dedupe::run as run_dedupe;
pub use dedupe::{Deduped, dedupe};
pub use extents::{Extent, ExtentFlags, Extents, extents, extents_after_sync};
pub use probe::{Evidence, Inconclusive, Probe, Support, probe, probe_between};
pub use totals::Sharing;
