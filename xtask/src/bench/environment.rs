//! Where an evaluation ran: what someone needs to know to trust its figures, or to repeat them.

use std::path::Path;
use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::Result;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A machine and a filesystem.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
pub(super) struct Environment {
    /// The kernel's release and version.
    pub(super) kernel: String,
    /// The machine's architecture.
    pub(super) architecture: String,
    /// The processor, as /proc/cpuinfo names it.
    pub(super) processor: String,
    /// How many CPUs this process may use.
    pub(super) cpus: usize,
    /// The machine's memory in bytes.
    pub(super) memory: u64,
    /// The load averages over the last minute at the start and at the end.
    pub(super) load: (f64, f64),
    /// How many CPUs other work kept busy during the last second before the start.
    pub(super) others: f64,
    /// The filesystem's type.
    pub(super) filesystem: String,
    /// Its size in bytes.
    pub(super) size: u64,
    /// Its block size in bytes.
    pub(super) block: u64,
    /// The mount options.
    pub(super) mount_options: String,
    /// The device, or what stands for one.
    pub(super) device: String,
    /// How the filesystem was made, as its own tool tells; empty where there is none, or no right
    /// to ask.
    pub(super) geometry: String,
}

impl Environment {
    /// `load_before` is that of before the first evaluation, which is itself what keeps the machine
    /// busy before the next.
    pub(super) fn of(dir: &Path, block: u64, load_before: f64, others: f64) -> Result<Self> {
        let system = rustix::system::uname();
        let text = |part: &std::ffi::CStr| part.to_string_lossy().into_owned();
        let status = rustix::fs::statvfs(dir)?;
        let mount =
            |column: &str| said(Command::new("findmnt").args(["-no", column, "--target"]).arg(dir));
        let (filesystem, source) = (mount("FSTYPE"), mount("SOURCE"));
        Ok(Self {
            kernel: format!("{} {}", text(system.release()), text(system.version())),
            architecture: text(system.machine()),
            processor: processor(),
            cpus: std::thread::available_parallelism().map_or(1, usize::from),
            memory: memory(),
            load: (load_before, load_before),
            others,
            size: status.f_blocks * status.f_frsize,
            block,
            mount_options: mount("OPTIONS"),
            device: device(&source),
            geometry: geometry(&filesystem, &source, dir),
            filesystem,
        })
    }

    /// Whether other work took so much of the machine that no figure can be trusted.
    pub(super) fn was_busy(&self) -> bool {
        self.others > BUSY
    }
}

/// So many CPUs may be busy with other work.
const BUSY: f64 = 0.3;

/// How many seconds are waited for other work to end.
const WAIT: usize = 10;

/// How many CPUs are busy while this process only waits: for a second, or for some more if there is
/// other work, which may end.
pub(super) fn others() -> f64 {
    let mut busy = 0.0;
    for _ in 0..WAIT {
        let (start, before) = (Instant::now(), busy_ticks());
        sleep(Duration::from_secs(1));
        let ticks = busy_ticks().saturating_sub(before) as f64;
        busy =
            ticks / rustix::param::clock_ticks_per_second() as f64 / start.elapsed().as_secs_f64();
        if busy <= BUSY {
            break;
        }
    }
    busy
}

/// The time that all CPUs have spent on anything, in clock ticks.
fn busy_ticks() -> u64 {
    let text = std::fs::read_to_string("/proc/stat").unwrap_or_default();
    let fields = text.lines().next().unwrap_or_default().split_whitespace().skip(1);
    let fields: Vec<u64> = fields.map(|field| field.parse().unwrap_or(0)).collect();
    // user, nice, system, idle, iowait, irq, softirq, steal; guests count as users.
    fields.iter().take(8).enumerate().filter(|(at, _)| ![3, 4].contains(at)).map(|(_, t)| t).sum()
}

/// The load average over the last minute.
pub(super) fn load() -> f64 {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().and_then(|first| first.parse().ok()).unwrap_or(0.0)
}

fn processor() -> String {
    let text = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = text.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    name.map_or("unknown", |(_, name)| name).to_owned()
}

fn memory() -> u64 {
    let info = rustix::system::sysinfo();
    // The fields' width is the architecture's.
    #[allow(clippy::useless_conversion)]
    u64::from(info.totalram).saturating_mul(info.mem_unit.into())
}

/// What kind of disk the device `source` is. A path of the machine's own is left out.
fn device(source: &str) -> String {
    let lsblk = |columns: &str, device: &str| {
        said(Command::new("lsblk").args(["--nodeps", "--noheadings", "--output", columns, device]))
    };
    // The path of a btrfs subvolume follows its device.
    let device = source.split('[').next().unwrap_or(source);
    if !device.starts_with("/dev/") {
        return source.to_owned();
    }
    let file = said(Command::new("losetup").args(["-nO", "BACK-FILE", device]));
    if file.is_empty() {
        let rotates = lsblk("ROTA", device) == "1";
        let kind = if rotates { "rotating" } else { "not rotating" };
        return format!("{device} {} ({kind})", lsblk("TYPE,MODEL", device));
    }
    let below = |column| said(Command::new("findmnt").args(["-no", column, "--target", &file]));
    let direct = said(Command::new("losetup").args(["-nO", "DIO", device])) == "1";
    let cache = if direct { "direct I/O" } else { "through the page cache" };
    format!("image file on {} on {} (loop device, {cache})", below("FSTYPE"), below("SOURCE"))
}

/// What the filesystem's tool says about how it was made.
fn geometry(filesystem: &str, source: &str, dir: &Path) -> String {
    match filesystem {
        "xfs" => said(Command::new("xfs_info").arg(dir)),
        "btrfs" => said(Command::new("btrfs").args(["inspect-internal", "dump-super", source])),
        "ext2" | "ext3" | "ext4" => said(Command::new("tune2fs").args(["-l", source])),
        _ => String::new(),
    }
}

/// What a command prints; nothing if it fails or is not there, as all this is only for the record.
fn said(command: &mut Command) -> String {
    match command.output() {
        Ok(output) if output.status.success() => {
            String::from_utf8_lossy(&output.stdout).trim().to_owned()
        }
        _ => String::new(),
    }
}
