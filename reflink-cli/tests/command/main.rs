//! The command from outside: what it prints, what it leaves on the disk, and how it exits.
//!
//! The messages are the Linux kernel's, and so are /proc and the signals.
#![cfg(target_os = "linux")]
// A helper of a test may unwrap as the test itself may: a panic is its way to fail.
#![allow(clippy::unwrap_used)]

mod bad_input;
mod copy;
mod dedupe;
mod extents;
mod filesystem;
mod help;
mod json;
mod long_work;
mod names;
mod preserve;
mod probe;
mod range;
mod root;
mod scratch;
mod terminal;
mod usage;
