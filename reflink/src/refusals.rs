//! What was refused for good: clones between two mounts that will never be.

use std::sync::{Mutex, PoisonError};

use crate::error::Reason;
use crate::known::Known;
use crate::sys::MountId;

/// As many pairs are remembered, and then forgotten together.
const MOST: usize = 64;

/// Pairs of mounts, source and destination, and why nothing is cloned between them.
///
/// A mount that is gone is never met again: its number is not given to another.
#[derive(Debug, Default)]
pub(crate) struct Refusals(Mutex<Vec<(Pair, Reason)>>);

type Pair = (MountId, MountId);

impl Refusals {
    /// Why a clone between these files would be refused, if one between their mounts was.
    pub(crate) fn find(&self, src: &Known<'_>, dst: &Known<'_>) -> Option<Reason> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.is_empty() {
            // Nobody needs the numbers.
            return None;
        }
        let pair = pair(src, dst)?;
        known.iter().find(|(known, _)| *known == pair).map(|(_, reason)| *reason)
    }

    /// Remembers that a clone was refused, if the reason holds for every file of the two mounts.
    pub(crate) fn note(&self, src: &Known<'_>, dst: &Known<'_>, reason: Reason) {
        if !reason.holds_for_mounts() {
            return;
        }
        let Some(pair) = pair(src, dst) else { return };
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() == MOST {
            known.clear();
        }
        known.push((pair, reason));
    }
}

fn pair(src: &Known<'_>, dst: &Known<'_>) -> Option<Pair> {
    src.mount().zip(dst.mount())
}
