//! Each system call of a tree copy fails, or is the last one of the process.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::scratch::Scratch;
use crate::subject::{Run, end};
use crate::trace::{Call, Fault, Log, calls_from, strace};

/// The calls that inspect, make or change files.
const CALLS: [&str; 27] = [
    "openat",
    "statx",
    "fstat",
    "newfstatat",
    "fstatfs",
    "getdents64",
    "readlinkat",
    "read",
    "pread64",
    "pwrite64",
    "lseek",
    "ioctl",
    "copy_file_range",
    "ftruncate",
    "fgetxattr",
    "flistxattr",
    "fsetxattr",
    "mkdirat",
    "mknodat",
    "symlinkat",
    "linkat",
    "fchmod",
    "fchown",
    "utimensat",
    "unlinkat",
    "renameat2",
    "close",
];

/// The contents of files and the targets of links; a word for what has neither.
type Entries = BTreeMap<PathBuf, Vec<u8>>;

fn entries(root: &Path) -> Entries {
    let mut entries = Entries::new();
    let mut left = vec![PathBuf::new()];
    while let Some(dir) = left.pop() {
        for entry in fs::read_dir(root.join(&dir)).unwrap() {
            let entry = entry.unwrap();
            let (path, kind) = (dir.join(entry.file_name()), entry.file_type().unwrap());
            let content = if kind.is_dir() {
                left.push(path.clone());
                b"directory".to_vec()
            } else if kind.is_symlink() {
                fs::read_link(entry.path()).unwrap().into_os_string().into_encoded_bytes()
            } else if kind.is_file() {
                fs::read(entry.path()).unwrap()
            } else {
                b"special".to_vec()
            };
            entries.insert(path, content);
        }
    }
    entries
}

/// A command that copies the tree `src` to `dst`.
struct Subject {
    scratch: Scratch,
    whole: Entries,
    /// Makes what is at `dst` before the copy.
    before: &'static str,
    old: Entries,
}

impl Subject {
    fn new(before: &'static str) -> Self {
        let scratch = Scratch::new();
        scratch.sh("mkdir -p src/dir/empty src/locked; head -c 100000 /dev/urandom > src/file
             ln src/file src/dir/hard; ln -s file src/link; mkfifo src/fifo; echo data > src/locked/file
             setfattr -n user.test -v value src/dir; chmod 555 src/locked");
        let whole = entries(&scratch.path("src"));
        let mut subject = Self { scratch, whole, before, old: Entries::new() };
        subject.reset();
        subject.old = subject.found();
        subject
    }

    fn reset(&self) {
        self.scratch.sh("rm -rf dst .reflink-*");
        self.scratch.sh(self.before);
    }

    fn found(&self) -> Entries {
        let dst = self.scratch.path("dst");
        if dst.exists() { entries(&dst) } else { Entries::new() }
    }

    fn run(&self, log: &Log, options: &[&str]) -> Run {
        // With one thread, the calls of each run are the same.
        let args = ["copy", "-aT", "-j1", "src", "dst"];
        end(&mut strace(&log.path(), options, &args, &self.scratch.path(".")))
    }

    fn calls(&self) -> Vec<Call> {
        let log = Log::new();
        let run = self.run(&log, &[]);
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        assert!(self.is_complete(&self.found()));
        let calls = calls_from(&log.path(), "\"src\"");
        calls.into_iter().filter(|call| CALLS.contains(&&*call.name)).collect()
    }

    fn is_complete(&self, found: &Entries) -> bool {
        self.whole.iter().all(|(path, content)| found.get(path) == Some(content))
    }

    /// Fails each call with this errno, and kills the process at each.
    fn check_all(&self, errno: &'static str, check: impl Fn(&Self, &Run) -> Result<(), String>) {
        let calls = self.calls();
        // A short trace would miss faults.
        assert!(calls.len() > 60, "only {} calls", calls.len());
        let mut wrong = Vec::new();
        for call in &calls {
            for fault in [Fault::Error(errno), Fault::Kill] {
                self.reset();
                let (name, number) = (&call.name, call.occurrence);
                let inject = format!("--inject={name}:{fault}:when={number}");
                let run = self.run(&Log::new(), &[&format!("--trace={name}"), &inject]);
                if let Err(error) = self.check_anyway(fault, &run).and_then(|()| check(self, &run))
                {
                    wrong
                        .push(format!("{fault} at {call}: {error}; {:?} {}", run.code, run.stderr));
                }
            }
        }
        assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
    }

    /// What holds for every destination.
    fn check_anyway(&self, fault: Fault, run: &Run) -> Result<(), String> {
        let is_killed = run.signal == Some(libc::SIGKILL);
        if is_killed != (fault == Fault::Kill) || run.stderr.contains("panicked") {
            return Err(format!("signal {:?}", run.signal));
        }
        if entries(&self.scratch.path("src")) != self.whole {
            return Err("the source has changed".to_owned());
        }
        let found = self.found();
        for (path, content) in found.iter().filter(|(path, _)| !is_temporary(path)) {
            if self.whole.get(path) != Some(content) && self.old.get(path) != Some(content) {
                return Err(format!("{} is neither old nor new", path.display()));
            }
        }
        if self.old.keys().any(|path| !found.contains_key(path)) {
            return Err("an old entry is gone".to_owned());
        }
        // Below a temporary directory everything is temporary.
        let all = entries(&self.scratch.path("."));
        let is_top =
            |path: &&PathBuf| is_temporary(path) && !path.parent().is_some_and(is_temporary);
        match (all.keys().filter(is_top).count(), run.code) {
            (0, Some(0)) if !self.is_complete(&found) => Err("it is not complete".to_owned()),
            (0, Some(0 | 1 | 5)) => Ok(()),
            (0 | 1, None) => Ok(()),
            (left, code) => Err(format!("{left} temporary names, exit status {code:?}")),
        }
    }
}

fn is_temporary(path: &Path) -> bool {
    path.components().any(|part| part.as_os_str().as_encoded_bytes().starts_with(b".reflink-"))
}

#[test]
#[ignore = "needs strace and a filesystem under test; run cargo xtask test"]
fn a_new_tree_is_whole_or_is_not_there() {
    Subject::new("").check_all("EPERM", |subject, run| {
        let found = subject.scratch.path("dst").exists().then(|| subject.found());
        match (run.code, &found) {
            (None | Some(1), None) => Ok(()),
            (None | Some(0), Some(found)) if subject.is_complete(found) => Ok(()),
            // Everything except the entry that failed.
            (Some(5), Some(_)) => Ok(()),
            (code, _) => Err(format!("exit status {code:?}, and {found:?} is there")),
        }
    });
}

#[test]
#[ignore = "needs strace and a filesystem under test; run cargo xtask test"]
fn merging_leaves_each_file_old_or_new() {
    Subject::new(
        "mkdir -p dst/dir; echo old > dst/file; echo old > dst/dir/hard; echo old > dst/dir/old",
    )
    .check_all("EIO", |_, _| Ok(()));
}

/// A disk that fails where one file or directory is has others that can be read.
#[test]
#[ignore = "needs strace and a filesystem under test; run cargo xtask test"]
fn a_source_that_cannot_be_read_is_left_out_and_the_rest_is_copied() {
    let scratch = Scratch::new();
    scratch.sh("mkdir -p src/bad; echo data > src/a; echo data > src/file; echo data > src/z
                echo data > src/bad/file");
    let cases = [
        ("src/file", "--trace=pread64", "--reflink=never"),
        // The kernel copies, and its error does not tell which file it is about.
        ("src/file", "--trace=ioctl,copy_file_range,pread64", "--in-place"),
        ("src/bad", "--trace=getdents64", "--reflink=auto"),
    ];
    for (path, trace, option) in cases {
        scratch.sh("rm -rf dst; mkdir dst; echo old > dst/file");
        let [from, to] =
            [path, "dst/file"].map(|path| fs::canonicalize(scratch.path(path)).unwrap());
        let faults = [
            "--inject=ioctl:error=EOPNOTSUPP",
            "--inject=copy_file_range,pread64,getdents64:error=EIO",
        ];
        let paths = ["-P", from.to_str().unwrap(), "-P", to.to_str().unwrap()];
        let (log, strace_options) = (Log::new(), [&[trace], &paths[..], &faults].concat());
        let args = ["copy", "-rT", "-j1", option, "src", "dst"];
        let run = end(&mut strace(&log.path(), &strace_options, &args, &scratch.path(".")));
        let message = format!("reflink: cannot read '{path}': Input/output error");
        let first = run.stderr.lines().next();
        assert_eq!((run.code, first), (Some(5), Some(&*message)), "{trace}: {}", run.stderr);
        let whole = scratch.sh("grep -rl data dst | wc -l");
        assert_eq!(whole.trim(), "3", "{trace}");
    }
}

#[test]
#[ignore = "needs strace and a filesystem under test; run cargo xtask test"]
fn a_destination_that_fails_stops_everything() {
    let scratch = Scratch::new();
    scratch.sh("mkdir src; for name in a b c; do echo data > src/$name; done");
    for (call, option) in [("pwrite64", "never"), ("copy_file_range", "auto"), ("mkdirat", "auto")]
    {
        for errno in ["EIO", "EDQUOT", "EROFS", "ENOSPC"] {
            let (log, option) = (Log::new(), format!("--reflink={option}"));
            let faults = [
                &format!("--trace=ioctl,{call}"),
                "--inject=ioctl:error=EOPNOTSUPP",
                &format!("--inject={call}:error={errno}"),
            ];
            let args = ["copy", "-rT", "-j1", &option, "src", "dst"];
            let run = end(&mut strace(&log.path(), &faults, &args, &scratch.path(".")));
            assert_eq!(run.code, Some(1), "{call} {errno}: {}", run.stderr);
            // The other calls fail for an entry.
            let state = if call == "mkdirat" { "" } else { "reflink: 'dst' was not created\n" };
            let lines = 1 + state.lines().count();
            assert_eq!(run.stderr.matches("reflink: ").count(), lines, "{errno}: {}", run.stderr);
            assert!(run.stderr.contains(state), "{call} {errno}: {}", run.stderr);
            assert_eq!(scratch.sh("ls -A").trim(), "src", "{call} {errno}");
        }
    }
}

/// Nothing is asked that the directory or an earlier call has answered. The list of attributes shows whether
/// there is an ACL; nothing in a new tree inherits one; and the mode is right from the start.
#[test]
#[ignore = "needs strace and a filesystem under test; run cargo xtask test"]
fn each_small_file_of_a_new_tree_costs_these_calls() {
    let scratch = Scratch::new();
    scratch.sh("mkdir src; for name in 1 2 3; do echo data > src/file$name; done; chmod 644 src/*");
    let log = Log::new();
    let run = end(&mut strace(
        &log.path(),
        &[],
        &["copy", "-aT", "-j1", "src", "dst"],
        &scratch.path("."),
    ));
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let calls = calls_from(&log.path(), "\"src\"");
    let opens = |call: &Call| call.name == "openat" && call.has("\"file") && !call.has("O_CREAT");
    let starts: Vec<_> = (0..calls.len()).filter(|&at| opens(&calls[at])).collect();
    // The first file is the one that finds out what the filesystem can do.
    let [_, second, third] = starts[..] else { panic!("{calls:#?}") };
    let moves = |call: &Call| ["ioctl", "copy_file_range"].contains(&&*call.name);
    let kept = calls[second..third].iter().filter(|call| !moves(call) && !call.has("F_GETFD"));
    let names: Vec<_> = kept.map(|call| &*call.name).collect();
    let expected =
        ["openat", "statx", "flistxattr", "openat", "statx", "utimensat", "close", "close"];
    assert_eq!(names, expected, "{:#?}", &calls[second..third]);
}
