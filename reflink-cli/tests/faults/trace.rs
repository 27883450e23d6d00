//! strace: which system calls a command makes, and making one of them fail.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use assert_cmd::Command;

use crate::scratch::REFLINK;

/// Only a command that hangs takes this long.
pub(crate) const LIMIT: Duration = Duration::from_secs(60);

/// One system call of a traced process.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) name: String,
    /// The position of the call among those of its name since the process began.
    pub(crate) occurrence: usize,
    /// The line of strace.
    pub(crate) line: String,
}

impl Call {
    /// Its return value.
    pub(crate) fn result(&self) -> &str {
        self.line.rsplit_once("= ").map_or("", |(_, result)| result)
    }

    pub(crate) fn has(&self, part: &str) -> bool {
        self.line.contains(part)
    }
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (number {})", self.line, self.occurrence)
    }
}

/// A fault of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It does nothing and fails with this errno.
    Error(&'static str),
    /// The call does nothing, and returns 0 bytes.
    Nothing,
    /// The process is killed as it enters the call.
    Kill,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Error(errno) => write!(f, "error={errno}"),
            Self::Nothing => f.write_str("retval=0"),
            Self::Kill => f.write_str("signal=KILL"),
        }
    }
}

/// The processor for strace and the traced process: that of this thread. The two take turns at each
/// call; on two processors, that takes many times as long.
pub(crate) fn processor() -> String {
    rustix::thread::sched_getcpu().to_string()
}

/// The command under strace, which writes its log to `log`.
pub(crate) fn strace(log: &Path, options: &[&str], args: &[&str], dir: &Path) -> Command {
    let mut command = Command::new("taskset");
    command
        .args(["--cpu-list", &processor(), "strace", "-qq", "-s", "256", "-o"])
        .arg(log)
        .args(options);
    command.arg(REFLINK).args(args).current_dir(dir).timeout(LIMIT);
    command
}

/// The calls in a log, from the first that names `start`.
pub(crate) fn calls_from(log: &Path, start: &str) -> Vec<Call> {
    let log = std::fs::read_to_string(log).unwrap();
    let mut calls: Vec<Call> = Vec::new();
    for line in log.lines() {
        // Signals and exits have lines, too: "--- SIGCHLD …" and "+++ exited …".
        let Some((name, _)) = line.split_once('(') else { continue };
        if !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
            continue;
        }
        let occurrence = calls.iter().filter(|call| call.name == name).count() + 1;
        calls.push(Call { name: name.to_owned(), occurrence, line: line.to_owned() });
    }
    // The first line is the execve, with all arguments.
    let first = calls.iter().skip(1).position(|call| call.has(start));
    let first = first.unwrap_or_else(|| panic!("{start} is not in {log}")) + 1;
    calls.split_off(first)
}

/// A place for a log, outside the directory that is checked afterwards.
pub(crate) struct Log(tempfile::TempDir);

impl Log {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.0.path().join("log")
    }

    pub(crate) fn text(&self) -> String {
        std::fs::read_to_string(self.path()).unwrap()
    }
}
