//! What OpenZFS clones, and what the library does where it refuses. Under `cargo xtask vm --fs zfs`.
//!
//! ZFS lists no extents. The pool reports how many of its bytes are shared.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

#[path = "../common/mod.rs"]
mod common;
mod datasets;
mod dirty;
mod pool;
mod ranges;
mod settings;
