//! Signals, progress and limits during a copy.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::thread::sleep;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use crate::scratch::{REFLINK, Scratch};

const MIB: usize = 1 << 20;

/// A command that is stopped (SIGSTOP) while it copies `big`.
pub(crate) struct Paused {
    scratch: Scratch,
    child: Child,
}

impl Paused {
    /// Runs `prefix`, which ends in the command, with `args`.
    fn new(prefix: &[&str], args: &[&str]) -> Self {
        Self::with_stderr(prefix, args, Stdio::piped)
    }

    pub(crate) fn with_stderr(prefix: &[&str], args: &[&str], stderr: impl Fn() -> Stdio) -> Self {
        let scratch = Scratch::new();
        scratch.write("b", "old");
        // If a machine is too fast for one size, the next size is tried.
        for size in [128 * MIB, 512 * MIB, 2048 * MIB] {
            scratch.write("big", vec![0x5a; size]);
            let mut child = Command::new(prefix[0])
                .args(&prefix[1..])
                .args(args)
                .current_dir(scratch.path("."))
                // Without TERM, or with "dumb", no terminal shows a bar.
                .env("TERM", "xterm")
                .env("NO_COLOR", "1")
                .stdout(Stdio::piped())
                .stderr(stderr())
                .spawn()
                .unwrap();
            while written(&child) == 0 && child.try_wait().unwrap().is_none() {}
            send(&child, Signal::STOP);
            while state(&child).is_some_and(|state| state != 'T' && state != 'Z') {}
            if (1..size).contains(&written(&child)) && state(&child) == Some('T') {
                return Self { scratch, child };
            }
            let _ = child.kill();
            child.wait().unwrap();
        }
        panic!("the copies ended before they could be stopped");
    }

    /// With no signal ignored, whatever the tests were started with.
    pub(crate) fn copying(args: &[&str]) -> Self {
        Self::new(&["env", "--default-signal=INT,TERM,HUP,QUIT", REFLINK], args)
    }

    pub(crate) fn send(&self, signal: Signal) {
        send(&self.child, signal);
    }

    pub(crate) fn resume(self) -> (Scratch, Output) {
        self.send(Signal::CONT);
        (self.scratch, self.child.wait_with_output().unwrap())
    }
}

fn send(child: &Child, signal: Signal) {
    let pid = Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
    // The process may have ended without being waited for: the number still belongs to it.
    let _ = kill_process(pid, signal);
}

/// A file of the process in /proc, if it still exists.
fn proc(child: &Child, name: &str) -> Option<String> {
    fs::read_to_string(format!("/proc/{}/{name}", child.id())).ok()
}

/// The space that the files have which the process has open for writing, in bytes. (What goes through a pipe is not
/// among the bytes that the kernel counts as written.)
fn written(child: &Child) -> usize {
    let proc = Path::new("/proc").join(child.id().to_string());
    let Ok(open) = fs::read_dir(proc.join("fd")) else { return 0 };
    let spaces = open.flatten().filter_map(|entry| {
        let info = fs::read_to_string(proc.join("fdinfo").join(entry.file_name())).ok()?;
        let flags = info.lines().find_map(|line| line.strip_prefix("flags:"))?.trim();
        let is_writable = u32::from_str_radix(flags, 8).ok()? & 0o3 != 0;
        let file = fs::metadata(entry.path()).ok().filter(|file| file.is_file() && is_writable)?;
        Some(file.blocks() as usize * 512)
    });
    // A block or two are of an old file.
    spaces.max().unwrap_or_default().saturating_sub(MIB)
}

/// R, S, D, T (stopped), Z (ended).
fn state(child: &Child) -> Option<char> {
    proc(child, "stat")?.rsplit_once(") ")?.1.chars().next()
}

#[test]
fn a_signal_stops_the_copy_cleans_up_and_is_what_the_command_dies_of() {
    for signal in [Signal::INT, Signal::TERM, Signal::HUP, Signal::QUIT] {
        let paused = Paused::copying(&["copy", "--reflink=never", "big", "b"]);
        paused.send(signal);
        let (scratch, output) = paused.resume();
        assert_eq!(output.status.signal(), Some(signal.as_raw()), "{output:?}");
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(stderr.starts_with("reflink: cancelled after "), "{stderr}");
        assert!(stderr.ends_with(" MiB: 'b' was not changed\n"), "{stderr}");
        assert_eq!(stderr.lines().count(), 1, "{stderr}");
        assert_eq!(scratch.read("b"), b"old");
        assert_eq!(scratch.names(), ["b", "big"]);
    }
}

#[test]
fn a_stopped_copy_to_a_new_name_says_that_no_file_was_made() {
    let paused = Paused::copying(&["copy", "--reflink=never", "big", "c"]);
    paused.send(Signal::INT);
    let (scratch, output) = paused.resume();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(stderr.ends_with(" MiB: 'c' was not created\n"), "{stderr}");
    assert_eq!(scratch.names(), ["b", "big"]);
}

#[test]
fn a_file_that_is_written_in_place_is_said_to_be_incomplete() {
    for args in [
        &["copy", "--in-place", "--reflink=never", "--json", "big", "b"][..],
        &["range", "--reflink=never", "big", "b"],
    ] {
        let paused = Paused::copying(args);
        paused.send(Signal::INT);
        let (scratch, output) = paused.resume();
        assert_eq!(output.status.signal(), Some(Signal::INT.as_raw()), "{output:?}");
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(stderr.starts_with("reflink: cancelled after "), "{stderr}");
        assert!(stderr.ends_with(" MiB: 'b' is incomplete\n"), "{stderr}");
        assert_eq!(stderr.lines().count(), 1, "{stderr}");
        let (big, b) = (scratch.read("big"), scratch.read("b"));
        assert_eq!(b.len(), big.len());
        let done = b.iter().position(|byte| *byte != 0x5a).unwrap();
        if args[0] == "copy" {
            let object: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
            let incomplete = &object["error"]["incomplete"];
            assert_eq!(incomplete["done"], done, "{object}");
            assert_eq!(incomplete["total"], big.len(), "{object}");
        }
    }
}

#[test]
fn an_error_in_place_says_what_it_left_behind() {
    let scratch = Scratch::new();
    scratch.write("b", "old");
    // The length of this source is not known beforehand. In blocks of 512 bytes.
    let output = Command::new("sh")
        .args(["-c", r#"ulimit -f 1; exec "$0" "$@""#, REFLINK])
        .args(["copy", "--in-place", "/proc/self/status", "b"])
        .current_dir(scratch.path("."))
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    let mut lines = stderr.lines();
    assert!(lines.next().unwrap().ends_with(": File too large"), "{stderr}");
    assert_eq!(lines.next(), Some("reflink: 'b' may be incomplete"), "{stderr}");
    assert!(lines.next().unwrap().starts_with("hint: "), "{stderr}");
    assert_ne!(scratch.read("b"), b"old");
}

#[test]
fn a_second_signal_ends_the_command_on_the_spot() {
    let paused = Paused::copying(&["copy", "--reflink=never", "big", "b"]);
    // Both are delivered before the command does anything else.
    paused.send(Signal::INT);
    paused.send(Signal::TERM);
    let (scratch, output) = paused.resume();
    assert!(output.status.signal().is_some(), "{output:?}");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert_eq!(scratch.read("b"), b"old");
    assert_eq!(scratch.names(), ["b", "big"]);
}

#[test]
fn a_signal_keeps_the_sources_that_follow_from_being_copied() {
    let scratch = Scratch::new();
    let out = scratch.path(".").into_os_string().into_string().unwrap();
    let paused = Paused::copying(&["copy", "--reflink=never", "--json", "-t", &out, "big", "b"]);
    paused.send(Signal::INT);
    let (_, output) = paused.resume();
    assert_eq!(output.status.signal(), Some(Signal::INT.as_raw()), "{output:?}");
    assert_eq!(scratch.names(), [""; 0]);
    let stdout = String::from_utf8(output.stdout).unwrap();
    assert_eq!(stdout.lines().count(), 1, "{stdout}");
    assert!(stdout.contains(r#""message":"cancelled after "#), "{stdout}");
}

#[test]
fn a_signal_that_was_ignored_at_the_start_stays_so() {
    let paused = Paused::new(
        &["sh", "-c", r#"trap "" HUP; exec "$0" "$@""#, REFLINK],
        &["copy", "--reflink=never", "big", "b"],
    );
    paused.send(Signal::HUP);
    let (scratch, output) = paused.resume();
    assert!(output.status.success(), "{output:?}");
    assert_eq!(scratch.read("b"), scratch.read("big"));
}

#[test]
fn a_stopped_range_removes_the_file_that_it_created() {
    let paused = Paused::copying(&["range", "--reflink=never", "big", "c"]);
    paused.send(Signal::TERM);
    let (scratch, output) = paused.resume();
    assert_eq!(output.status.signal(), Some(Signal::TERM.as_raw()), "{output:?}");
    assert_eq!(output.stdout, b"");
    assert_eq!(scratch.names(), ["b", "big"]);
}

#[test]
fn progress_appears_after_half_a_second_and_only_on_request() {
    for (when, appears) in [("always", true), ("auto", false), ("never", false)] {
        let option = format!("--progress={when}");
        // It is no error, and has no error's colour.
        let args = ["copy", "--color=always", "--reflink=never", &option, "big", "b"];
        let paused = Paused::copying(&args);
        sleep(Duration::from_millis(600));
        let (scratch, output) = paused.resume();
        assert!(output.status.success(), "{output:?}");
        assert_eq!(scratch.read("b"), scratch.read("big"));
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(stderr.contains("reflink: 'b': "), appears, "{when}: {stderr}");
        assert_eq!(stderr.is_empty(), !appears, "{when}: {stderr}");
    }
}

#[test]
fn a_file_beyond_the_size_limit_is_an_error_and_not_the_end() {
    let scratch = Scratch::new();
    scratch.write("a", vec![1; MIB]);
    scratch.write("b", "old");
    for args in [
        &["copy", "a", "b"][..],
        &["copy", "--reflink=never", "a", "c"],
        &["copy", "--in-place", "a", "b"],
        &["range", "a", "c"],
        &["range", "a", "b"],
    ] {
        let before = scratch.snapshot();
        let output = Command::new("sh")
            // In blocks of 512 bytes.
            .args(["-c", r#"ulimit -f 8; exec "$0" "$@""#, REFLINK])
            .args(args)
            .current_dir(scratch.path("."))
            .output()
            .unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{args:?}: {stderr}");
        assert!(
            stderr.ends_with(
                "hint: this process may write files of at most 4096 bytes (RLIMIT_FSIZE); \
                 ulimit -f shows and raises the limit\n"
            ),
            "{args:?}: {stderr}"
        );
        assert_eq!(scratch.snapshot(), before, "{args:?}");
    }
}
