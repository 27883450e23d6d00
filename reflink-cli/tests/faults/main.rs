//! What the command leaves behind after a failure midway: system calls that fail, kills, races,
//! missing rights, sandboxes.
//!
//! The subject is a process, `reflink copy` or `reflink range`, under strace. strace makes the Nth
//! call of a kind fail, or kills the process there, or stops it while another process acts. The
//! tests contain no list of calls: a first run records them, from the open of the source to the end
//! of the process.
//!
//! `REFLINK_TEST_FAULTS=all` injects every errno that a call can return, also into copies with
//! `--preserve=all --sync` and into copies through a named temporary file. Without it each call
//! gets its two most revealing errnos; kills are always tested. On an emulated processor
//! (`REFLINK_TEST_EMULATED`) it gets one, calls that are about no file get none, and commands that make the
//! same calls as others are left out.
#![cfg(target_os = "linux")]
// Helpers of tests may unwrap, too: they fail by panicking.
#![allow(clippy::unwrap_used)]

mod acls;
mod confined;
mod expect;
mod fuse;
mod held;
mod hints;
mod inject;
mod landlock;
mod leases;
mod made_up;
#[path = "../command/needs.rs"]
#[allow(dead_code, reason = "made for another suite, too")]
mod needs;
mod odd_files;
mod races;
mod redirect;
mod rights;
mod sandbox;
mod scope;
#[path = "../command/scratch.rs"]
#[allow(dead_code, reason = "made for another suite, too")]
mod scratch;
mod subject;
mod table;
mod trace;
mod trees;
