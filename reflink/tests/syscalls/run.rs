//! One copy in a process of its own, under strace.

use std::collections::BTreeMap;
use std::fs::File;
use std::os::unix::fs::{FileExt as _, PermissionsExt};
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};

use reflink::{Mode, Options, Overwrite, Prefer};
use rustix::thread::sched_getcpu;

use crate::common::*;
use crate::tree_scenario;

/// What the traced process should do, in words.
const SCENARIO: &str = "REFLINK_TEST_SCENARIO";

/// A stat of these names marks in the trace where the copy begins and ends.
const BEGIN: &str = "/reflink-test-begin";
const END: &str = "/reflink-test-end";

/// The bytes of the scenario "range".
const RANGE: u64 = 200_001;

/// The results of a traced copy.
pub(crate) struct Run {
    /// `Ok(method)`, if the outcome adds up to the file's length, or `Err(errno)`.
    pub(crate) result: String,
    /// "old", "new", "none", or something that should never be seen.
    pub(crate) destination: String,
    /// Names in the directory that should not be there.
    pub(crate) litter: String,
    /// The calls of the copy, without those for memory.
    pub(crate) calls: Vec<String>,
    /// All calls of the process up to the end of the copy.
    all: Vec<String>,
}

impl Run {
    /// The names of the calls.
    pub(crate) fn names(&self) -> Vec<&str> {
        self.calls.iter().map(|call| call_name(call)).collect()
    }

    /// How many calls contain all of these words.
    pub(crate) fn count(&self, words: &[&str]) -> usize {
        self.calls.iter().filter(|call| holds(call, words)).count()
    }

    /// The position, among the calls of its name since the start of the process, of the first call
    /// that contains all of these words: `when` in strace.
    pub(crate) fn number(&self, words: &[&str]) -> usize {
        let copy = self.all.iter().position(|call| call.contains(BEGIN)).unwrap();
        let at = self.all[copy..].iter().position(|call| holds(call, words));
        let at = copy + at.unwrap_or_else(|| panic!("no {words:?} in {:#?}", self.calls));
        let name = call_name(&self.all[at]);
        self.all[..=at].iter().filter(|call| call_name(call) == name).count()
    }

    #[track_caller]
    pub(crate) fn assert(&self, result: &str, destination: &str) {
        let Self { result: found, destination: left, litter, calls, .. } = self;
        assert_eq!(
            (found.as_str(), left.as_str(), litter.as_str()),
            (result, destination, ""),
            "{calls:#?}"
        );
    }
}

fn call_name(call: &str) -> &str {
    call.split('(').next().unwrap_or_default()
}

fn holds(call: &str, words: &[&str]) -> bool {
    words.iter().all(|word| call.contains(word))
}

/// [`run`] without faults, once for each scenario.
pub(crate) fn undisturbed(words: &str) -> Arc<Run> {
    static RUNS: Mutex<BTreeMap<String, Arc<Run>>> = Mutex::new(BTreeMap::new());
    let known = RUNS.lock().unwrap().get(words).cloned();
    known.unwrap_or_else(|| {
        let run = Arc::new(run(words, &[]));
        RUNS.lock().unwrap().insert(words.to_owned(), Arc::clone(&run));
        run
    })
}

/// Runs [`scenario`] with these words under strace, with these faults injected.
pub(crate) fn run(words: &str, faults: &[&str]) -> Run {
    let dir = dir();
    let trace = dir.path().join("trace");
    let mut strace = Command::new("sh");
    let umask = if words.contains("umask") { "077" } else { "022" };
    // strace and the traced process take turns; on two processors, that takes many times as long.
    let script = format!("umask {umask}; exec taskset --cpu-list $0 strace \"$@\"");
    strace.args(["-c", &script, &sched_getcpu().to_string()]);
    strace.args(["-f", "-s", "256", "-o"]).arg(&trace);
    strace.args(faults.iter().flat_map(|fault| ["-e", fault]));
    strace.arg(std::env::current_exe().unwrap());
    strace.args(["--exact", "run::scenario", "--include-ignored", "--nocapture"]);
    let output = tool(strace.env(SCENARIO, words));

    let field = |name: &str| {
        let line = output.lines().find_map(|line| line.split(name).nth(1));
        line.unwrap_or_else(|| panic!("no {name} in {output}")).to_owned()
    };
    let text = std::fs::read_to_string(&trace).unwrap();
    let begin = text.lines().find(|line| line.contains(BEGIN)).unwrap();
    let thread = begin.split_whitespace().next().unwrap();
    let all: Vec<String> = text
        .lines()
        .filter_map(|line| line.strip_prefix(thread))
        .map(|call| call.trim_start().to_owned())
        .collect();
    let [begin, end] =
        [BEGIN, END].map(|mark| all.iter().position(|call| call.contains(mark)).unwrap());
    let calls = all[begin + 1..end].iter().filter(|call| counts(call)).cloned().collect();
    Run {
        result: field("result: "),
        destination: field("destination: "),
        litter: field("litter: "),
        calls,
        all: all[..end].to_vec(),
    }
}

/// Whether a call belongs to the copy. Not counted are the calls of the allocator, of a debug
/// build, which checks that a descriptor is open before it closes the descriptor, and of glibc 2.41
/// and newer, which blocks signals while it prepares for getrandom.
fn counts(call: &str) -> bool {
    let not_ours = ["brk", "mmap", "mremap", "munmap", "madvise", "mprotect", "rt_sigprocmask"];
    !not_ours.contains(&call_name(call)) && !call.contains("F_GETFD")
}

/// What the traced process does: copies `src` to `dst`, in a directory of its own, as the words
/// specify.
#[test]
#[ignore = "needs a filesystem under test; run cargo xtask test"]
fn scenario() {
    let words = std::env::var(SCENARIO).unwrap_or_else(|_| "auto".to_owned());
    let has = |word| words.split(' ').any(|other| other == word);
    count_beyond_the_main_thread();
    let dir = dir();
    // In the working directory, where no other process is disturbed.
    let here = std::env::var_os(SCENARIO).is_some() && !has("elsewhere");
    if here {
        std::env::set_current_dir(&dir).unwrap();
    }
    let parent = if here { Path::new("") } else { dir.path() };
    if has("tree") {
        let files = match has("by-creation") {
            true => Options::new().permissions(reflink::Permissions::Umask),
            false => Options::new().preserve_if_possible(reflink::Preserve::ALL),
        };
        let threads = usize::from(!has("default-threads"));
        let copy = tree_scenario::prepare(&dir, files.sync(has("sync")), threads);
        return tree_scenario::report(&dir, &mark_around(copy));
    }
    let [src, mut dst] = ["src", "dst"].map(|name| parent.join(name));
    if has("beneath") {
        dst = beneath(dir.path()).join("dst");
    }
    let old = match () {
        () if has("into-empty") => Vec::new(),
        () if has("longer") => bytes(2, 400_000),
        () => bytes(2, 50_000),
    };
    let len = match () {
        () if has("small") => 4096,
        () if has("large") => 4 * MIB + 1,
        () => 300_001,
    };
    file(&src, &bytes(1, len));
    std::fs::set_permissions(&src, PermissionsExt::from_mode(0o644)).unwrap();
    if has("private") {
        std::fs::set_permissions(&src, PermissionsExt::from_mode(0o600)).unwrap();
    }
    let piece = if has("large") { 600_000 } else { 70_000 };
    let sparse = [(0, piece), (10 * MIB, piece), (20 * MIB, 1)];
    if has("sparse") {
        std::fs::remove_file(&src).unwrap();
        sparse_file(&src, 20 * MIB + 1, &sparse);
    }
    if has("old") {
        file(&dst, &old);
    }
    let mode = match () {
        () if has("always") => Mode::Always,
        () if has("never") => Mode::Never,
        () => Mode::Auto,
    };
    let overwrite = match () {
        () if has("in-place") => Overwrite::InPlace,
        () if has("keep") => Overwrite::Never,
        () => Overwrite::Replace,
    };
    let mut options = Options::new().mode(mode).overwrite(overwrite).sync(has("sync"));
    if has("at-once") {
        options = options.atomic(false);
    }
    if has("speed") {
        options = options.prefer(Prefer::Speed);
    }
    if has("again") {
        let first = parent.join("first");
        // A refusal is remembered, too.
        if options.copy(&src, &first).is_ok() {
            std::fs::remove_file(&first).unwrap();
        }
    }
    if has("permissions") {
        options = options.permissions(reflink::Permissions::Source);
    }
    if has("by-creation") {
        options = options.permissions(reflink::Permissions::Umask);
    }
    let mut copy: Box<dyn FnMut() -> _> = if has("open") {
        let (from, to) = (File::open(&src).unwrap(), file(&dst, &old));
        Box::new(move || options.reflink(&from, &to))
    } else if has("range") {
        let (from, to) = (File::open(&src).unwrap(), file(&dst, &old));
        // A ragged end, so that the kernel cannot share everything.
        Box::new(move || options.partial(&from, 0..RANGE, &to, 0))
    } else {
        Box::new(|| options.copy(&src, &dst))
    };
    let result = mark_around(&mut copy);

    let mut expected = std::fs::read(&src).unwrap();
    if has("range") {
        expected.truncate(RANGE as usize);
    }
    let total = expected.len();
    if has("range") {
        expected.extend(old.iter().skip(total));
    }
    match &result {
        Ok(done) if done.total() != total as u64 => println!("\nresult: {done:?}"),
        Ok(done) if done.not_kept.is_empty() => println!("\nresult: Ok({:?})", done.method()),
        Ok(done) => println!("\nresult: Ok({:?}), {:?}", done.method(), done.not_kept),
        Err(error) => match error.raw_os_error() {
            Some(errno) => println!("\nresult: Err({})", errno_name(errno)),
            None => println!("\nresult: Err({error:?})"),
        },
    }
    let destination = match std::fs::read(&dst) {
        Err(_) => "none",
        Ok(found) if found == expected => "new",
        Ok(found) if found == old => "old",
        Ok(_) => "damaged",
    };
    println!("destination: {destination}");
    let mut litter = names(&dir);
    litter.retain(|name| name != "src" && name != "dst");
    println!("litter: {}", litter.iter().map(|name| name.to_string_lossy()).collect::<String>());

    // Without strace there are no faults.
    if std::env::var_os(SCENARIO).is_none() {
        assert_eq!((result.is_ok(), destination, litter.len()), (true, "new", 0));
    }
}

/// strace counts the calls of each thread separately, and a fault for this thread's seventh call
/// would hit the main thread's seventh, too.
fn count_beyond_the_main_thread() {
    for _ in 0..100 {
        let null = File::open("/dev/null").unwrap();
        // A fault for a thread that the copy starts hits this call, too.
        let _ = null.read_at(&mut [0], 0);
        assert!(rustix::fs::ioctl_getflags(&null).is_err());
    }
}

/// Marks in the trace where the copy begins and ends.
pub(crate) fn mark_around<T>(copy: impl FnOnce() -> T) -> T {
    mark(BEGIN);
    let result = copy();
    mark(END);
    result
}

fn mark(path: &str) {
    assert!(!Path::new(path).exists());
}

fn errno_name(errno: i32) -> String {
    let names = [
        (libc::EPERM, "EPERM"),
        (libc::EIO, "EIO"),
        (libc::ENOMEM, "ENOMEM"),
        (libc::EACCES, "EACCES"),
        (libc::EEXIST, "EEXIST"),
        (libc::EXDEV, "EXDEV"),
        (libc::EINVAL, "EINVAL"),
        (libc::ENOTTY, "ENOTTY"),
        (libc::EFBIG, "EFBIG"),
        (libc::ENOSPC, "ENOSPC"),
        (libc::EROFS, "EROFS"),
        (libc::ENOSYS, "ENOSYS"),
        (libc::EOPNOTSUPP, "EOPNOTSUPP"),
        (libc::EDQUOT, "EDQUOT"),
        (libc::EAGAIN, "EAGAIN"),
        (libc::ETXTBSY, "ETXTBSY"),
    ];
    let name = names.iter().find(|(number, _)| *number == errno).map(|(_, name)| *name);
    name.map_or_else(|| errno.to_string(), str::to_owned)
}
