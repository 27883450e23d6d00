//! What was refused for good: clones between two mounts that can never work.

use std::sync::{Mutex, PoisonError};

use crate::error::Reason;
use crate::known::Known;
use crate::sys::MountId;

/// The number of pairs that are remembered. Then all are forgotten.
const MOST: usize = 64;

/// Pairs of mounts, source and destination, and why nothing is cloned between them.
///
/// A stale pair does no harm, because the number of a mount is never reused.
#[derive(Debug, Default)]
pub(crate) struct Refusals(Mutex<Vec<(Pair, Reason)>>);

type Pair = (MountId, MountId);

impl Refusals {
    /// Why a clone of this file to the mount that `dst` returns would be refused, if one between the two mounts was
    /// refused before.
    pub(crate) fn find(
        &self,
        src: &Known<'_>,
        dst: impl FnOnce() -> Option<MountId>,
    ) -> Option<Reason> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.is_empty() {
            // Without refusals the numbers of the mounts are not needed.
            return None;
        }
        let pair = src.mount().zip(dst())?;
        known.iter().find(|(known, _)| *known == pair).map(|(_, reason)| *reason)
    }

    /// Remembers that a clone was refused, if the reason holds for every file of the two mounts.
    pub(crate) fn note(&self, src: &Known<'_>, dst: &Known<'_>, reason: Reason) {
        if !reason.holds_for_mounts() {
            return;
        }
        let Some(pair) = src.mount().zip(dst.mount()) else { return };
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() == MOST {
            known.clear();
        }
        known.push((pair, reason));
    }
}
