//! Each system call of a copy fails, or is the last one of the process.

use crate::expect::{self, Context, Must};
use crate::needs::{Need, has};
use crate::scope::{errnos_per_call, everything, is_covered, is_left_out};
use crate::subject::{Kind, Left, Litter, Run, Subject};
use crate::table::Table;
use crate::trace::{Call, Fault, Log};

#[test]
#[ignore = "needs strace and a filesystem under test; run cargo xtask test"]
fn new_files() {
    let mut subjects = Vec::new();
    for mode in MODES {
        subjects.push(Subject::new(Kind::New, &["copy", mode, "src", "dst"], false));
    }
    for links in LINKS {
        subjects.push(Subject::new(Kind::New, &["copy", links, "src", "dst"], false));
    }
    let named = ["copy", "--reflink=auto", "src", "dst"];
    subjects.push(Subject::new(Kind::New, &named, true));
    // On btrfs the file gets a temporary name first.
    subjects.push(Subject::new(Kind::New, &["copy", "--sync", "src", "dst"], false));
    if everything() {
        let options = ["copy", "--preserve=all", "--sync", "src", "dst"];
        subjects.push(Subject::new(Kind::New, &options, false));
        let never = ["copy", "-n", "src", "dst"];
        subjects.push(Subject::new(Kind::New, &never, false));
        subjects.push(Subject::new(Kind::New, &never, true));
    }
    run("copy to a new name", subjects);
}

#[test]
#[ignore = "needs strace and a filesystem under test; run cargo xtask test"]
fn replaced_files() {
    let mut subjects = Vec::new();
    for mode in MODES {
        subjects.push(Subject::new(Kind::Replace, &["copy", mode, "src", "dst"], false));
    }
    subjects.push(Subject::new(Kind::Replace, &["copy", LINKS[0], "src", "dst"], false));
    let sync = ["copy", "-p", "--sync", "src", "dst"];
    subjects.push(Subject::new(Kind::Replace, &sync, true));
    if everything() {
        let options = ["copy", "--preserve=all", "--sync", "src", "dst"];
        subjects.push(Subject::new(Kind::Replace, &options, false));
        subjects.push(Subject::new(Kind::Replace, &options, true));
    }
    run("copy in the place of a file", subjects);
}

#[test]
#[ignore = "needs strace and a filesystem under test; run cargo xtask test"]
fn files_in_place() {
    let mut subjects = Vec::new();
    for mode in MODES {
        let args = ["copy", "--in-place", mode, "src", "dst"];
        subjects.push(Subject::new(Kind::InPlace, &args, false));
    }
    if everything() {
        let args = ["copy", "--in-place", "--preserve=all", "--sync", "src", "dst"];
        subjects.push(Subject::new(Kind::InPlace, &args, false));
    }
    run("copy --in-place", subjects);
}

#[test]
#[ignore = "needs strace and a filesystem under test; run cargo xtask test"]
fn ranges() {
    const RAGGED: [&str; 6] =
        ["--src-offset=1000", "--dst-offset=1000", "--length=1100000", "src", "dst", "range"];
    const ALIGNED: [&str; 6] =
        ["--src-offset=64K", "--dst-offset=64K", "--length=1M", "src", "dst", "range"];
    let args = |range: &[&'static str; 6], mode| {
        let [rest @ .., command] = range;
        [&[*command, mode], &rest[..]].concat()
    };
    let ragged = Kind::Range { start: 1000, end: 1_101_000 };
    let aligned = Kind::Range { start: 64 << 10, end: (64 << 10) + (1 << 20) };
    let mut subjects = vec![
        Subject::new(ragged, &args(&RAGGED, "--reflink=auto"), false),
        Subject::new(ragged, &args(&RAGGED, "--reflink=never"), false),
        Subject::new(aligned, &args(&ALIGNED, "--reflink=always"), false),
    ];
    if everything() {
        subjects.push(Subject::new(Kind::RangeNew, &["range", "src", "dst"], false));
    }
    run("range", subjects);
}

#[test]
#[ignore = "needs strace and a filesystem under test; run cargo xtask test"]
fn dedupes() {
    run("dedupe", vec![Subject::new(Kind::Dedupe, &["dedupe", "src", "dst"], false)]);
}

const LINKS: [&str; 2] = ["--hard-links=first", "--hard-links=before-copy"];
const MODES: [&str; 3] = ["--reflink=always", "--reflink=auto", "--reflink=never"];

/// Injects all faults into all subjects, and prints the count.
fn run(title: &str, mut subjects: Vec<Subject>) {
    subjects.retain(|subject| !is_covered(subject));
    let mut table = Table::default();
    let mut wrong = Vec::new();
    for subject in &subjects {
        let (calls, undisturbed) = subject.calls();
        // A short trace would miss faults.
        assert!(calls.len() > 8, "only {calls:?}");
        let context = context(subject, &calls);
        check_undisturbed(subject, context, &undisturbed);
        let after_kill = AfterKill { is_named: is_named(&calls), is_renamed: is_renamed(&calls) };
        for call in calls.iter().filter(|call| !is_left_out(call)) {
            let mut faults = expect::faults(call, context);
            faults.truncate(errnos_per_call());
            if undisturbed.code != Some(0) {
                // A command that fails without faults also fails with them.
                let musts = faults.iter_mut().map(|(_, must)| must);
                musts.filter(|must| **must != Must::Mute).for_each(|must| *must = Must::Fail);
            }
            faults.push((Fault::Kill, Must::Fail));
            for (fault, must) in faults {
                let what = format!("{:?} {:?}: {fault} at {call}", subject.args, subject.kind);
                let fails_anyway = undisturbed.code != Some(0);
                match inject(subject, call, fault, must, fails_anyway, after_kill) {
                    Ok((succeeded, left)) => table.count(&call.name, fault, succeeded, left),
                    Err(error) => wrong.push(format!("{what}: {error}")),
                }
            }
        }
    }
    let fs = crate::scratch::variable("REFLINK_TEST_FS");
    table.print(&format!("{title}, {}", fs.to_string_lossy()));
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

fn context(subject: &Subject, calls: &[Call]) -> Context {
    let has = |option| subject.args.contains(&option);
    Context {
        kind: subject.kind,
        always: has("--reflink=always"),
        keeps_what_it_can: has("--preserve=all"),
        closes_data: closes_data(subject, calls),
    }
}

/// What decides which temporary file a killed copy may leave.
#[derive(Clone, Copy, Debug)]
struct AfterKill {
    is_named: bool,
    is_renamed: bool,
}

impl AfterKill {
    fn litter(self, call: &Call) -> Litter {
        // Between linkat and rename, when the file is flushed once more and closed.
        let is_between = ["fsync", "close", "renameat"].contains(&&*call.name);
        match self {
            Self { is_named: true, .. } => Litter::Unfinished,
            Self { is_renamed: true, .. } if is_between => Litter::Whole,
            _ => Litter::None,
        }
    }
}

/// Whether the file has a temporary name from the beginning: here, or on this filesystem, there are no files
/// without a name.
fn is_named(calls: &[Call]) -> bool {
    calls.iter().any(|call| call.name == "openat" && call.has(".tmp\", ") && call.has("O_CREAT"))
}

/// Whether a file without a name gets a temporary one first.
fn is_renamed(calls: &[Call]) -> bool {
    calls.iter().any(|call| call.name == "linkat" && call.has(".tmp\""))
}

/// The close that may report lost data: of a file that has a temporary name.
fn closes_data(subject: &Subject, calls: &[Call]) -> Option<usize> {
    let opens = |call: &Call| call.name == "openat" && call.result().parse::<u32>().is_ok();
    let is_data = |call: &Call| match subject.kind {
        Kind::InPlace => call.has("\"dst\", O_WRONLY"),
        Kind::New | Kind::Replace => {
            call.has(".tmp\", O_RDWR") || is_renamed(calls) && call.has("O_TMPFILE")
        }
        Kind::Range { .. } | Kind::RangeNew => call.has("\"dst\", O_WRONLY"),
        Kind::Dedupe => false,
    };
    let at = calls.iter().position(|call| opens(call) && is_data(call))?;
    let close = format!("close({})", calls[at].result());
    calls[at..].iter().find(|call| call.has(&close)).map(|call| call.occurrence)
}

/// Only a filesystem that cannot clone refuses, and only in `always`.
fn check_undisturbed(subject: &Subject, context: Context, run: &Run) {
    let left = subject.inspect(Litter::None).unwrap();
    let expected = match subject.kind {
        Kind::Dedupe if !has(Need::Dedupe) => (Some(1), Left::New),
        _ if context.always && !has(Need::Clones) => (Some(3), Left::Old),
        _ => (Some(0), Left::New),
    };
    assert_eq!((run.code, left), expected, "{:?}: {}", subject.args, run.stderr);
}

/// One run with one fault: whether it succeeded, and what it left. An error describes a violation.
fn inject(
    subject: &Subject,
    call: &Call,
    fault: Fault,
    must: Must,
    fails_anyway: bool,
    after_kill: AfterKill,
) -> Result<(bool, Left), String> {
    let log = Log::new();
    subject.reset();
    let trace = format!("--trace={}", call.name);
    let inject = format!("--inject={}:{fault}:when={}", call.name, call.occurrence);
    let run = subject.run(&log, &[&trace, &inject]);
    let Run { code, signal, stderr, .. } = &run;
    let killed = fault == Fault::Kill;
    if killed {
        if *signal != Some(libc::SIGKILL) {
            return Err(format!("it was not killed: {code:?} {stderr}"));
        }
    } else if !log.text().contains("(INJECTED)") {
        return Err(format!("nothing was injected: {}", log.text()));
    }
    let litter = if killed { after_kill.litter(call) } else { Litter::None };
    let left = subject.inspect(litter).map_err(|error| format!("{error}; {code:?} {stderr}"))?;
    if stderr.contains("panicked") {
        return Err(stderr.clone());
    }
    if killed {
        return Ok((false, left));
    }
    let succeeded = *code == Some(0);
    if succeeded && left != Left::New {
        return Err(format!("exit status 0, but the destination is {left:?}"));
    }
    let is_written_into =
        matches!(subject.kind, Kind::InPlace | Kind::Range { .. } | Kind::RangeNew);
    if !succeeded && is_written_into && must != Must::Mute && !is_told(stderr, left) {
        return Err(format!("the destination is {left:?}: {stderr:?}"));
    }
    // If its output is lost, there is nothing to check.
    let says = succeeded && must != Must::Mute;
    if says && subject.kind == Kind::Dedupe && !subject.has_shared(&run.stdout) {
        return Err(format!("not shared, but it says {:?}", run.stdout));
    }
    match must {
        Must::Succeed if !succeeded => Err(format!("exit status {code:?}: {stderr}")),
        Must::Fail if succeeded => Err(format!("exit status 0, {left:?}")),
        Must::Abort if signal.is_some() => Ok((false, left)),
        Must::Mute if matches!(code, Some(0 | 1 | 3)) => Ok((succeeded, left)),
        _ if succeeded => Ok((true, left)),
        Must::Fail if !fails_anyway => check_message(fault, *code, stderr).map(|()| (false, left)),
        _ => check_status(*code, stderr).map(|()| (false, left)),
    }
}

/// Whether the command's message about the destination after a failure is true.
fn is_told(stderr: &str, left: Left) -> bool {
    let mut lines = stderr.lines().filter(|line| line.starts_with("reflink: 'dst' "));
    match lines.next() {
        None => left == Left::Old,
        Some(line) if line.contains(" is incomplete: ") => left == Left::Mixed,
        Some(line) if line.ends_with(" has all bytes of the source") => left == Left::New,
        Some(line) => line.ends_with(" may be incomplete"),
    }
}

/// A failure has status 1 or 3 and one line about it, perhaps a second line about the destination,
/// and perhaps a hint.
fn check_status(code: Option<i32>, stderr: &str) -> Result<(), String> {
    let lines = stderr.lines().filter(|line| !line.starts_with("reflink: 'dst' "));
    let lines = lines.collect::<Vec<_>>();
    match (code, &lines[..]) {
        (Some(1 | 3), [error]) if error.starts_with("reflink: cannot ") => Ok(()),
        (Some(1 | 3), [error, hint])
            if error.starts_with("reflink: cannot ") && hint.starts_with("hint: ") =>
        {
            Ok(())
        }
        _ => Err(format!("exit status {code:?}: {stderr:?}")),
    }
}

/// The injected errno must be the reported one.
fn check_message(fault: Fault, code: Option<i32>, stderr: &str) -> Result<(), String> {
    check_status(code, stderr)?;
    let Fault::Error(name) = fault else { return Ok(()) };
    let text = text(name);
    if stderr.contains(text) { Ok(()) } else { Err(format!("{text:?} is not in {stderr:?}")) }
}

/// The C library's text for an errno.
fn text(name: &str) -> &'static str {
    match name {
        "EACCES" => "Permission denied",
        "EBADF" => "Bad file descriptor",
        "EBUSY" => "Device or resource busy",
        "EDQUOT" => "Disk quota exceeded",
        "EEXIST" => "File exists",
        "EFBIG" => "File too large",
        "EINVAL" => "Invalid argument",
        "EIO" => "Input/output error",
        "EISDIR" => "Is a directory",
        "ELOOP" => "Too many levels of symbolic links",
        "EMFILE" => "Too many open files",
        "EMLINK" => "Too many links",
        "ENFILE" => "Too many open files in system",
        "ENODATA" => "No data available",
        "ENOENT" => "No such file or directory",
        "ENOMEM" => "Cannot allocate memory",
        "ENOSPC" => "No space left on device",
        "ENOSYS" => "Function not implemented",
        "ENOTTY" => "Inappropriate ioctl for device",
        "EOPNOTSUPP" => "Operation not supported",
        "EPERM" => "Operation not permitted",
        "EROFS" => "Read-only file system",
        "ESTALE" => "Stale file handle",
        "ETXTBSY" => "Text file busy",
        "EXDEV" => "Invalid cross-device link",
        other => panic!("the words for {other} are missing"),
    }
}
