//! Other programs that copy trees, and the most memory that a copy takes.

use std::fmt::{self, Display, Formatter};
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};

/// A program, and its options.
pub(crate) struct Peer(pub(crate) &'static str, pub(crate) &'static [&'static str]);

impl Peer {
    pub(crate) fn is_installed(&self) -> bool {
        let path = std::env::var_os("PATH").unwrap_or_default();
        std::env::split_paths(&path).any(|dir| dir.join(self.0).is_file())
    }

    pub(crate) fn copy(&self, src: &Path, dst: &Path) -> Result<()> {
        self.end(self.start(src, dst)?)
    }

    /// Copies; returns the most memory that the program had, in KiB. The last millisecond is not seen.
    pub(crate) fn peak(&self, src: &Path, dst: &Path) -> Result<u64> {
        let mut child = self.start(src, dst)?;
        let mut most = 0;
        while child.try_wait()?.is_none() {
            most = peak(&child.id().to_string()).unwrap_or(most);
            std::thread::sleep(Duration::from_millis(1));
        }
        self.end(child)?;
        Ok(most)
    }

    fn start(&self, src: &Path, dst: &Path) -> Result<Child> {
        let Self(program, options) = self;
        let mut command = Command::new(program);
        command.args(*options).arg(src).arg(dst).stdout(Stdio::null());
        command.spawn().with_context(|| format!("cannot start {program}"))
    }

    fn end(&self, mut child: Child) -> Result<()> {
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

/// The most memory that this process has during `copy`, in KiB.
pub(crate) fn own_peak(copy: impl FnOnce() -> Result<()>) -> Result<u64> {
    // Forgets the peak until now.
    fs::write("/proc/self/clear_refs", "5")?;
    copy()?;
    peak("self")
}

/// The peak since the process began, in KiB.
fn peak(process: &str) -> Result<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.trim().strip_suffix(" kB")).context("no VmHWM")?;
    Ok(kib.parse()?)
}
