//! A server that goes away during a copy.

use std::fs::File;
use std::ops::ControlFlow::Continue;
use std::os::unix::fs::FileExt as _;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use reflink::{Mode, Options, Outcome, Result};
use tempfile::TempDir;

use crate::common::*;

/// How long several calls in turn wait for the server on a mount that gives up quickly.
const PATIENCE: Duration = Duration::from_secs(120);
/// The same if the network is gone, so that only a timeout shows it.
const LONGER_PATIENCE: Duration = Duration::from_secs(400);
/// How long a call to a server that responds takes at most.
const AN_ANSWER: Duration = Duration::from_secs(20);
/// How long a server is away that comes back: less than a client waits.
const A_MOMENT: Duration = Duration::from_secs(4);

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

/// A file of several parts, and an old file to copy it over.
struct Files {
    _dir: TempDir,
    src: PathBuf,
    dst: PathBuf,
}

impl Files {
    fn new(dir: TempDir) -> Self {
        let [src, dst] = ["src", "dst"].map(|name| dir.path().join(name));
        sparse_file(&src, 600 * MIB, &ISLANDS);
        file(&dst, b"old").sync_all().unwrap();
        Self { _dir: dir, src, dst }
    }

    /// Copies, and does `meanwhile` after the first part.
    fn copy<T: Send>(
        &self,
        mode: Mode,
        meanwhile: impl Fn() -> T + Send + Sync,
    ) -> (Result<Outcome>, T) {
        let mut done = None;
        let mut parts = 0;
        let part = |_| {
            parts += 1;
            done.get_or_insert_with(&meanwhile);
            Continue(())
        };
        let result =
            Options::new().mode(mode).on_progress(part).sync(true).copy(&self.src, &self.dst);
        println!("{mode:?}: {parts} parts: {result:?}");
        (result, done.expect("there was no time to do anything"))
    }

    #[track_caller]
    fn assert_old(&self) {
        assert_eq!(std::fs::read(&self.dst).unwrap(), b"old");
    }

    #[track_caller]
    fn assert_copied(&self) {
        let copy = File::open(&self.dst).unwrap();
        assert_eq!(copy.metadata().unwrap().len(), 600 * MIB);
        for (at, len) in ISLANDS {
            let mut found = vec![0; len as usize];
            copy.read_exact_at(&mut found, at).unwrap();
            assert_same(&found, &bytes(at, len), &format!("from {at} on"));
        }
    }
}

/// Copies over an old file, while the server goes away after the first part.
#[track_caller]
fn check(mode: Mode, away: [&str; 2], errors: &[i32], patience: Duration) {
    let dir = std::env::var_os("REFLINK_TEST_OUTAGE_DIR").map(PathBuf::from).unwrap();
    let files = Files::new(tempfile::tempdir_in(dir).unwrap());
    let (result, (server, since)) = files.copy(mode, || (Away::begin(away), Instant::now()));
    let took = since.elapsed();
    drop(server);
    let error = result.unwrap_err();
    assert!(error.raw_os_error().is_some_and(|errno| errors.contains(&errno)), "{error:?}");
    files.assert_old();
    assert!(took < patience, "{took:?}");
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

/// The server has the call, and the network is gone before it answers; it carries out the call later.
#[test]
#[ignore = "needs a server of NFS; run cargo xtask vm"]
fn an_outage_in_the_middle_of_a_clone_is_an_error_and_the_old_file_stands() {
    needs!(ImpatientClients);
    check(Mode::Auto, ["REFLINK_TEST_FREEZE", "REFLINK_TEST_THAW"], silence(), LONGER_PATIENCE);
}

/// The server is away for a moment, after the first part.
fn interrupted(files: &Files) -> Result<Outcome> {
    let (result, back) = files.copy(Mode::Auto, || {
        let server = Away::begin(STOPPED);
        std::thread::spawn(move || {
            std::thread::sleep(A_MOMENT);
            drop(server);
        })
    });
    back.join().unwrap();
    result
}

#[test]
#[ignore = "needs a server of NFS; run cargo xtask vm"]
fn a_copy_goes_on_when_the_server_is_back() {
    needs!(ClientsThatGoOn);
    let files = Files::new(dir());
    interrupted(&files).unwrap();
    files.assert_copied();
}

#[test]
#[ignore = "needs a server of SMB; run cargo xtask vm"]
fn a_copy_whose_server_was_away_is_whole_or_an_error() {
    needs!(NoClientsThatGoOn);
    let files = Files::new(dir());
    match interrupted(&files) {
        Ok(_) => files.assert_copied(),
        Err(_) => files.assert_old(),
    }
}

/// Its bytes must not be mixed with those of the file that the copy began with.
#[test]
#[ignore = "needs a server; run cargo xtask vm"]
fn a_source_that_was_replaced_during_an_outage_is_an_error() {
    let files = Files::new(dir());
    let src = on_server(&files.src);
    let (result, ()) = files.copy(Mode::Auto, || {
        let server = Away::begin(STOPPED);
        std::fs::remove_file(&src).unwrap();
        sparse_file(&src, 600 * MIB, &[(100 * MIB, MIB)]);
        drop(server);
    });
    let error = result.unwrap_err();
    assert_ne!(error.raw_os_error(), None, "{error:?}");
    files.assert_old();
}
