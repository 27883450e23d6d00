//! The system calls of a copy, seen by strace: which they are, and what happens if one fails.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

#[path = "../common/mod.rs"]
mod common;

mod alias_faults;
mod clone_faults;
mod copy_faults;
mod cost;
mod pipe;
mod preallocation;
mod publish_faults;
mod run;
mod tree_cost;
mod tree_scenario;
