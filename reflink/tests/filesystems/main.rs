//! The table of what each filesystem must do: which ones clone, and why the others refuse.
//!
//! `filefrag`, and writes to either file, show whether blocks are shared.
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
