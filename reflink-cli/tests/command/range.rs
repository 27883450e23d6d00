//! `reflink range`: successes and refusals.

use std::os::unix::fs::MetadataExt as _;

use assert_cmd::Command;

use crate::scratch::{REFLINK, Scratch};

fn scratch() -> Scratch {
    let scratch = Scratch::new();
    scratch.write("a", "0123456789");
    scratch.write("b", "abcdefghijklmnop");
    scratch
}

#[test]
fn exactly_the_range_is_written_and_its_length_printed() {
    for mode in ["--reflink=auto", "--reflink=never"] {
        let scratch = scratch();
        let range = ["range", mode, "--src-offset", "2", "--dst-offset=4", "--length", "3"];
        scratch.reflink([&range[..], &["a", "b"]].concat()).success().stdout("3\n").stderr("");
        assert_eq!(scratch.read("b"), b"abcd234hijklmnop");
    }
}

#[test]
fn by_default_all_of_the_source_goes_to_the_start_and_nothing_is_cut_off() {
    let scratch = scratch();
    scratch.reflink(["range", "a", "b"]).success().stdout("10\n").stderr("");
    assert_eq!(scratch.read("b"), b"0123456789klmnop");
    scratch.reflink(["range", "--src-offset=8", "a", "b"]).success().stdout("2\n").stderr("");
    assert_eq!(scratch.read("b"), b"8923456789klmnop");
    scratch.reflink(["range", "--src-offset=10", "a", "b"]).success().stdout("0\n").stderr("");
    assert_eq!(scratch.read("b"), b"8923456789klmnop");
}

#[test]
fn dest_grows_and_is_created_under_the_umask() {
    let scratch = scratch();
    scratch.reflink(["range", "--dst-offset=14", "a", "b"]).success().stdout("10\n").stderr("");
    assert_eq!(scratch.read("b"), b"abcdefghijklmn0123456789");
    Command::new("sh")
        .args(["-c", r#"umask 0027; exec "$0" "$@""#, REFLINK])
        .args(["range", "--dst-offset=1K", "a", "c"])
        .current_dir(scratch.path("."))
        .assert()
        .success()
        .stdout("10\n");
    let status = std::fs::metadata(scratch.path("c")).unwrap();
    assert_eq!((status.mode() & 0o7777, status.len()), (0o640, 1034));
    assert_eq!(&scratch.read("c")[1024..], b"0123456789");
}

#[test]
fn the_method_is_printed_on_request() {
    let scratch = scratch();
    let range = ["range", "--reflink=never", "--sync", "--progress=never"];
    let line = "'a' -> 'c': copied 10 bytes by read/write\n";
    scratch.reflink([&range[..], &["-v", "a", "c"]].concat()).success().stdout(line).stderr("");
    let assert = scratch.reflink([&range[..], &["--json", "a", "b"]].concat()).success().stderr("");
    let object: serde_json::Value = serde_json::from_slice(&assert.get_output().stdout).unwrap();
    assert_eq!((&object["method"], &object["bytes"]["copied"]), (&"read/write".into(), &10.into()));
    let assert = scratch.reflink(["range", "--json", "missing", "b"]).code(1);
    let object: serde_json::Value = serde_json::from_slice(&assert.get_output().stdout).unwrap();
    assert_eq!((&object["source"], &object["error"]["errno"]), (&"missing".into(), &2.into()));
}

#[test]
fn a_result_that_nobody_reads_is_an_error() {
    let scratch = scratch();
    for option in ["--length=1", "-v", "--json"] {
        let (ours, theirs) = std::os::unix::net::UnixStream::pair().unwrap();
        drop(theirs);
        let mut command = std::process::Command::new(REFLINK);
        command.args(["range", option, "a", "b"]).current_dir(scratch.path("."));
        let output = command.stdout(std::os::fd::OwnedFd::from(ours)).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{option}: {output:?}");
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(stderr, "reflink: cannot write to standard output: Broken pipe\n", "{option}");
    }
}

#[test]
fn no_create_creates_nothing() {
    let scratch = scratch();
    let message = "reflink: cannot open 'c': No such file or directory\n";
    scratch.fails(["range", "--no-create", "a", "c"], 1, message);
    scratch.reflink(["range", "--no-create", "a", "b"]).success().stdout("10\n").stderr("");
}

#[test]
fn source_and_dest_may_be_one_file() {
    let scratch = scratch();
    let within = ["range", "--length=2", "--dst-offset=10", "a"];
    scratch.reflink([&within[..], &["./a"]].concat()).success().stdout("2\n").stderr("");
    assert_eq!(scratch.read("a"), b"012345678901");
    let message = "reflink: cannot copy 'a' to 'a': Invalid argument\n\
                   hint: the ranges overlap in one file; choose ranges that do not overlap\n";
    let overlap = ["range", "--reflink=never", "--length=2", "--dst-offset=1", "a", "a"];
    scratch.fails(overlap, 1, message);
}

#[test]
fn a_range_that_is_not_in_the_source_changes_nothing_and_creates_nothing() {
    let scratch = scratch();
    let hint = "hint: the range goes past the end of the source, which has 10 bytes; \
                shorten the range, or leave its end open to go up to the source's end\n";
    for options in [
        &["--length=11"][..],
        &["--src-offset=10", "--length=1"],
        &["--src-offset=11"],
        &["--src-offset=4G"],
        &["--length=8191P"],
    ] {
        for dest in ["b", "c"] {
            let args = [&["range", "--reflink=never"][..], options, &["a", dest]].concat();
            let message = format!("reflink: cannot copy 'a' to '{dest}': Invalid argument\n{hint}");
            scratch.fails(args, 1, &message);
            // The other modes may call the kernel first, but change the same bytes.
            let before = scratch.snapshot();
            let args = [&["range"][..], options, &["a", dest]].concat();
            let assert = scratch.reflink(args).code(1).stdout("");
            assert!(assert.get_output().stderr.ends_with(hint.as_bytes()), "{options:?}");
            assert_eq!(scratch.snapshot(), before);
        }
    }
}

#[test]
fn a_range_that_no_file_can_have_is_refused() {
    let scratch = scratch();
    let most = i64::MAX.to_string();
    for options in [
        ["--src-offset", &most, "--length", "1"],
        ["--src-offset", &most, "--length", &most],
        ["--dst-offset", &most, "--length", "1"],
        ["--dst-offset", &most, "--length", "10"],
    ] {
        for dest in ["b", "c"] {
            let args = [&["range", "--reflink=never"][..], &options, &["a", dest]].concat();
            let message = format!(
                "reflink: cannot copy 'a' to '{dest}': Invalid argument\n\
                 hint: offset and length add up to more than a file can have\n"
            );
            scratch.fails(args, 1, &message);
        }
    }
}
