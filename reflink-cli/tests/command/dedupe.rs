//! `reflink dedupe`: how many bytes it shares, and why it refuses.

use std::os::unix::process::CommandExt as _;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::extents::{cloning_scratch, content};
use crate::filesystem::{UnderTest, under_test};
use crate::scratch::{REFLINK, Scratch, variable};

/// A file, an equal one, and one that differs at byte 700,000.
fn scratch() -> Scratch {
    let scratch = cloning_scratch();
    scratch.write("a", content());
    scratch.write("same", content());
    let mut other = content();
    other[700_000] ^= 1;
    scratch.write("other", other);
    scratch
}

/// The command prints this and makes no visible change.
#[track_caller]
fn dedupe(scratch: &Scratch, args: &[&str], status: i32, bytes: &str, stderr: &str) {
    let before = scratch.snapshot();
    let stderr = stderr.to_owned();
    let stdout = if bytes.is_empty() { String::new() } else { format!("{bytes}\n") };
    scratch.reflink([&["dedupe"], args].concat()).code(status).stdout(stdout).stderr(stderr);
    assert_eq!(scratch.snapshot(), before);
}

/// How many bytes are in the same blocks of both files.
fn shared(scratch: &Scratch, first: &str, second: &str) -> u64 {
    let assert = scratch.reflink(["extents", "--between", "--json", first, second]).success();
    let found: serde_json::Value = serde_json::from_slice(&assert.get_output().stdout).unwrap();
    found["shared"].as_u64().unwrap()
}

const DIFFERS: &str = "reflink: cannot dedupe 'a' to 'other': Extents did not match.\n\
                       hint: the first difference is at byte 700000\n";

#[test]
#[ignore = "needs a filesystem that clones; run cargo xtask test"]
fn equal_whole_files_are_shared() {
    let scratch = scratch();
    dedupe(&scratch, &["a", "same"], 0, "1048586", "");
    assert_eq!(shared(&scratch, "a", "same"), 1_048_586);
    scratch.write("too", content());
    dedupe(&scratch, &["a", "same", "too"], 0, "2097172", "");
    assert_eq!(shared(&scratch, "a", "too"), 1_048_586);
}

/// btrfs keeps such a file in its metadata, where nothing is shared.
#[test]
#[ignore = "needs a filesystem that clones; run cargo xtask test"]
fn small_files_are_counted_as_extents_counts_them() {
    let scratch = cloning_scratch();
    scratch.write("a", "small");
    scratch.write("b", "small");
    let bytes = if variable("REFLINK_TEST_FS") == "btrfs" { 0 } else { 5 };
    dedupe(&scratch, &["a", "b"], 0, &bytes.to_string(), "");
    assert_eq!(shared(&scratch, "a", "b"), bytes);
}

#[test]
#[ignore = "needs a filesystem that clones; run cargo xtask test"]
fn different_data_is_status_4_and_says_where() {
    let scratch = scratch();
    dedupe(&scratch, &["a", "other"], 4, "", DIFFERS);
    assert_eq!(shared(&scratch, "a", "other"), 0);
    let shifted = ["--src-offset=4K", "--dst-offset=8K", "--length=64K", "a", "same"];
    let message = "reflink: cannot dedupe 'a' to 'same': Extents did not match.\n\
                   hint: the first difference is at byte 4096 of the source and byte 8192 of the destination\n";
    dedupe(&scratch, &shifted, 4, "", message);
}

#[test]
#[ignore = "needs a filesystem that clones; run cargo xtask test"]
fn a_reader_that_went_away_hides_no_difference() {
    let scratch = scratch();
    for (args, status) in [(&["a", "other"][..], 4), (&["a", "same", "other"], 5)] {
        let output = Command::new("sh")
            .args(["-c", r#"exec 3>&1; { "$0" dedupe "$@"; echo $? >&3; } | true"#, REFLINK])
            .args(args)
            .current_dir(scratch.path("."))
            .output()
            .unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stdout), format!("{status}\n"), "{output:?}");
    }
}

#[test]
#[ignore = "needs a filesystem that clones; run cargo xtask test"]
fn a_result_that_nobody_reads_is_an_error() {
    let scratch = scratch();
    for option in ["--length=1M", "-v", "--json"] {
        let (ours, theirs) = std::os::unix::net::UnixStream::pair().unwrap();
        drop(theirs);
        let output = Command::new(REFLINK)
            .args(["dedupe", option, "a", "same"])
            .current_dir(scratch.path("."))
            .stdout(std::os::fd::OwnedFd::from(ours))
            .stderr(Stdio::piped())
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(stderr, "reflink: cannot write to standard output: Broken pipe\n");
    }
}

#[test]
#[ignore = "needs a filesystem that clones; run cargo xtask test"]
fn each_destination_has_a_line_or_an_object() {
    let scratch = scratch();
    let done = "'a' -> 'same': shared 1048586 bytes (1.0 MiB) by dedupe";
    dedupe(&scratch, &["-v", "--sync", "a", "other", "same"], 5, done, DIFFERS);
    let assert = scratch.reflink(["dedupe", "--json", "a", "other", "same"]).code(5);
    let objects = String::from_utf8(assert.get_output().stdout.clone()).unwrap();
    let objects: Vec<serde_json::Value> =
        objects.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(objects[0]["destination"], "other");
    assert_eq!(objects[0]["error"]["hint"], "the first difference is at byte 700000");
    let done = serde_json::json!({ "source": "a", "destination": "same", "shared": 1_048_586 });
    assert_eq!(objects[1..], [done]);
}

#[test]
#[ignore = "needs a filesystem that clones; run cargo xtask test"]
fn ranges_are_shared_and_units_understood() {
    let scratch = scratch();
    dedupe(&scratch, &["--length", "64K", "a", "other"], 0, "65536", "");
    assert_eq!(shared(&scratch, "a", "other"), 65536);
    // 251 blocks are a multiple of the pattern's length.
    let offset = (251 * 4096).to_string();
    let args = ["--src-offset=0", "--dst-offset", &offset, "--length=4KiB", "a", "same"];
    dedupe(&scratch, &args, 0, "4096", "");
    assert_eq!(shared(&scratch, "a", "same"), 4096);
    // A ragged end is compared, and its whole blocks are shared.
    dedupe(&scratch, &["--length=6000", "a", "same"], 0, "4096", "");
    dedupe(&scratch, &["--length=0", "a", "same"], 0, "0", "");
    let message = "reflink: cannot dedupe 'a' to 'same': Invalid argument\n\
                   hint: the source offset is not a multiple of the block size, 4096 bytes\n";
    dedupe(&scratch, &["--src-offset=1", "--length=4K", "a", "same"], 1, "", message);
}

#[test]
#[ignore = "needs a filesystem that clones; run cargo xtask test"]
fn several_destinations_have_one_status() {
    let scratch = scratch();
    dedupe(&scratch, &["a", "other", "same"], 5, "1048586", DIFFERS);
    let missing = "reflink: cannot open 'missing': No such file or directory\n";
    dedupe(&scratch, &["a", "same", "missing"], 5, "1048586", missing);
    dedupe(&scratch, &["a", "missing", "missing"], 1, "", &missing.repeat(2));
    dedupe(&scratch, &["a", "other", "other"], 4, "", &DIFFERS.repeat(2));
    // In the order of the command line.
    dedupe(&scratch, &["a", "missing", "other"], 1, "", &format!("{missing}{DIFFERS}"));
    scratch.write("short", "short");
    let message = "reflink: cannot dedupe 'a' to 'short': Invalid argument\n\
                   hint: the destination has only 5 bytes; only data that exists in both files can be shared\n\
                   reflink: cannot dedupe 'a' to '/proc/version': Invalid cross-device link\n";
    let before = scratch.snapshot();
    let assert = scratch.reflink(["dedupe", "a", "short", "/proc/version"]).code(1).stdout("");
    let stderr = String::from_utf8(assert.get_output().stderr.clone()).unwrap();
    let last = stderr.strip_prefix(message).unwrap_or_else(|| panic!("{stderr}"));
    assert!(last.starts_with("hint: the source is on "), "{last}");
    assert!(last.ends_with(", the destination on proc\n"), "{last}");
    assert_eq!(scratch.snapshot(), before);
}

#[test]
#[ignore = "needs a filesystem that clones; run cargo xtask test"]
fn more_destinations_than_a_process_may_open() {
    let scratch = cloning_scratch();
    let names: Vec<_> = (0..300).map(|number| number.to_string()).collect();
    let content = &content()[..10_000];
    for name in ["a"].into_iter().chain(names.iter().map(String::as_str)) {
        scratch.write(name, content);
    }
    let mut command = assert_cmd::Command::new("sh");
    command.args(["-c", r#"ulimit -n 50; exec "$0" dedupe a "$@""#, REFLINK]).args(&names);
    command.current_dir(scratch.path(".")).assert().success().stdout("3000000\n").stderr("");
    for name in ["0", "15", "16", "299"] {
        assert_eq!(shared(&scratch, "a", name), 10_000, "{name}");
    }
}

#[test]
#[ignore = "needs a filesystem under test; run cargo xtask test"]
fn a_filesystem_that_cannot_share_says_so() {
    let UnderTest { clones, reason, .. } = under_test();
    let scratch = Scratch::new();
    scratch.write("a", content());
    scratch.write("b", content());
    let assert = scratch.reflink(["dedupe", "a", "b"]);
    if clones {
        assert.success().stdout("1048586\n").stderr("");
    } else {
        let assert = assert.code(1);
        let stderr = String::from_utf8(assert.get_output().stderr.clone()).unwrap();
        assert!(stderr.starts_with("reflink: cannot dedupe 'a'"), "{stderr}");
        let end = format!(": Operation not supported\nhint: {reason}\n");
        assert!(stderr.ends_with(&end), "{stderr}");
    }
}

#[test]
fn a_source_that_cannot_be_used_is_one_failure() {
    let scratch = Scratch::new();
    scratch.write("a", "data");
    scratch.mkdir("d");
    scratch.mkfifo("f");
    for (args, message) in [
        (&["missing", "a", "a"][..], "reflink: cannot open 'missing': No such file or directory\n"),
        (
            &["d", "a", "a"],
            "reflink: cannot dedupe 'd': Is a directory\nhint: the source is a directory\n",
        ),
        (
            &["--length=1", "f", "a"],
            "reflink: cannot dedupe 'f': Invalid argument\n\
             hint: the source is not a regular file; only regular files can be cloned or copied\n",
        ),
        (
            &["--length=5", "a", "a"],
            "reflink: cannot dedupe 'a': Invalid argument\n\
             hint: the range goes past the end of the source, which has 4 bytes; \
             shorten the range, or leave its end open to go up to the source's end\n",
        ),
        (&["--src-offset=8E", "a", "a"], ""),
    ] {
        if message.is_empty() {
            scratch.reflink([&["dedupe"], args].concat()).code(2);
        } else {
            scratch.fails([&["dedupe"], args].concat(), 1, message);
        }
    }
}

#[test]
#[ignore = "needs a filesystem that clones, and root to give it up; run cargo xtask test"]
fn only_users_with_write_access_may_dedupe_a_file() {
    const NOBODY: u32 = 65534;
    let scratch = scratch();
    scratch.chmod(".", 0o755);
    scratch.mkdir("bin");
    scratch.install(REFLINK, "bin/reflink");
    let as_nobody = || {
        let mut command = Command::new(scratch.path("bin/reflink"));
        command.args(["dedupe", "a", "same"]).current_dir(scratch.path("."));
        command.uid(NOBODY).gid(NOBODY);
        assert_cmd::Command::from_std(command).assert()
    };
    scratch.chmod("same", 0o644);
    as_nobody().code(1).stdout("").stderr(
        "reflink: cannot dedupe 'a' to 'same': Operation not permitted\n\
         hint: only its owner, root and anyone who may write it can dedupe it\n",
    );
    scratch.chmod("same", 0o646);
    as_nobody().success().stdout("1048586\n").stderr("");
    scratch.chmod("same", 0o400);
    std::os::unix::fs::chown(scratch.path("same"), Some(NOBODY), None).unwrap();
    as_nobody().success().stdout("1048586\n").stderr("");
}

#[test]
#[ignore = "needs a filesystem that clones; run cargo xtask test"]
fn a_program_that_runs_can_be_deduped() {
    let scratch = cloning_scratch();
    for name in ["a", "b"] {
        scratch.install("/bin/sleep", name);
    }
    let mut running = Command::new(scratch.path("b")).arg("60").spawn().unwrap();
    let expected = format!("{}\n", scratch.read("a").len());
    let result = std::panic::catch_unwind(|| {
        scratch.reflink(["dedupe", "a", "b"]).success().stdout(expected).stderr("");
    });
    running.kill().unwrap();
    running.wait().unwrap();
    result.unwrap();
}

#[test]
#[ignore = "needs a filesystem that clones; run cargo xtask test"]
fn a_signal_stops_it() {
    let scratch = cloning_scratch();
    for name in ["a", "b"] {
        scratch.write(name, "");
        let file = std::fs::File::options().write(true).open(scratch.path(name)).unwrap();
        file.set_len(64 << 30).unwrap();
    }
    let child = Command::new(REFLINK)
        .args(["dedupe", "a", "b"])
        .current_dir(scratch.path("."))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    std::thread::sleep(Duration::from_millis(500));
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    let asked = Instant::now();
    let output = child.wait_with_output().unwrap();
    assert!(asked.elapsed() < Duration::from_secs(5), "{:?}", asked.elapsed());
    use std::os::unix::process::ExitStatusExt as _;
    assert_eq!(output.status.signal(), Some(libc::SIGINT), "{output:?}");
    assert_eq!(output.stdout, b"");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(stderr.starts_with("reflink: cancelled after "), "{stderr}");
}
