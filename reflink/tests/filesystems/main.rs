//! The table of what each filesystem must do: who clones, and why the others refuse.
//!
//! Whether blocks are shared is asked of `filefrag`, and of writes to either file.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

#[path = "../common/mod.rs"]
mod common;

mod across;
mod direct;
mod exact;
mod full_disk;
mod kernel_order;
mod limits;
mod locked;
mod mounts;
mod protected;
mod remembered;
mod slices;
mod table;
mod two_numbers;
