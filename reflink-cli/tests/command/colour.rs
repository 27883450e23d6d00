//! Colours: where they are asked for, and nowhere else.

use std::process::{Command, Stdio};

use crate::scratch::{REFLINK, Scratch};
use crate::terminal::{read_all, terminal};

const PLAIN: &str = "reflink: cannot open 'no': No such file or directory\n";
const RED: &str = "\u{1b}[1;31mreflink:\u{1b}[0m cannot open 'no': No such file or directory";

#[test]
fn a_pipe_gets_colours_only_if_they_are_asked_for() {
    let scratch = Scratch::new();
    for (options, variables, message) in [
        (&["copy"][..], &[][..], PLAIN),
        (&["copy"], &[("TERM", "xterm"), ("CLICOLOR_FORCE", "")], PLAIN),
        (&["copy", "--color=never"], &[], PLAIN),
        (&["copy", "--color=always"], &[("NO_COLOR", "1")], RED),
        (&["--color", "always", "copy"], &[], RED),
    ] {
        let mut command = scratch.command([options, &["no", "b"]].concat());
        let assert = command.envs(variables.iter().copied()).assert().code(1);
        let stderr = String::from_utf8_lossy(&assert.get_output().stderr).into_owned();
        assert_eq!(stderr.trim_end(), message.trim_end(), "{options:?}");
    }
}

#[test]
fn a_terminal_gets_colours_unless_they_are_not_wanted() {
    let scratch = Scratch::new();
    for (variables, message) in [
        (&[("TERM", "xterm")][..], RED),
        (&[("TERM", "xterm"), ("NO_COLOR", "1")], PLAIN),
        (&[("TERM", "dumb")], PLAIN),
    ] {
        let (screen, terminal) = terminal(80);
        let mut command = Command::new(REFLINK);
        command.args(["copy", "no", "b"]).current_dir(scratch.path(".")).env_clear();
        command.envs(variables.iter().copied()).stdout(Stdio::null()).stderr(terminal);
        let status = command.status().unwrap();
        assert_eq!(status.code(), Some(1));
        // Its end of the terminal closes with it.
        drop(command);
        let log = std::sync::Mutex::default();
        read_all(screen, &log);
        let sent = log.into_inner().unwrap();
        assert_eq!(sent.trim_end(), message.trim_end(), "{variables:?}");
    }
}

#[test]
fn a_help_and_a_tip_have_colours_if_they_are_asked_for() {
    let scratch = Scratch::new();
    let plain = scratch.reflink(["copy", "-h"]).success();
    let plain = String::from_utf8_lossy(&plain.get_output().stdout).into_owned();
    assert!(plain.contains("\nExamples:\n  reflink copy disk.img") && !plain.contains('\u{1b}'));
    let coloured = scratch.reflink(["--color=always", "copy", "-h"]).success();
    let coloured = String::from_utf8_lossy(&coloured.get_output().stdout).into_owned();
    assert!(coloured.contains("\u{1b}[1;4mExamples:\u{1b}[0m\n  \u{1b}[1mreflink copy disk.img"));
    assert!(coloured.contains("\u{1b}[1m-p\u{1b}[0m "), "{coloured}");
    let bare = ["\u{1b}[1;4m", "\u{1b}[1m", "\u{1b}[0m"];
    assert_eq!(bare.iter().fold(coloured, |text, code| text.replace(code, "")), plain);
    let tip = scratch.reflink(["--color=always", "copy", "--refink", "a", "b"]).code(2);
    let tip = String::from_utf8_lossy(&tip.get_output().stderr).into_owned();
    assert!(tip.contains("\n  \u{1b}[1;36mtip:\u{1b}[0m a similar argument"), "{tip}");
}

/// An argument is no colour.
#[test]
fn an_argument_cannot_move_the_cursor_among_colours() {
    let assert = Scratch::new().reflink(["--color=always", "copy", "--\u{1b}[2J\u{202e}"]).code(2);
    let stderr = String::from_utf8_lossy(&assert.get_output().stderr).into_owned();
    assert!(
        stderr.contains(r"'--\033[2J\342\200\256'") && !stderr.contains("\u{1b}[2J"),
        "{stderr:?}"
    );
}
