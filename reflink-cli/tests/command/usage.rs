//! Wrong usage.

use crate::scratch::Scratch;

/// The first line on standard error, if the command rejects its arguments.
pub(crate) fn complaint(args: &[&str]) -> String {
    let scratch = Scratch::new();
    scratch.write("a", "new");
    scratch.write("b", "old");
    let before = scratch.snapshot();
    let assert = scratch.reflink(args).code(2).stdout("");
    assert_eq!(scratch.snapshot(), before);
    let stderr = String::from_utf8(assert.get_output().stderr.clone()).unwrap();
    stderr.lines().next().unwrap_or_default().to_owned()
}

#[test]
fn wrong_usage_is_status_2_and_says_what_is_wrong() {
    for (args, said) in [
        (&["bogus"][..], "reflink: unrecognized subcommand 'bogus'"),
        (&["copy"], "reflink: the following required arguments were not provided:"),
        (&["copy", "a"], "reflink: missing DEST"),
        (&["copy", "-t", "."], "reflink: the following required arguments were not provided:"),
        (&["copy", "-T", "a", "b", "c"], "reflink: -T takes exactly one SOURCE"),
        (
            &["copy", "-T", "-t", ".", "a"],
            "reflink: the argument '--no-target-directory' cannot be used with \
             '--target-directory <DIRECTORY>'",
        ),
        (
            &["copy", "-n", "--in-place", "a", "b"],
            "reflink: the argument '--no-clobber' cannot be used with '--in-place'",
        ),
        (&["copy", "--bogus", "a", "b"], "reflink: unexpected argument '--bogus' found"),
        (
            &["copy", "--reflink=sometimes", "a", "b"],
            "reflink: invalid value 'sometimes' for '--reflink[=<WHEN>]'",
        ),
        (
            &["copy", "--preserve=context", "a", "b"],
            "reflink: invalid value 'context' for '--preserve[=<LIST>]'",
        ),
        (
            &["copy", "-j0", "a", "b"],
            "reflink: invalid value '0' for '--threads <N>': it is not a number from 1 to 256",
        ),
        (
            &["copy", "-j", "-1", "a", "b"],
            "reflink: invalid value '-1' for '--threads <N>': it is not a number from 1 to 256",
        ),
        (&["range", "a"], "reflink: the following required arguments were not provided:"),
        (&["range", "a", "b", "c"], "reflink: unexpected argument 'c' found"),
        (&["extents"], "reflink: the following required arguments were not provided:"),
        (&["extents", "--between", "a"], "reflink: --between takes exactly two FILEs"),
        (&["extents", "--between", "a", "b", "a"], "reflink: --between takes exactly two FILEs"),
        (&["dedupe", "a"], "reflink: the following required arguments were not provided:"),
        (
            &["dedupe", "--length=none", "a", "b"],
            "reflink: invalid value 'none' for '--length <N>': a byte count starts with a digit",
        ),
        (&["completions", "tcsh"], "reflink: invalid value 'tcsh' for '<SHELL>'"),
    ] {
        assert_eq!(complaint(args), said, "{args:?}");
    }
}

#[test]
fn invalid_byte_counts_are_wrong_usage() {
    for (option, value, said) in [
        ("--length", "-5", "a byte count cannot be negative"),
        ("--src-offset", "-4K", "a byte count cannot be negative"),
        ("--dst-offset", "", "a byte count starts with a digit"),
        (
            "--length",
            "1.5G",
            "a byte count must be whole: use a smaller unit, such as 1536M for 1.5G",
        ),
        ("--length", "0x1000", "a byte count is decimal; 0x1000 is 4096"),
        (
            "--length",
            "4Kb",
            "'Kb' is not a unit; use K, M, G, T, P or E (1024, as KiB), or KB, MB and so on (1000)",
        ),
        (
            "--src-offset",
            "9223372036854775808",
            "it is more than a file can have, 9223372036854775807 bytes",
        ),
        (
            "--dst-offset",
            "18446744073709551616",
            "it is more than a file can have, 9223372036854775807 bytes",
        ),
        ("--length", "8E", "it is more than a file can have, 9223372036854775807 bytes"),
    ] {
        let line = complaint(&["range", option, value, "a", "b"]);
        assert_eq!(line, format!("reflink: invalid value '{value}' for '{option} <N>': {said}"));
    }
}

#[test]
fn an_argument_in_a_complaint_cannot_move_the_cursor() {
    assert_eq!(
        complaint(&["copy", "--\u{1b}[2J", "b"]),
        r"reflink: unexpected argument '--\033[2J' found"
    );
}

#[test]
fn without_a_subcommand_the_help_is_the_complaint() {
    let assert = Scratch::new().reflink([""; 0]).code(2).stdout("");
    let help = String::from_utf8_lossy(&assert.get_output().stderr).into_owned();
    assert!(help.contains("Usage: reflink [OPTIONS] <COMMAND>"), "{help}");
}
