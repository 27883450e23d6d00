//! Help and version: the output of every `--help` is that of the committed help.txt.

use std::process::{Command, Stdio};

use crate::scratch::{REFLINK, Scratch};

const COMMITTED: &str = include_str!("help.txt");
const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/command/help.txt");
const UPDATE: &str = "REFLINK_UPDATE=1 cargo test -p reflink-cli --test command help::";

/// The output of `reflink COMMAND --help`, 100 columns wide, without a terminal.
fn help(command: &[&str]) -> String {
    let output = Command::new(REFLINK)
        .args(command)
        .arg("--help")
        .env_clear()
        .env("COLUMNS", "100")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(output.status.success(), "{command:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// The names that a help text lists under "Commands:", except `help`, which has no `--help`.
fn commands(help: &str) -> impl Iterator<Item = &str> {
    let list = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    list.take_while(|line| !line.is_empty()).filter_map(|line| {
        // Deeper lines continue the description of a command.
        let entry = line.strip_prefix("  ").filter(|entry| !entry.starts_with(' '))?;
        entry.split(' ').next().filter(|name| *name != "help")
    })
}

#[test]
fn every_help_is_as_committed() {
    let top = help(&[]);
    let mut found = format!("$ reflink --help\n{top}");
    for command in commands(&top) {
        found += &format!("\n$ reflink {command} --help\n{}", help(&[command]));
    }
    assert!(found.contains("\n$ reflink copy --help\n"), "no commands in:\n{top}");
    if std::env::var_os("REFLINK_UPDATE").is_some() {
        std::fs::write(PATH, found).unwrap();
        return;
    }
    let line = (1..).zip(found.lines().zip(COMMITTED.lines())).find(|(_, (new, old))| new != old);
    if let Some((number, (new, old))) = line {
        panic!(
            "line {number} of {PATH} is not what --help prints:\n- {old}\n+ {new}\n\
             Rewrite the file by\n    {UPDATE}\nand read the difference."
        );
    }
    assert!(
        found == COMMITTED,
        "{PATH} and --help differ in length. Rewrite the file by\n    {UPDATE}\n\
         and read the difference."
    );
}

#[test]
fn the_short_help_of_copy_is_short() {
    let lines = |option| {
        let mut command = Command::new(REFLINK);
        command.args(["copy", option]).env_clear().env("COLUMNS", "100");
        let output = command.output().unwrap();
        String::from_utf8(output.stdout).unwrap().lines().count()
    };
    let (short, long) = (lines("-h"), lines("--help"));
    assert!(short * 2 < long, "{short} lines, and {long} with --help");
}

#[test]
fn help_has_examples_for_every_subcommand() {
    for args in [
        &["--help"][..],
        &["copy", "--help"],
        &["copy", "-h"],
        &["range", "--help"],
        &["probe", "--help"],
        &["extents", "--help"],
        &["dedupe", "--help"],
        &["completions", "--help"],
    ] {
        let assert = Scratch::new().reflink(args).success().stderr("");
        let help = String::from_utf8(assert.get_output().stdout.clone()).unwrap();
        assert!(help.contains("\nExamples:\n  "), "{help}");
        assert!(help.lines().all(|line| line.chars().count() <= 100), "{help}");
    }
}

#[test]
fn the_version_is_the_packages() {
    let version = concat!("reflink ", env!("CARGO_PKG_VERSION"), "\n");
    Scratch::new().reflink(["--version"]).success().stdout(version).stderr("");
}
