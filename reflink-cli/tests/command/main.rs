//! The command from outside: its output, the files that it leaves, and its exit status.
//!
//! The messages, /proc and the signals are those of Linux.
//!
//! `cfg(not(reflink_as = "new-names"))` leaves out tests that clone into existing files: a library that
//! clones only to new names refuses that, as `filesystems/new_names.rs` shows.
#![cfg(target_os = "linux")]
#![cfg_attr(
    any(reflink_as = "new-names", reflink_as = "ranges"),
    allow(dead_code, unused_imports, reason = "used by tests that such a build leaves out")
)]
// Helpers of tests may unwrap, too: they fail by panicking.
#![allow(clippy::unwrap_used)]

mod bad_input;
mod colour;
mod copy;
mod dedupe;
mod extents;
mod filesystem;
mod full;
mod guide;
mod help;
mod json;
mod late_signal;
mod long_work;
mod man;
mod meant;
mod names;
#[allow(dead_code, reason = "made for another suite, too")]
mod needs;
mod preserve;
mod probe;
mod range;
mod root;
mod scratch;
mod standard_output;
mod terminal;
mod trees;
mod usage;
