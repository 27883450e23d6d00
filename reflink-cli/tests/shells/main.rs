//! What other programs make of what the command writes for them: shells and their completions.
//!
//! They are the same on every filesystem, and too large for a virtual machine.
#![cfg(target_os = "linux")]
// Helpers of tests may unwrap, too: they fail by panicking.
#![allow(clippy::unwrap_used)]

mod completions;
#[path = "../command/scratch.rs"]
#[allow(dead_code, reason = "the other suite uses more of it")]
mod scratch;
