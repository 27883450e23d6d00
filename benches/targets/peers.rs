//! Other programs that copy trees, and the most memory and threads that a copy takes.

use std::fmt::{self, Display, Formatter};
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};

/// A program, and its options.
#[derive(Clone, Copy)]
pub(crate) struct Peer(pub(crate) &'static str, pub(crate) &'static [&'static str]);

impl Peer {
    pub(crate) fn is_installed(self) -> bool {
        let path = std::env::var_os("PATH").unwrap_or_default();
        std::env::split_paths(&path).any(|dir| dir.join(self.0).is_file())
    }

    pub(crate) fn copy(self, src: &Path, dst: &Path) -> Result<()> {
        self.end(self.start(src, dst)?)
    }

    /// Copies; returns the most that the program used.
    pub(crate) fn peak(self, src: &Path, dst: &Path) -> Result<Peak> {
        let mut child = self.start(src, dst)?;
        let process = child.id().to_string();
        let mut peak = Peak::default();
        while child.try_wait()?.is_none() {
            peak.look(&process);
            std::thread::sleep(INTERVAL);
        }
        self.end(child)?;
        Ok(peak)
    }

    fn start(self, src: &Path, dst: &Path) -> Result<Child> {
        let Self(program, options) = self;
        let mut command = Command::new(program);
        command.args(options).arg(src).arg(dst).stdout(Stdio::null());
        command.spawn().with_context(|| format!("cannot start {program}"))
    }

    fn end(self, mut child: Child) -> Result<()> {
        let status = child.wait()?;
        ensure!(status.success(), "{self} failed ({status})");
        Ok(())
    }
}

impl Display for Peer {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self(program, options) = self;
        f.write_str(program)?;
        options.iter().try_for_each(|option| write!(f, " {option}"))
    }
}

/// How often a process is looked at. What it uses in its last millisecond is not seen.
const INTERVAL: Duration = Duration::from_millis(1);

/// The most memory, in KiB, and the most threads of a process.
#[derive(Default)]
pub(crate) struct Peak {
    memory: u64,
    threads: u64,
}

impl Peak {
    /// The most that this process has during `copy`.
    pub(crate) fn own(copy: impl FnOnce() -> Result<()>) -> Result<Self> {
        // Forgets the peak until now.
        fs::write("/proc/self/clear_refs", "5")?;
        let is_done = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let looking = scope.spawn(|| {
                let mut peak = Self::default();
                while !is_done.load(Ordering::Relaxed) {
                    peak.look("self");
                    std::thread::sleep(INTERVAL);
                }
                // Without the thread that looks.
                Self { threads: peak.threads.saturating_sub(1), ..peak }
            });
            let copied = copy();
            is_done.store(true, Ordering::Relaxed);
            let peak = looking.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            copied.map(|()| peak)
        })
    }

    /// Looks at the process, unless it has ended.
    fn look(&mut self, process: &str) {
        let Ok(status) = fs::read_to_string(format!("/proc/{process}/status")) else { return };
        let number = |name| {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0)
        };
        self.memory = self.memory.max(number("VmHWM:"));
        self.threads = self.threads.max(number("Threads:"));
    }
}

impl Display for Peak {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let memory = self.memory as f64 / 1024.0;
        let plural = if self.threads == 1 { "" } else { "s" };
        write!(f, "{memory:.1} MiB, {} thread{plural}", self.threads)
    }
}
