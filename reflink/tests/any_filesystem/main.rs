//! What a copy must do on any filesystem, by any method: under `cargo test` in cargo's target
//! directory, under `cargo xtask test` on each filesystem of its table.
#![cfg(target_os = "linux")]
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
