//! A command that is stopped after one of its system calls, so that another process can act.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::scratch::REFLINK;
use crate::trace::{Call, LIMIT, Log, processor};

/// Runs the command in `dir`, stops it after `call`, does `meanwhile` (which gets the process id),
/// and lets the command continue.
pub(crate) fn hold(args: &[&str], dir: &Path, call: &Call, meanwhile: impl FnOnce(Pid)) -> Output {
    let log = Log::new();
    let mut strace = strace();
    strace.args(["-qq", "-o"]).arg(log.path()).arg(format!("--trace={}", call.name));
    // A signal that does not kill is delivered when the call returns.
    strace.arg(format!("--inject={}:signal=STOP:when={}", call.name, call.occurrence));
    strace.arg(REFLINK).args(args).current_dir(dir);
    let child = strace.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let start = Instant::now();
    let wait = || {
        assert!(start.elapsed() < LIMIT, "never got to {call}");
        std::thread::sleep(Duration::from_millis(2));
    };
    while !log.path().exists() || !log.text().contains("stopped by SIGSTOP") {
        wait();
    }
    let process = loop {
        if let Some(process) = child_of(child.id()) {
            break process;
        }
        wait();
    };
    meanwhile(process);
    kill_process(process, Signal::CONT).unwrap();
    child.wait_with_output().unwrap()
}

/// strace with a permissive umask, so that a private file is private by the copy's own choice.
fn strace() -> Command {
    let mut shell = Command::new("sh");
    let script = "umask 0; exec taskset --cpu-list $0 strace \"$@\"";
    shell.args(["-c", script, &processor()]);
    shell
}

/// The one child of the process.
fn child_of(parent: u32) -> Option<Pid> {
    fs::read_dir("/proc").unwrap().find_map(|entry| {
        let number: i32 = entry.ok()?.file_name().to_str()?.parse().ok()?;
        let stat = fs::read_to_string(format!("/proc/{number}/stat")).ok()?;
        // "123 (name) S 122 …", and a name can contain anything.
        let (_, rest) = stat.rsplit_once(") ")?;
        let parent_of_it: u32 = rest.split(' ').nth(1)?.parse().ok()?;
        (parent_of_it == parent).then(|| Pid::from_raw(number)).flatten()
    })
}

/// The calls that the command makes there, from the call that names `start`.
pub(crate) fn calls(args: &[&str], dir: &Path, start: &str) -> Vec<Call> {
    let log = Log::new();
    let mut strace = strace();
    strace.args(["-qq", "-s", "256", "-o"]).arg(log.path()).arg(REFLINK).args(args);
    strace.current_dir(dir).output().unwrap();
    crate::trace::calls_from(&log.path(), start)
}
