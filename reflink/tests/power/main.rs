//! Power cuts and failing disks, by the kernel's device-mapper. Under `cargo xtask vm --fs power`.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

#[path = "../common/mod.rs"]
mod common;

mod cases;
mod cuts;
mod disk;
mod failing;
mod log;
mod look;
