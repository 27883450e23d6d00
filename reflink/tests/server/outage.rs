//! A server that goes away during a copy.

use std::ops::ControlFlow::Continue;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use reflink::{Mode, Options};

use crate::common::*;

/// How long several calls in turn wait for the server on a mount that gives up quickly.
const PATIENCE: Duration = Duration::from_secs(120);
/// How long a call to a server that responds takes at most.
const AN_ANSWER: Duration = Duration::from_secs(20);

/// Data in each part that one call copies or clones.
const ISLANDS: [(u64, u64); 4] =
    [(0, 20 * MIB), (200 * MIB, MIB), (400 * MIB, MIB), (599 * MIB, MIB)];

/// A server out of service, until dropped.
struct Away {
    end: String,
}

impl Away {
    /// Runs the shell command of one variable, and at the end that of the other.
    fn begin([begin, end]: [&str; 2]) -> Self {
        let [begin, end] = [begin, end].map(|variable| std::env::var(variable).unwrap());
        tool(Command::new("sh").args(["-c", &begin]));
        Self { end }
    }
}

impl Drop for Away {
    fn drop(&mut self) {
        // No panic, because this may be the end of a test that failed.
        let end = Command::new("sh").args(["-c", &self.end]).status();
        println!("the server is there again: {end:?}");
    }
}

/// Copies over an old file, while the server goes away after the first part.
#[track_caller]
fn check(mode: Mode, away: [&str; 2], errors: &[i32], patience: Duration) {
    let dir = std::env::var_os("REFLINK_TEST_OUTAGE_DIR").map(PathBuf::from).unwrap();
    let dir = tempfile::tempdir_in(dir).unwrap();
    let [src, dst] = ["src", "dst"].map(|name| dir.path().join(name));
    sparse_file(&src, 600 * MIB, &ISLANDS);
    file(&dst, b"old").sync_all().unwrap();
    let mut server = None;
    let mut parts = 0;
    let stop = |_| {
        parts += 1;
        server.get_or_insert_with(|| (Away::begin(away), Instant::now()));
        Continue(())
    };
    let result = Options::new().mode(mode).on_progress(stop).sync(true).copy(&src, &dst);
    let (server, since) = server.expect("there was no time to stop the server");
    let took = since.elapsed();
    drop(server);
    println!("{mode:?}: {parts} parts, {took:?}: {result:?}");
    let error = result.unwrap_err();
    assert!(error.raw_os_error().is_some_and(|errno| errors.contains(&errno)), "{error:?}");
    assert!(took < patience, "{took:?}");
    assert_eq!(std::fs::read(&dst).unwrap(), b"old");
}

const STOPPED: [&str; 2] = ["REFLINK_TEST_STOP_SERVER", "REFLINK_TEST_START_SERVER"];
/// The errnos for a server that does not respond. EDEADLK comes from a copy on an SMB server,
/// EAGAIN if the loss was just noticed.
fn silence() -> &'static [i32] {
    if on_smb() {
        &[libc::EHOSTDOWN, libc::EDEADLK, libc::EAGAIN]
    } else {
        &[libc::EIO, libc::ETIMEDOUT]
    }
}

/// Between two parts of a clone or, if there is none, of a copy.
#[test]
#[ignore = "needs a server; run cargo xtask vm"]
fn auto_ends_with_an_error_and_the_old_file_stands() {
    check(Mode::Auto, STOPPED, silence(), PATIENCE);
}

#[test]
#[ignore = "needs a server; run cargo xtask vm"]
fn never_is_refused_as_well() {
    needs!(WritesWithoutServer);
    check(Mode::Never, STOPPED, silence(), PATIENCE);
}

#[test]
#[ignore = "needs a server of NFS; run cargo xtask vm"]
fn files_that_the_server_has_lost_are_an_error() {
    needs!(ForgottenFiles);
    for mode in COPYING {
        check(mode, ["REFLINK_TEST_FORGET", "REFLINK_TEST_REMEMBER"], &[libc::ESTALE], AN_ANSWER);
    }
}
