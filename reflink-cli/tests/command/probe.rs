//! `reflink probe`: the table, the objects, the status, and no leftovers.

use std::os::unix::process::ExitStatusExt as _;
use std::process::Command;

use serde_json::{Value, json};

use crate::filesystem::{UnderTest, under_test};
use crate::scratch::{REFLINK, Scratch, variable};

/// The name of the filesystem under test.
fn filesystem() -> String {
    match variable("REFLINK_TEST_FS").into_string().unwrap().as_str() {
        "xfs-noreflink" => "xfs".to_owned(),
        "overlay" => "overlayfs".to_owned(),
        name if under_test().hides_blocks => name[..3].to_owned(),
        name => name.to_owned(),
    }
}

/// The status, the result, and the evidence.
fn expected() -> (i32, &'static str, &'static str) {
    let UnderTest { clones, hides_blocks, .. } = under_test();
    match (clones, hides_blocks) {
        (true, false) => (0, "yes", "cloned a block and saw it shared"),
        (true, true) => (1, "unknown", "cloned a block, and cannot see whether it is shared"),
        (false, _) => (3, "no", "the kernel refused to clone a block"),
    }
}

fn objects(scratch: &Scratch, args: &[&str], status: i32) -> Vec<Value> {
    let assert = scratch.reflink(args).code(status);
    let stdout = std::str::from_utf8(&assert.get_output().stdout).unwrap();
    stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
#[ignore = "needs a filesystem under test; run cargo xtask test"]
fn the_table_answers_for_each_path() {
    let UnderTest { clones, hides_blocks, block, reason, hint } = under_test();
    let (status, answer, evidence) = expected();
    let scratch = Scratch::new();
    scratch.write("a", "data");
    let before = scratch.snapshot();
    let assert = scratch.reflink(["probe", ".", "a"]).code(status);
    assert_eq!(scratch.snapshot(), before);

    let why = if clones { evidence } else { reason };
    let size = if hides_blocks { "?".to_owned() } else { block.to_string() };
    let filesystem = filesystem();
    let width = filesystem.len().max("FILESYSTEM".len());
    let answers = answer.len().max("CLONES".len());
    let row = |path: &str| {
        format!("{path:4}  {answer:answers$}  {filesystem:width$}  {size:>10}  {why}\n")
    };
    let head = format!("PATH  {:answers$}  {:width$}  BLOCK SIZE  WHY\n", "CLONES", "FILESYSTEM");
    let hints = ["'.'", "'a'"].map(|path| format!("hint: {path}: {hint}\n")).concat();
    let stderr = if clones { String::new() } else { hints };
    assert.stdout(format!("{head}{}{}", row("'.'"), row("'a'"))).stderr(stderr);
}

#[test]
#[ignore = "needs a filesystem under test; run cargo xtask test"]
fn the_objects_answer_for_each_path() {
    let UnderTest { clones, hides_blocks, block, reason, hint } = under_test();
    let (_, answer, evidence) = expected();
    let scratch = Scratch::new();
    let found = objects(&scratch, &["probe", "--json", ".", "missing"], 1);
    let text = |text: &str| if clones { Value::Null } else { text.into() };
    assert_eq!(
        found,
        [
            json!({
                "path": ".",
                "support": answer,
                "filesystem": filesystem(),
                "block_size": if hides_blocks { Value::Null } else { block.into() },
                "evidence": evidence,
                "reason": text(reason),
                "hint": text(hint),
            }),
            json!({
                "path": "missing",
                "error": {
                    "message": "cannot open 'missing': No such file or directory",
                    "errno": 2,
                    "reason": null,
                    "hint": null,
                },
            }),
        ]
    );
}

#[test]
#[ignore = "needs two filesystems; run cargo xtask test"]
fn one_no_decides_and_an_error_more() {
    let other = variable("REFLINK_TEST_OTHER_DIR").into_string().unwrap();
    let scratch = Scratch::new();
    let here = if under_test().clones { 0 } else { 3 };
    for (paths, status) in [
        (&[&*other][..], 0),
        (&[".", &other], here),
        // Nothing can be written there, so the result is unknown.
        (&["/proc"], 1),
        (&[&other, "/proc"], 1),
        (&["/proc", "."], if here == 0 { 1 } else { 3 }),
        (&["missing", ".", &other], 1),
    ] {
        scratch.reflink([&["probe"][..], paths].concat()).code(status);
        assert_eq!(
            objects(&scratch, &[&["probe", "--json"], paths].concat(), status).len(),
            paths.len()
        );
    }
}

#[test]
fn an_unknown_answer_is_reported_as_unknown() {
    let scratch = Scratch::new();
    // Nobody can make files there, but only for root the mode of the directory does not prevent it.
    let writable = Command::new("test").args(["-w", "/proc"]).status().unwrap().success();
    let why = if writable { "No such file or directory" } else { "Permission denied" };
    scratch.reflink(["probe", "/proc"]).code(1).stderr("").stdout(format!(
        "PATH     CLONES   FILESYSTEM  BLOCK SIZE  WHY\n\
         '/proc'  unknown  proc                 ?  not tried: {why}\n",
    ));
}

#[test]
fn a_missing_file_is_an_error_and_has_no_row() {
    let scratch = Scratch::new();
    scratch.write("a", "data");
    scratch.fails(
        ["probe", "missing"],
        1,
        "reflink: cannot open 'missing': No such file or directory\n",
    );
    scratch.fails(["probe", "a/b"], 1, "reflink: cannot open 'a/b': Not a directory\n");
    scratch.fails(["probe", ""], 1, "reflink: cannot open '': No such file or directory\n");
}

/// Runs `reflink probe .` under strace with these faults; returns its status, and the signal that
/// killed it.
fn under_strace(scratch: &Scratch, options: &[&str]) -> (Option<i32>, Option<i32>) {
    let mut command = Command::new("strace");
    command.args(["-f", "-qq", "-o", "/dev/null"]).args(options).args([REFLINK, "probe", "."]);
    let output = command.current_dir(scratch.path(".")).output().unwrap();
    (output.status.code(), output.status.signal())
}

#[cfg(not(reflink_as = "new-names"))]
#[test]
#[ignore = "needs strace and a filesystem under test; run cargo xtask test"]
fn killed_at_any_system_call_it_leaves_nothing() {
    let undisturbed = if under_test().clones { 0 } else { 3 };
    let scratch = Scratch::new();
    let mut kills = 0;
    for call in ["openat", "pwrite64", "pread64", "ioctl", "fstatfs", "fcntl", "close", "fdatasync"]
    {
        for number in 1.. {
            let inject = format!("inject={call}:signal=SIGKILL:when={number}");
            let (code, signal) = under_strace(&scratch, &["-e", &inject]);
            assert_eq!(scratch.names().len(), 0, "killed at {call} {number}");
            if signal.is_none() {
                assert_eq!(code, Some(undisturbed));
                break;
            }
            kills += 1;
        }
    }
    assert!(kills > 10, "only {kills} system calls");
}

#[test]
#[ignore = "needs strace and a filesystem under test; run cargo xtask test"]
fn without_unnamed_files_it_leaves_nothing_either() {
    let scratch = Scratch::new();
    let log = scratch.path("log");
    let trace = ["-f", "-qq", "-e", "trace=openat", "-o", log.to_str().unwrap()];
    let run = |options: &[&str]| {
        let mut command = Command::new("strace");
        command.args(trace).args(options).args([REFLINK, "probe", "."]);
        let output = command.current_dir(scratch.path(".")).output().unwrap();
        (output.status.code(), std::fs::read_to_string(&log).unwrap())
    };
    let (expected, calls) = run(&[]);
    let opens: Vec<_> = calls.lines().filter(|line| line.contains("openat(")).collect();
    let unnamed = opens.iter().position(|call| call.contains("O_TMPFILE")).unwrap() + 1;
    // This call and every later one, except the two for files with names.
    let last = if cfg!(reflink_as = "new-names") {
        format!("..{}", unnamed + 2) // The clone's own open follows.
    } else {
        String::new()
    };
    let inject = format!("inject=openat:error=EOPNOTSUPP:when={unnamed}{last}+2");
    let (code, calls) = run(&["-e", &inject]);
    // A clone has a name from the start.
    let names = if cfg!(reflink_as = "new-names") { 3 } else { 2 };
    assert_eq!(calls.matches("O_CREAT|O_EXCL").count(), names, "{calls}");
    assert_eq!(code, expected);
    assert_eq!(scratch.names(), ["log"]);
}

#[test]
#[ignore = "needs strace and a filesystem that clones; run cargo xtask test"]
fn a_clone_of_a_source_with_unwritten_data_is_tried_again() {
    let scratch = Scratch::within(variable("REFLINK_TEST_OTHER_DIR").as_ref());
    let log = scratch.path("log");
    let mut command = Command::new("strace");
    command.args(["-f", "-qq", "-e", "trace=ioctl", "-o", log.to_str().unwrap()]);
    command.args([REFLINK, "probe", "."]).current_dir(scratch.path("."));
    assert!(command.output().unwrap().status.success());
    let calls = std::fs::read_to_string(&log).unwrap();
    let calls: Vec<_> = calls.lines().filter(|line| line.contains("ioctl(")).collect();
    let clone = calls.iter().position(|call| call.contains("FICLONE")).unwrap() + 1;
    for errno in ["EAGAIN", "EINVAL"] {
        let once = format!("inject=ioctl:error={errno}:when={clone}");
        assert_eq!(under_strace(&scratch, &["-e", &once]), (Some(0), None), "{errno}");
    }
    let twice = format!("inject=ioctl:error=EAGAIN:when={clone}..{}", clone + 1);
    assert_eq!(under_strace(&scratch, &["-e", &twice]), (Some(1), None));
}

#[test]
fn without_a_path_it_is_about_the_current_directory() {
    let scratch = Scratch::new();
    let here = scratch.command(["probe"]).output().unwrap();
    let named = scratch.command(["probe", "."]).output().unwrap();
    assert!(String::from_utf8_lossy(&here.stdout).contains("\n'.'"), "{here:?}");
    assert_eq!(here, named);
}
