//! A signal that arrives when a copy has its name already.

use std::os::unix::process::ExitStatusExt as _;
use std::process::{Command, Output, Stdio};
use std::thread::sleep;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use crate::scratch::{REFLINK, Scratch};

/// Leaves no room in the pipe for the line of -v, so that the command waits there.
const WAITING: &str = r#"head -c 65536 /dev/zero; exec env --default-signal=INT "$0" copy -v "$@""#;

/// Sends SIGINT to the command when `name` exists, and before it can end.
fn interrupted(scratch: &Scratch, args: &[&str], name: &str) -> Output {
    let mut command = Command::new("sh");
    command.args(["-c", WAITING, REFLINK]).args(args).current_dir(scratch.path("."));
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    while !scratch.path(name).exists() {
        assert!(child.try_wait().unwrap().is_none(), "it ended without {name}");
        sleep(Duration::from_millis(2));
    }
    let id = Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
    kill_process(id, Signal::INT).unwrap();
    child.wait_with_output().unwrap()
}

#[test]
fn a_signal_after_the_copy_is_what_the_command_dies_of_and_the_copy_stays_and_is_reported() {
    let scratch = Scratch::new();
    scratch.write("a", "new");
    scratch.mkdir("tree");
    scratch.write("tree/a", "new");
    for (args, name) in [(&["a", "b"][..], "b"), (&["-a", "tree", "t"], "t")] {
        let output = interrupted(&scratch, args, name);
        assert_eq!(output.status.signal(), Some(Signal::INT.as_raw()), "{output:?}");
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(stderr, format!("reflink: SIGINT came after '{name}' was complete\n"));
        let stdout = String::from_utf8_lossy(&output.stdout);
        assert!(stdout.contains(&format!(" -> '{name}': ")), "{stdout:?}");
    }
    assert_eq!(scratch.read("b"), b"new");
    assert_eq!(scratch.read("t/a"), b"new");
    assert_eq!(scratch.names(), ["a", "b", "t", "tree"]);
}

#[test]
fn sources_that_follow_are_named_as_not_copied() {
    let scratch = Scratch::new();
    scratch.mkdir("dir");
    for name in ["a", "b", "c"] {
        scratch.write(name, name);
    }
    let output = interrupted(&scratch, &["a", "b", "c", "dir"], "dir/a");
    assert_eq!(output.status.signal(), Some(Signal::INT.as_raw()), "{output:?}");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(
        stderr,
        "reflink: SIGINT came after 'dir/a' was complete\nreflink: 'b' and 1 other were not copied\n"
    );
    assert_eq!(scratch.read("dir/a"), b"a");
    assert!(!scratch.path("dir/b").exists());
}
