//! Seeing and changing what files share: reasons, probe, extents, dedupe. Runs under
//! `cargo xtask test`.
//!
//! Tests that need a filesystem that clones run on the one under test or, if that does not clone,
//! on the second xfs. Tests that need a filesystem made in a special way make it.
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
