//! Whether figures can be believed.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One check of an evaluation by itself.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
pub(in crate::bench) struct Check {
    /// What must hold.
    pub(in crate::bench) claim: String,
    /// Whether it holds.
    pub(in crate::bench) passed: bool,
    /// What was seen.
    pub(in crate::bench) seen: String,
}
