//! Where room, rights to room, memory or descriptors run out.
#![cfg(target_os = "linux")]
// A helper of a test may unwrap as the test itself may: a panic is its way to fail.
#![allow(clippy::unwrap_used)]

#[path = "../common/mod.rs"]
mod common;
mod full_disk;
mod mounted;
mod other_limits;
mod resources;
