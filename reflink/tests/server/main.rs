//! Files on a server: what can be found out about them, and what the network can do to a copy. Runs
//! under `cargo xtask vm`.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

#[path = "../common/mod.rs"]
mod common;

mod connection;
mod known;
mod one_file;
mod outage;
mod ranges;
