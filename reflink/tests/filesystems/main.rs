//! The table of what each filesystem must do: which ones clone, and why the others refuse.
//!
//! `filefrag`, and writes to either file, show whether blocks are shared.
//!
//! `cfg(not(reflink_as = "new-names"))` leaves out tests that clone into existing files: a library that
//! clones only to new names refuses that, as `filesystems/new_names.rs` shows.
#![cfg(target_os = "linux")]
#![cfg_attr(
    reflink_as = "new-names",
    allow(dead_code, unused_imports, reason = "used by tests that such a build leaves out")
)]
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
#[cfg(reflink_as = "new-names")]
mod new_names;
mod protected;
#[cfg(reflink_as = "ranges")]
mod ranges;
mod remembered;
mod replaced;
mod slices;
mod table;
mod two_numbers;
