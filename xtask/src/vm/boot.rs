//! A virtual machine: emulated, with one processor and no network.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};

use super::place::{Guest, Place};
use crate::test::process::Interrupt;

/// The output of the tests.
pub(super) const LOG: &str = "tests.log";
/// The output of the kernel and of the guest's script.
const CONSOLE: &str = "console.log";

/// Scratch disks, in the order that `guest/main.sh` expects.
const DISKS: [&str; 5] = ["xfs", "btrfs", "ocfs2", "f2fs", "other"];
/// A disk is sparse.
const DISK: u64 = 8 << 30;

/// If the host's disk is full, the guest gets an error; by default the machine would wait for more
/// room.
const DRIVE: &str = "if=virtio,format=raw,werror=report,rerror=report";
/// Without `rep movsb`, which is emulated byte by byte.
const CPU: &str = "max,-erms,-fsrm";
/// Without the mitigations against hostile programs, which cost time, and without a check of the timer,
/// which fails if the host is too busy to emulate it at that moment.
const KERNEL: &str = "console=ttyS0 panic=-1 quiet mitigations=off init_on_alloc=0 no_timer_check";
/// How often a log is checked.
const LOOK: Duration = Duration::from_secs(1);

/// How a machine ended.
pub(super) struct End {
    /// The output of the tests.
    pub(super) log: String,
    /// A failure of the machine itself.
    pub(super) fault: Option<String>,
}

/// A machine that runs the suites in some places.
pub(super) struct Machine<'a> {
    pub(super) images: &'a Path,
    pub(super) guest: Guest,
    pub(super) places: Vec<Place>,
    pub(super) limit: Duration,
    /// Whether its disks are kept for inspection.
    pub(super) keep: bool,
}

impl Machine<'_> {
    /// Boots and waits for the end.
    pub(super) fn run(&self, interrupt: &Interrupt) -> Result<End> {
        let dir = self.images.join(self.guest.name());
        fs::create_dir_all(&dir)?;
        File::create(dir.join(LOG))?; // An older one is not this machine's.
        for disk in DISKS {
            File::create(dir.join(disk))?.set_len(DISK)?;
        }
        let disks = Disks { dir: &dir, keep: self.keep };
        let mut child =
            self.qemu(&dir).stdin(Stdio::null()).spawn().context("cannot run setpriv")?;
        let log = || fs::read(dir.join(LOG)).unwrap_or_default();
        let (mut told, mut looked) = (0, Instant::now());
        let status = interrupt.wait(&mut child, Some(self.limit), || {
            if looked.elapsed() > LOOK {
                looked = Instant::now();
                told = tell(&String::from_utf8_lossy(&log()), told);
            }
            Ok(())
        });
        drop(disks);
        let fault = match status? {
            Some(status) if status.success() => None,
            Some(status) => Some(format!("QEMU failed: {status}")),
            None => Some(format!("stopped after {} minutes", self.limit.as_secs() / 60)),
        };
        let log = log();
        let text = String::from_utf8_lossy(&log);
        tell(&text, told);
        Ok(End { log: text.replace('\r', ""), fault })
    }

    /// Emulation on any host, so that a run does not depend on the host. If this process is gone,
    /// the kernel ends the machine.
    fn qemu(&self, dir: &Path) -> Command {
        let names: Vec<_> = self.places.iter().map(Place::to_string).collect();
        let mut qemu = Command::new("setpriv");
        // Beside the disks there is room for what a machine writes to the images, too.
        qemu.current_dir(dir)
            .env("TMPDIR", dir)
            .args(["--pdeathsig", "KILL", "qemu-system-x86_64"])
            .args(["-accel", "tcg", "-cpu", CPU, "-smp", "1", "-m", "2048"])
            .args(["-nodefaults", "-no-user-config", "-display", "none", "-nic", "none"])
            .args(["-no-reboot", "-kernel", "../kernel", "-initrd", "../initrd"])
            .args(["-serial", &format!("file:{CONSOLE}"), "-serial", &format!("file:{LOG}")])
            .arg("-append")
            .arg(format!("{KERNEL} places={}", names.join(",")));
        for image in ["root", "guest"] {
            qemu.args(["-drive", &format!("file=../{image},snapshot=on,{DRIVE}")]);
        }
        for disk in DISKS {
            qemu.args(["-drive", &format!("file={disk},cache=unsafe,{DRIVE}")]);
        }
        qemu
    }
}

/// Prints the result of each suite as it arrives, except the first `told`, and returns their
/// number.
fn tell(log: &str, told: usize) -> usize {
    let ends = log.lines().filter(|line| line.starts_with("@@ ") && line.contains(" end "));
    for line in ends.clone().skip(told) {
        println!("{}", line.trim_start_matches("@@ "));
    }
    ends.count()
}

/// The scratch disks of a machine, which are removed with it.
struct Disks<'d> {
    dir: &'d Path,
    keep: bool,
}

impl Drop for Disks<'_> {
    fn drop(&mut self) {
        if self.keep {
            return;
        }
        if let Err(error) = remove_disks(self.dir) {
            eprintln!("{error:#}");
        }
    }
}

/// Removes the scratch disks that exist.
pub(super) fn remove_disks(dir: &Path) -> Result<()> {
    for disk in DISKS.map(|name| dir.join(name)).iter().filter(|disk| disk.exists()) {
        fs::remove_file(disk).with_context(|| format!("cannot remove {}", disk.display()))?;
    }
    Ok(())
}
