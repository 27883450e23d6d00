//! A server that goes away in the middle of a copy.

use std::ops::ControlFlow::Continue;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use reflink::{Mode, Options};

use crate::common::*;

/// What a soft mount with a short timeout makes of it, for each call that waits for the server.
const PATIENCE: Duration = Duration::from_secs(120);

/// Starts the server again.
struct Down;

impl Down {
    fn take() -> Self {
        tool(Command::new("rpc.nfsd").arg("0"));
        Self
    }
}

impl Drop for Down {
    fn drop(&mut self) {
        // No panic: this may be the end of a test that failed.
        let up = Command::new("rpc.nfsd").args(["-N", "3", "-V", "4.2", "2"]).status();
        // Nobody has anything to reclaim; Linux 7 has that wait for its end all the same.
        let grace = std::fs::write("/proc/fs/nfsd/v4_end_grace", "Y");
        println!("the server is up again: {up:?} {grace:?}");
    }
}

/// Copies in a mode that does not clone: by copy_file_range, on the server if it can, or by reading.
fn check(mode: Mode) {
    let dir = std::env::var_os("REFLINK_TEST_OUTAGE_DIR").map(PathBuf::from).unwrap();
    let dir = tempfile::tempdir_in(dir).unwrap();
    let [src, dst] = ["src", "dst"].map(|name| dir.path().join(name));
    file(&src, &bytes(1, 40 * MIB)).sync_all().unwrap();
    file(&dst, b"old").sync_all().unwrap();
    let mut down = None;
    let stop = |_| {
        down.get_or_insert_with(|| (Down::take(), Instant::now()));
        Continue(())
    };
    let result = Options::new().mode(mode).on_progress(stop).sync(true).copy(&src, &dst);
    let (server, since) = down.expect("there was no time to stop the server");
    let took = since.elapsed();
    drop(server);
    println!("{took:?}: {result:?}");
    let error = result.unwrap_err();
    assert!(matches!(error.raw_os_error(), Some(libc::EIO | libc::ETIMEDOUT)), "{error:?}");
    assert!(took < PATIENCE, "{took:?}");
    assert_eq!(std::fs::read(&dst).unwrap(), b"old");
}

#[test]
#[ignore = "needs a server; run cargo xtask vm"]
fn a_copy_ends_with_an_error_and_the_old_file_stands() {
    check(Mode::Never);
}

/// NFS 4.2 clones, in one call.
#[test]
#[ignore = "needs a server; run cargo xtask vm"]
fn a_copy_without_clones_too() {
    assert_eq!(fs(), Fs::Nfs41);
    check(Mode::Auto);
}
