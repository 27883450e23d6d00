//! Other processes: tools, and this test itself if it changes something that belongs to the whole
//! process.

use std::path::Path;
use std::process::{Command, Output};
use std::sync::mpsc;
use std::time::Duration;

/// Set in a child of [`in_child`].
const CHILD: &str = "REFLINK_TEST_CHILD";

/// Runs a tool, which must succeed, and returns its output.
#[track_caller]
pub(crate) fn tool(command: &mut Command) -> String {
    let Output { status, stdout, stderr } =
        command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let stderr = String::from_utf8_lossy(&stderr);
    assert!(status.success(), "{command:?}: {status}: {stderr}");
    String::from_utf8_lossy(&stdout).into_owned()
}

/// Runs `work` in a process of its own, which the shell commands in `setup` (umask, ulimit, …)
/// prepare, and whose command line begins with `wrapper` (strace, setpriv, …).
///
/// The process is this test binary with this one test, which gets here again and then does the
/// work: `work` must be a closure in the test function itself.
#[track_caller]
pub(crate) fn in_child<F: FnOnce()>(setup: &str, wrapper: &[&str], work: F) {
    // "suite::module::test::{{closure}}" without the first and the last part.
    let test = std::any::type_name::<F>();
    let test = test.strip_suffix("::{{closure}}").unwrap_or(test);
    let (_, test) = test.split_once("::").unwrap_or_default();
    if std::env::var(CHILD).is_ok_and(|child| child == test) {
        return work();
    }
    let binary = std::env::current_exe().unwrap();
    // Of `cargo xtask systems --run`: this machine runs no programs for that processor by itself.
    let runner = std::env::var("REFLINK_TEST_RUNNER").unwrap_or_default();
    let output = tool(
        Command::new("sh")
            .args(["-c", &format!("{setup}\nexec \"$@\""), "sh"])
            .args(wrapper)
            .args(runner.split_whitespace())
            .arg(binary)
            .args(["--exact", test, "--include-ignored", "--nocapture"])
            .env(CHILD, test),
    );
    assert!(output.contains("test result: ok. 1 passed"), "{test} was not run: {output}");
}

/// Runs `work` and fails if it does not end, for example in the open of a FIFO.
#[track_caller]
pub(crate) fn within_seconds<T: Send + 'static>(
    seconds: u64,
    work: impl FnOnce() -> T + Send + 'static,
) -> T {
    let (send, receive) = mpsc::channel();
    std::thread::spawn(move || send.send(work()));
    receive.recv_timeout(Duration::from_secs(seconds)).expect("it blocks, or it panicked")
}

/// Waits for something that happens in the background.
#[track_caller]
pub(crate) fn eventually(mut happens: impl FnMut() -> bool) {
    for _ in 0..100 {
        if happens() {
            return;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    panic!("it does not happen within ten seconds");
}

/// Unmounts. The mount can be busy for a moment, because a process that another test is starting
/// still has this one's open files.
pub(crate) fn unmount(point: &Path) {
    let mut umount = Command::new("umount");
    umount.arg(point);
    if std::thread::panicking() {
        let _ = umount.output();
    } else {
        eventually(|| umount.output().unwrap().status.success());
    }
}
