//! What a copy must do on any filesystem, by any method: under `cargo test` in cargo's target
//! directory, under `cargo xtask test` on each filesystem of its table.
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

mod acls;
mod bad_files;
mod bad_names;
mod changed;
mod changing;
mod content;
mod descriptors;
mod errors;
mod hard_links;
mod large;
mod metadata;
mod not_atomic;
mod open_directories;
mod open_files;
mod overwrite;
mod permissions;
mod privileged;
mod progress;
mod ranges;
mod same_file;
mod sparse;
