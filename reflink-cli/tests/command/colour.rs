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
