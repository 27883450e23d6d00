//! What happens if room, quotas, memory or descriptors run out.
#![cfg(target_os = "linux")]
// Helpers of tests may unwrap, too: they fail by panicking.
#![allow(clippy::unwrap_used)]

#[path = "../common/mod.rs"]
mod common;
mod full_disk;
mod mounted;
mod other_limits;
mod resources;
mod trees;
