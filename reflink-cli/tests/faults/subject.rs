//! The commands that faults are injected into, and what they may leave.

use std::path::Path;

use assert_cmd::Command;

use crate::sandbox::{self, Refuse};
use crate::scratch::Scratch;
use crate::trace::{self, Call, Log};

/// How the command uses its destination, which decides what it may leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A copy to a name that is free.
    New,
    /// A copy that replaces another file.
    Replace,
    /// A copy into the other file.
    InPlace,
    /// A range, within the other file.
    Range { start: usize, end: usize },
    /// A range to a name that is free.
    RangeNew,
    /// Another file with the same bytes, to share them; no byte of it may ever change.
    Dedupe,
}

/// A command, with the files that it works on.
pub(crate) struct Subject {
    pub(crate) args: Vec<&'static str>,
    pub(crate) kind: Kind,
    /// Whether it runs without unnamed files.
    pub(crate) named: bool,
    pub(crate) scratch: Scratch,
    new: Vec<u8>,
    old: Vec<u8>,
}

/// The end of one run.
pub(crate) struct Run {
    /// The exit status; `None` after a signal.
    pub(crate) code: Option<i32>,
    pub(crate) signal: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// The state of the destination afterwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Left {
    Old,
    New,
    /// A mix of the two, and nothing else.
    Mixed,
}

impl Subject {
    pub(crate) fn new(kind: Kind, args: &[&'static str], named: bool) -> Self {
        let scratch = Scratch::new();
        let new = source();
        // Longer than the source, so that something must be cut off or kept.
        let old = match kind {
            Kind::Dedupe => new.clone(),
            _ => vec![b'o'; new.len() + 300_000],
        };
        sparse_write(&scratch.path("src"), &new);
        if args.contains(&"--preserve=all") {
            let mut command = Command::new("setfattr");
            command.args(["-n", "user.test", "-v", "value"]).arg(scratch.path("src"));
            command.assert().success();
        }
        Self { args: args.to_vec(), kind, named, scratch, new, old }
    }

    /// Restores the old destination, or none.
    pub(crate) fn reset(&self) {
        for name in self.scratch.names() {
            if name != "src" {
                std::fs::remove_file(self.scratch.path(name)).unwrap();
            }
        }
        if !self.starts_without_destination() {
            self.scratch.write("dst", &self.old);
            self.scratch.chmod("dst", 0o640);
        }
    }

    fn starts_without_destination(&self) -> bool {
        matches!(self.kind, Kind::New | Kind::RangeNew)
    }

    /// Runs the command under strace with these options.
    pub(crate) fn run(&self, log: &Log, options: &[&str]) -> Run {
        let log = log.path();
        let mut command = trace::strace(&log, options, &self.args, &self.scratch.path("."));
        if self.named {
            sandbox::within(Refuse::UnnamedFiles, || end(&mut command))
        } else {
            end(&mut command)
        }
    }

    /// The calls of a run without faults, from the open of the source on, and its end.
    pub(crate) fn calls(&self) -> (Vec<Call>, Run) {
        let log = Log::new();
        self.reset();
        let run = self.run(&log, &[]);
        (trace::calls_from(&log.path(), "\"src\""), run)
    }

    /// Checks what is left. `may_leave`: which temporary file may be there.
    pub(crate) fn inspect(&self, may_leave: Litter) -> Result<Left, String> {
        if self.scratch.read("src") != self.new {
            return Err("the source has changed".to_owned());
        }
        for name in self.scratch.names() {
            if name == "src" || name == "dst" {
                continue;
            }
            self.inspect_litter(&name, may_leave)?;
        }
        let found = match std::fs::read(self.scratch.path("dst")) {
            Ok(found) => found,
            Err(_) if self.starts_without_destination() => return Ok(Left::Old),
            Err(error) => return Err(format!("the destination is gone: {error}")),
        };
        self.judge(&found)
    }

    /// Whether a dedupe has shared as many bytes as it reports: if all, each block of the
    /// destination is shared.
    pub(crate) fn has_shared(&self, said: &str) -> bool {
        match said.trim().parse::<usize>() {
            Ok(bytes) if bytes == self.new.len() => self.shares_all(),
            Ok(bytes) => bytes < self.new.len(),
            Err(_) => false,
        }
    }

    fn shares_all(&self) -> bool {
        let mut command = Command::new("filefrag");
        let output = command.args(["-s", "-v"]).arg(self.scratch.path("dst")).output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let mut extents = text.lines().filter(|line| {
            line.split_once(':').is_some_and(|(number, _)| number.trim().parse::<u32>().is_ok())
        });
        let count = extents.clone().count();
        count > 0 && extents.all(|extent| extent.contains("shared"))
    }

    fn inspect_litter(&self, name: &std::ffi::OsStr, may_leave: Litter) -> Result<(), String> {
        let text = name.to_string_lossy();
        let random = text.strip_prefix(".reflink-").and_then(|rest| rest.strip_suffix(".tmp"));
        let ours = random
            .is_some_and(|hex| hex.len() == 16 && hex.bytes().all(|byte| byte.is_ascii_hexdigit()));
        if !ours || may_leave == Litter::None {
            return Err(format!("{text} was left"));
        }
        if may_leave == Litter::Whole && self.scratch.read(name) != self.new {
            return Err(format!("{text} was left, and is not whole"));
        }
        Ok(())
    }

    fn judge(&self, found: &[u8]) -> Result<Left, String> {
        let expected = self.expected();
        if found == expected {
            return Ok(Left::New);
        }
        if !self.starts_without_destination() && found == self.old {
            return Ok(Left::Old);
        }
        match self.kind {
            Kind::New | Kind::Replace | Kind::Dedupe => {
                Err(format!("{} bytes, neither old nor new", found.len()))
            }
            Kind::InPlace | Kind::RangeNew => {
                let mut pairs = found.iter().enumerate();
                let strange = pairs.find(|&(at, &byte)| {
                    byte != 0 && Some(&byte) != self.new.get(at) && Some(&byte) != self.old.get(at)
                });
                strange.map_or(Ok(Left::Mixed), |(at, _)| Err(format!("strange byte at {at}")))
            }
            Kind::Range { start, end } => {
                let same = found.len() == self.old.len()
                    && found[..start] == self.old[..start]
                    && found[end..] == self.old[end..];
                if same { Ok(Left::Mixed) } else { Err("bytes around the range".to_owned()) }
            }
        }
    }

    /// The destination after a success.
    fn expected(&self) -> Vec<u8> {
        match self.kind {
            Kind::Range { start, end } => {
                let mut bytes = self.old.clone();
                bytes[start..end].copy_from_slice(&self.new[start..end]);
                bytes
            }
            _ => self.new.clone(),
        }
    }
}

/// Which temporary files may be left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Litter {
    None,
    /// A complete one.
    Whole,
    /// An incomplete one.
    Unfinished,
}

pub(crate) fn end(command: &mut Command) -> Run {
    use std::os::unix::process::ExitStatusExt as _;
    let start = std::time::Instant::now();
    let output = command.output().unwrap();
    // The time limit ends it with a signal, like the intended kills.
    assert!(start.elapsed() < trace::LIMIT, "it hangs: {command:?}");
    Run {
        code: output.status.code(),
        signal: output.status.signal(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// Data for three reads, a hole, and a ragged end.
fn source() -> Vec<u8> {
    let data = |len: usize| (0..len).map(|at| 1 + u8::try_from(at % 251).unwrap());
    let hole = std::iter::repeat_n(0, (1 << 20) - 600_000);
    data(600_000).chain(hole).chain(data(100_001)).collect()
}

fn sparse_write(path: &Path, bytes: &[u8]) {
    use std::os::unix::fs::FileExt as _;
    let file = std::fs::File::create(path).unwrap();
    file.write_all_at(&bytes[..600_000], 0).unwrap();
    file.write_all_at(&bytes[1 << 20..], 1 << 20).unwrap();
    file.sync_all().unwrap();
}
