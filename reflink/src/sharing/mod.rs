//! What files share: where their blocks are, whether others use them, and sharing equal data.

mod between;
mod blocks;
mod dedupe;
mod extent;
mod extents;
mod probe;
mod shared_range;
mod totals;

pub use between::{SharedBetween, shared_between};
pub use dedupe::Deduped;
pub(crate) use dedupe::run as run_dedupe;
pub use extent::{Extent, ExtentFlags};
pub use extents::{Extents, extents, extents_after_sync};
pub use probe::answer::{Evidence, Inconclusive, Probe, Support};
pub use probe::{probe, probe_between};
pub use shared_range::SharedRange;
pub use totals::Sharing;
