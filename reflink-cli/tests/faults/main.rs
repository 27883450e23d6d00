//! What the command leaves behind when something goes wrong in the middle: system calls that fail,
//! kills, races, missing rights, sandboxes.
//!
//! The subject is a process, `reflink copy` or `reflink range`, and strace is what stands in its
//! way: it makes the Nth call of a kind fail, or kills the process there, or holds it up while
//! somebody else acts. Which calls there are is not written down here. A first run shows them, from
//! the open of the source to the end of the process.
//!
//! `REFLINK_TEST_FAULTS=all` has every errno injected that a call can give, also into copies with
//! `--preserve=all --sync` and into those by a named temporary file. Without it each call gets its
//! two most telling errnos; kills are never left out.
#![cfg(target_os = "linux")]
// A helper of a test may unwrap as the test itself may: a panic is its way to fail.
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
mod odd_files;
mod races;
mod redirect;
mod rights;
mod sandbox;
#[path = "../command/scratch.rs"]
#[allow(dead_code, reason = "made for another suite, too")]
mod scratch;
mod subject;
mod table;
mod trace;
