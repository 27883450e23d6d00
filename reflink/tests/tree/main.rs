//! Trees: each file tests one promise.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

#[path = "../common/mod.rs"]
mod common;

mod alone;
mod case;
mod changing;
mod deep;
mod errors;
mod existing;
mod into_itself;
mod links;
mod races;
mod rights;
mod snapshot;
mod special;
mod tree;
mod unfinished;
mod wide;
