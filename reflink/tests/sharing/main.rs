//! Seeing and shaping what files share: reasons, probe, extents, dedupe. Under `cargo xtask test`.
//!
//! What needs a filesystem that clones runs on the one under test or, where that one does not
//! clone, on the xfs beside it; what needs one made in a certain way makes it.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

#[path = "../common/mod.rs"]
mod common;

mod dedupe;
mod dedupe_long;
mod dedupe_permission;
mod dedupe_refused;
mod extents;
mod extents_many;
mod place;
mod probe;
mod reasons;
mod reasons_injected;
mod shared_between;
