//! The command on every operating system: its output, the files that it leaves, and its exit status.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::fs;
use std::process::{Command, Output};

fn dir() -> tempfile::TempDir {
    let parent =
        std::env::var_os("REFLINK_TEST_DIR").unwrap_or_else(|| env!("CARGO_TARGET_TMPDIR").into());
    let dir = tempfile::tempdir_in(parent).unwrap();
    fs::write(dir.path().join("a"), "some data").unwrap();
    dir
}

fn reflink(dir: &tempfile::TempDir, arguments: &[&str]) -> Output {
    let path = env!("CARGO_BIN_EXE_reflink");
    // Of `cargo xtask systems --run`: this machine runs no programs for that processor by itself.
    let runner = std::env::var("REFLINK_TEST_RUNNER").unwrap_or_default();
    let mut words = runner.split_whitespace().chain([path]);
    let mut command = Command::new(words.next().unwrap());
    command.args(words).args(arguments).current_dir(dir.path()).output().unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

#[test]
fn a_copy_has_the_bytes_and_replaces_an_old_file() {
    let dir = dir();
    for _ in ["new", "old"] {
        let output = reflink(&dir, &["copy", "--json", "a", "b"]);
        assert!(output.status.success(), "{output:?}");
        let line: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(line["bytes"]["total"], 9, "{line}");
        assert_eq!(fs::read(dir.path().join("b")).unwrap(), b"some data");
    }
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 2);
}

#[test]
fn a_range_is_copied() {
    let dir = dir();
    fs::write(dir.path().join("b"), "0123456789").unwrap();
    let output =
        reflink(&dir, &["range", "a", "b", "--src-offset=5", "--dst-offset=3", "--length=4"]);
    let usage = text(&output.stderr);
    assert!(output.status.success(), "{usage}");
    assert_eq!(fs::read(dir.path().join("b")).unwrap(), b"012data789");
}

#[test]
fn a_missing_source_is_one_line_and_status_1() {
    let dir = dir();
    let output = reflink(&dir, &["copy", "nothing", "b"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let message = text(&output.stderr);
    assert!(message.starts_with("reflink: "), "{message}");
    assert!(message.contains("nothing"), "{message}");
    assert!(!dir.path().join("b").exists());
}

#[test]
fn wrong_usage_is_status_2() {
    let output = reflink(&dir(), &["copy", "a"]);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
}

#[test]
fn a_probe_has_an_answer() {
    let output = reflink(&dir(), &["probe", "--json", "."]);
    let line: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(line.is_object(), "{line}");
}

#[test]
fn a_directory_is_copied_and_merged() {
    let dir = dir();
    fs::create_dir_all(dir.path().join("tree/sub")).unwrap();
    fs::write(dir.path().join("tree/sub/file"), "some data").unwrap();
    for _ in ["new", "existing"] {
        let output = reflink(&dir, &["copy", "-r", "--json", "-T", "tree", "copy"]);
        assert!(output.status.success(), "{output:?}");
        let line: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(line["entries"]["total"], 3, "{line}");
        assert_eq!(fs::read(dir.path().join("copy/sub/file")).unwrap(), b"some data");
    }
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 3);
}

/// Windows keeps neither owners nor extended attributes, and that is a warning.
#[test]
fn an_archive_of_a_directory_is_made() {
    let dir = dir();
    fs::create_dir(dir.path().join("tree")).unwrap();
    fs::hard_link(dir.path().join("a"), dir.path().join("tree/a")).unwrap();
    fs::hard_link(dir.path().join("a"), dir.path().join("tree/b")).unwrap();
    let output = reflink(&dir, &["copy", "-a", "--json", "tree", "copy"]);
    assert!(output.status.success(), "{output:?}");
    let line: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(line["entries"]["hard_links"], 1, "{line}");
    assert_eq!(text(&output.stderr).contains("owner"), cfg!(windows), "{output:?}");
    let times = ["tree", "copy"]
        .map(|name| fs::metadata(dir.path().join(name)).unwrap().modified().unwrap());
    assert_eq!(times[0], times[1]);
}
