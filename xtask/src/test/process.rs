//! Child processes: contained, captured, and stopped if the user asks for it.

use std::ffi::OsStr;
use std::fs::File;
use std::io::Write as _;
use std::os::unix::fs::FileExt as _;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

/// How often a running child is checked.
const TICK: Duration = Duration::from_millis(20);

/// Whether somebody has asked to stop.
///
/// A signal only sets a flag. Code that waits for a child sees the flag and returns an error, so
/// that the stack unwinds and every guard unmounts its mounts.
pub(crate) struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    pub(crate) fn catch() -> Result<Self> {
        let flag = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM, SIGHUP] {
            signal_hook::flag::register(signal, Arc::clone(&flag))
                .context("cannot install a signal handler")?;
        }
        Ok(Self(flag))
    }

    /// Returns an error after a signal.
    pub(crate) fn check(&self) -> Result<()> {
        if self.0.load(Ordering::Relaxed) {
            bail!("interrupted, and cleaned up");
        }
        Ok(())
    }

    /// Waits for `child` and calls `tick` repeatedly; `None` if `limit` ran out first.
    ///
    /// A child that does not end is killed, with all its children if it is [`contained`].
    pub(crate) fn wait(
        &self,
        child: &mut Child,
        limit: Option<Duration>,
        mut tick: impl FnMut() -> Result<()>,
    ) -> Result<Option<ExitStatus>> {
        let start = Instant::now();
        let verdict = loop {
            if let Some(status) = child.try_wait()? {
                tick()?;
                return Ok(Some(status));
            }
            if let Err(stop) = self.check().and_then(|()| tick()) {
                break Err(stop);
            }
            if limit.is_some_and(|limit| start.elapsed() > limit) {
                break Ok(None);
            }
            sleep(TICK);
        };
        child.kill()?;
        child.wait()?;
        verdict
    }
}

/// A command whose whole process tree dies with it, and with this process.
///
/// The command gets its own PID namespace. `setpriv` has the kernel kill `unshare` when this
/// process is gone, even after SIGKILL; `unshare` has it kill the shell, which is the init of the
/// namespace and takes all others with it. The shell does not `exec` the program, because an init
/// ignores some signals and inherits orphans.
pub(crate) fn contained(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new("setpriv");
    command
        .args(["--pdeathsig", "KILL"])
        .args(["unshare", "--pid", "--kill-child", "--mount-proc"])
        .args(["sh", "-c", r#""$@"; exit $?"#, "sh"])
        .arg(program)
        .stdin(Stdio::null());
    command
}

/// The result of a captured command.
pub(crate) struct Finished {
    /// `None` if it was stopped because its time was up.
    pub(crate) status: Option<ExitStatus>,
    /// Both of its output streams, in the order written.
    pub(crate) output: String,
    pub(crate) took: Duration,
}

/// Runs a [`contained`] command to its end and captures its output, echoing it if `live`.
///
/// The output goes through a file, because a pipe can fill up, or be held open by a child that was
/// left behind.
pub(crate) fn capture(
    command: &mut Command,
    interrupt: &Interrupt,
    limit: Option<Duration>,
    live: bool,
) -> Result<Finished> {
    let log = tempfile::tempfile().context("cannot create a temporary file")?;
    let start = Instant::now();
    let mut child = command
        .stdout(log.try_clone()?)
        .stderr(log.try_clone()?)
        .spawn()
        .with_context(|| format!("cannot run {command:?}"))?;
    let mut seen = Vec::new();
    let status = interrupt.wait(&mut child, limit, || {
        let news = seen.len();
        read_from(&log, &mut seen)?;
        if live {
            std::io::stdout().write_all(&seen[news..])?;
        }
        Ok(())
    })?;
    Ok(Finished {
        status,
        output: String::from_utf8_lossy(&seen).into_owned(),
        took: start.elapsed(),
    })
}

/// Appends the new part of `log` to `seen`, without moving the offset that the child shares.
fn read_from(log: &File, seen: &mut Vec<u8>) -> std::io::Result<()> {
    let mut buffer = [0; 16 * 1024];
    loop {
        match log.read_at(&mut buffer, seen.len() as u64)? {
            0 => return Ok(()),
            n => seen.extend_from_slice(&buffer[..n]),
        }
    }
}

/// Runs a short system tool; if it fails, its output is the error.
///
/// Ctrl-C does not reach the tool, so that a `mount` has always either happened or not.
pub(super) fn tool(command: &mut Command) -> Result<()> {
    printed(command.process_group(0)).map(drop)
}

/// Runs a tool and returns its output; if it fails, its output is the error.
pub(crate) fn printed(command: &mut Command) -> Result<String> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("cannot run {}", display(command)))?;
    ensure!(
        output.status.success(),
        "`{}` failed: {}",
        display(command),
        String::from_utf8_lossy(&output.stderr).trim()
    );
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn display(command: &Command) -> String {
    std::iter::once(command.get_program())
        .chain(command.get_args())
        .map(|word| word.to_string_lossy())
        .collect::<Vec<_>>()
        .join(" ")
}
