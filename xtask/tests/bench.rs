//! `cargo xtask bench` from outside, on whatever filesystem the target directory is.

// Helpers of tests may unwrap, too: they fail by panicking.
#![allow(clippy::unwrap_used)]

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;

fn fresh_dir() -> TempDir {
    TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap()
}

fn bench(arguments: &[&str], dir: &Path, out: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    command.arg("bench").args(arguments).arg("--dir").arg(dir).arg("--out").arg(out);
    command
}

fn run(command: &mut Command) -> Output {
    let output = command.output().unwrap();
    let (stdout, stderr) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{command:?}: {stdout}{stderr}");
    output
}

fn read_report(out: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(out.join("report.json")).unwrap()).unwrap()
}

fn is_empty(dir: &Path) -> bool {
    dir.read_dir().unwrap().next().is_none()
}

#[test]
fn a_report_says_everything_in_three_formats() {
    let (dir, out) = (fresh_dir(), fresh_dir());
    run(&mut bench(&["--smoke"], dir.path(), out.path()));
    assert!(is_empty(dir.path()), "it left something behind");

    let report = read_report(out.path());
    assert_eq!(report["schema"], 2);
    let evaluation = &report["evaluations"][0];
    assert_eq!(evaluation["effort"], "smoke");
    assert_eq!(evaluation["interrupted"], false);
    assert_eq!(evaluation["sections"].as_array().unwrap().len(), 11);
    let methods = &evaluation["sections"][0]["measures"][0];
    assert_eq!(methods["name"], "call");
    let lines = methods["series"].as_array().unwrap();
    let with_copies = lines.iter().find(|line| line["line"] == "read_write").unwrap();
    let point = &with_copies["points"][0];
    // Five turns of five calls, of which the first does not count.
    assert_eq!(point["samples"].as_array().unwrap().len(), 20);
    assert!(point["summary"]["median"].as_f64().unwrap() > 0.0);

    let html = std::fs::read_to_string(out.path().join("report.html")).unwrap();
    let markdown = std::fs::read_to_string(out.path().join("report.md")).unwrap();
    for sentence in evaluation["summary"].as_array().unwrap() {
        assert!(markdown.contains(sentence.as_str().unwrap()), "{markdown}");
    }
    assert!(html.contains("<svg") && html.contains("<h2>Methods and sizes</h2>"));
    for outside in ["src=", "href=", "url(", "@import", "<script"] {
        assert!(!html.contains(outside), "the page needs {outside}");
    }
    let pictures: Vec<_> =
        markdown.split("](").skip(1).map(|rest| rest.split(')').next()).collect();
    assert!(!pictures.is_empty());
    for picture in pictures {
        assert!(out.path().join(picture.unwrap()).is_file(), "{picture:?}");
    }
}

#[test]
fn reports_are_compared() {
    let (dir, all) = (fresh_dir(), fresh_dir());
    let [before, after, both] = ["before", "after", "both"].map(|name| all.path().join(name));
    run(&mut bench(&["--smoke"], dir.path(), &before));
    run(&mut bench(&["--smoke"], dir.path(), &after));
    let mut compare = Command::new(env!("CARGO_BIN_EXE_xtask"));
    compare.args(["bench", "compare"]);
    compare.args([&before, &after].map(|report| report.join("report.json")));
    run(compare.arg("--out").arg(&both));
    let report = read_report(&both);
    let labels = [0, 1].map(|number| report["evaluations"][number]["label"].as_str().unwrap());
    assert!(labels[0].ends_with(" (before)") && labels[1].ends_with(" (after)"), "{labels:?}");
    let markdown = std::fs::read_to_string(both.join("report.md")).unwrap();
    assert!(markdown.contains(&format!("{} / {}", labels[1], labels[0])), "{markdown}");
}

#[test]
fn an_interrupted_run_keeps_what_it_measured_and_cleans_up() {
    let (dir, out) = (fresh_dir(), fresh_dir());
    let mut child = bench(&["--quick", "--only", "small-files,trees"], dir.path(), out.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    output.read_line(&mut line).unwrap();
    assert!(line.contains("Small files"), "{line}");
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    output.read_to_string(&mut line).unwrap();
    assert!(!child.wait().unwrap().success(), "{line}");

    assert!(is_empty(dir.path()), "it left something behind");
    let evaluation = &read_report(out.path())["evaluations"][0];
    assert_eq!(evaluation["interrupted"], true);
    assert!(!evaluation["sections"][0]["measures"].as_array().unwrap().is_empty());
    assert!(evaluation["summary"][0].as_str().unwrap().contains("clones"));
    let last = &evaluation["sections"][1];
    assert_eq!((&last["topic"], &last["missing"]), (&"trees".into(), &"interrupted".into()));
}

#[test]
fn a_file_that_is_not_a_report_is_not_compared() {
    let dir = fresh_dir();
    let path = dir.path().join("other.json");
    std::fs::write(&path, r#"{"schema": 99, "evaluations": []}"#).unwrap();
    let mut compare = Command::new(env!("CARGO_BIN_EXE_xtask"));
    let output = compare.args(["bench", "compare"]).args([&path, &path]).output().unwrap();
    assert!(!output.status.success());
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(error.contains("other.json is no report of schema 2"), "{error}");
}

#[test]
fn some_sections_are_measured_and_compared_with_an_earlier_report() {
    let (dir, all) = (fresh_dir(), fresh_dir());
    let [before, after] = ["before", "after"].map(|name| all.path().join(name));
    run(&mut bench(&["--smoke", "--only", "small-files"], dir.path(), &before));
    let sections = read_report(&before)["evaluations"][0]["sections"].clone();
    assert_eq!(sections.as_array().unwrap().len(), 1);
    assert_eq!(sections[0]["topic"], "small_files");

    // What took a second each before is faster now, beyond any noise.
    let file = before.join("report.json");
    let mut report = read_report(&before);
    let point =
        &mut report["evaluations"][0]["sections"][0]["measures"][0]["series"][0]["points"][0];
    for figure in ["minimum", "lower_quartile", "median", "upper_quartile", "maximum"] {
        point["summary"][figure] = 1.0.into();
    }
    std::fs::write(&file, report.to_string()).unwrap();
    let arguments = ["--quick", "--only", "small-files", "--baseline", file.to_str().unwrap()];
    run(&mut bench(&arguments, dir.path(), &after));
    let comparison = &read_report(&after)["evaluations"][0]["comparison"];
    assert_eq!(comparison["changes"][0]["before"], 1.0, "{comparison}");
    let markdown = std::fs::read_to_string(after.join("report.md")).unwrap();
    assert!(markdown.contains("changed since"), "{markdown}");
    assert!(markdown.contains("the effort was smoke, and is quick"), "{markdown}");
}

#[test]
fn bad_input_is_refused_before_anything_is_measured() {
    let (dir, out) = (fresh_dir(), fresh_dir());
    let refused = |command: &mut Command, expected: &str| {
        let output = command.output().unwrap();
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && error.contains(expected), "{error}");
    };
    let missing = dir.path().join("missing");
    refused(&mut bench(&["--smoke"], &missing, out.path()), "there is no such directory");
    let baseline = ["--quick", "--baseline", missing.to_str().unwrap()];
    refused(&mut bench(&baseline, dir.path(), out.path()), "cannot read");
    let other = dir.path().join("other.json");
    std::fs::write(&other, r#"{"schema": 2, "evaluations": []}"#).unwrap();
    let baseline = ["--quick", "--baseline", other.to_str().unwrap()];
    refused(&mut bench(&baseline, dir.path(), out.path()), "has no evaluation of");
    refused(&mut bench(&["--only", "sizes"], dir.path(), out.path()), "[possible values: methods,");
    refused(&mut bench(&["--smoke"], dir.path(), &other), "cannot create");
    refused(&mut bench(&["--mkfs-options", "-b size=1k"], dir.path(), out.path()), "--fs");
    refused(&mut bench(&["--smoke"], Path::new("/proc"), out.path()), "free, and this needs");
}

/// A full disk, as far as a plain machine has one: files of 1 MiB do not fit.
#[test]
fn a_section_that_fails_is_an_error_and_the_others_are_measured() {
    let (dir, out) = (fresh_dir(), fresh_dir());
    let inner = bench(&["--smoke", "--only", "methods,small-files"], dir.path(), out.path());
    let mut command = Command::new("sh");
    command.args(["-c", r#"trap "" XFSZ; ulimit -f 2000; exec "$@""#, "sh"]);
    let output = command.arg(inner.get_program()).args(inner.get_args()).output().unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && error.contains("1 sections failed"), "{error}");
    assert!(is_empty(dir.path()), "it left something behind");
    let evaluation = &read_report(out.path())["evaluations"][0];
    assert_eq!(evaluation["failed"][0], "methods");
    let sections = &evaluation["sections"];
    assert!(sections[0]["missing"].as_str().unwrap().contains("File too large"), "{sections}");
    assert!(!sections[0]["measures"].as_array().unwrap().is_empty());
    assert_eq!(sections[1]["missing"], Value::Null);
}

#[test]
fn only_a_full_report_that_passes_its_checks_goes_into_the_documents() {
    let (dir, out) = (fresh_dir(), fresh_dir());
    run(&mut bench(&["--smoke", "--only", "methods"], dir.path(), out.path()));
    let report = out.path().join("report.json");
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    command.args(["bench", "docs"]).arg(&report).arg("--into").arg(dir.path());
    let output = command.output().unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && error.contains("is not a full one"), "{error}");
    assert!(is_empty(dir.path()));
}

#[test]
fn the_help_and_the_arguments_belong_to_the_subcommand() {
    let bench = |argument: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
        command.arg("bench").args(argument).output().unwrap()
    };
    let help = String::from_utf8(bench(&["--help"]).stdout).unwrap();
    assert!(help.contains("- xfs-noreflink:"), "{help}");
    assert!(!help.contains("host") && !help.contains("cargo test"), "{help}");
    let host = bench(&["--fs", "host"]);
    let error = String::from_utf8(host.stderr).unwrap();
    assert_eq!(host.status.code(), Some(2), "{error}");
    assert!(error.contains("[possible values: xfs,"), "{error}");
}
