//! Wrong usage, help, completions, and a standard output that accepts nothing.

use std::fs::File;
use std::os::unix::net::UnixStream;
use std::process::{Command, Stdio};

use crate::scratch::{REFLINK, Scratch};

/// The first line on standard error, if the command rejects its arguments.
fn complaint(args: &[&str]) -> String {
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

/// What standard error holds after the first line, if the command rejects its arguments.
fn advice(args: &[&str]) -> String {
    let assert = Scratch::new().reflink(args).code(2).stdout("");
    let stderr = String::from_utf8(assert.get_output().stderr.clone()).unwrap();
    stderr.split_once('\n').unwrap().1.to_owned()
}

#[test]
fn an_option_that_only_cp_has_is_refused_with_what_to_use_instead() {
    for (option, hint) in [
        ("-u", "rsync -a --update copies what is newer; -n keeps what exists"),
        ("-vu", "rsync -a --update copies what is newer; -n keeps what exists"),
        ("--update=older", "rsync -a --update copies what is newer; -n keeps what exists"),
        ("--parents", "make the directory with mkdir -p, and copy into it"),
        ("-s", "ln -s makes symbolic links"),
        ("--sparse=always", "holes stay holes; fallocate --dig-holes makes new ones"),
        (
            "--no-preserve=mode",
            "owner, times and attributes are not kept by default; use chmod afterwards for another mode",
        ),
    ] {
        for name in ["copy", "cp"] {
            let said = advice(&[name, "-a", option, "a", "b"]);
            assert!(said.ends_with(&format!("\nhint: {hint}\n")), "{said}");
            // Of two suggestions one is wrong.
            assert!(!said.contains("tip: "), "{said}");
        }
    }
    for args in [&["copy", "--bogus", "a", "b"][..], &["range", "-u", "a", "b"]] {
        let said = advice(args);
        assert!(!said.contains("hint: "), "{said}");
    }
}

#[test]
fn a_copy_without_its_subcommand_is_recognized() {
    for (args, meant) in [
        (&["a", "b"][..], "a b"),
        (&["-r", "a b", "it's", "dir/"], r"-r 'a b' 'it'\''s' dir/"),
        (&["--reflink=always", "a", "b"], "--reflink=always a b"),
        (&["a", "-t", "dir"], "a -t dir"),
        (&["--reflink", "always", "a", "q"], "--reflink=always a q"),
        (&["-p", "--preserve", "mode,xattr", "a", "q"], "-p --preserve=mode,xattr a q"),
    ] {
        let said = advice(args);
        let hint = format!("\nhint: did you mean `reflink copy {meant}`?\n");
        assert!(said.ends_with(&hint) && !said.contains("tip: "), "{args:?}: {said}");
    }
    // No copy either.
    for args in [&["a"][..], &["--bogus", "a", "b"]] {
        assert!(!advice(args).contains("hint: "), "{args:?}");
    }
    // Rather a typo.
    let said = advice(&["cpoy", "a", "b"]);
    assert!(said.contains("tip: ") && said.contains("'copy'"), "{said}");
    assert!(!said.contains("hint: "), "{said}");
    let said = advice(&["copy", "--refink", "a", "b"]);
    assert!(said.contains("tip: ") && said.contains("'--reflink'"), "{said}");
}

#[test]
fn a_misplaced_word_is_recognized() {
    for (args, hint) in [
        (&["help", "foo"][..], "`reflink help` takes one command, and alone lists all"),
        (&["help", "copy", "range"], "`reflink help` takes one command, and alone lists all"),
        (&["-v", "copy", "f", "g"], "options come after the command: reflink copy -v f g"),
        (&["-j", "2", "cp", "f", "g"], "options come after the command: reflink cp -j 2 f g"),
        (&["--json", "copy"], "options come after the command: reflink copy --json"),
        (&["--length=1", "range"], "options come after the command: reflink range --length=1"),
        (
            &["--reflink", "always", "copy", "f", "g"],
            "options come after the command: reflink copy --reflink=always f g",
        ),
        (&["mv", "a", "b"], "mv renames, and within a filesystem copies nothing"),
        (&["clone", "a", "b"], "reflink copy --reflink clones or fails"),
        (&["snapshot", "a"], "reflink copy --snapshot makes a snapshot of a btrfs subvolume"),
    ] {
        let said = advice(args);
        assert!(said.ends_with(&format!("\nhint: {hint}\n")) && !said.contains("tip: "), "{said}");
    }
    // After the command they are wrong, too.
    for args in [
        &["--bogus", "copy", "a", "b"][..],
        &["--length=1", "copy", "a", "b"],
        &["-v", "probe", "a"],
        &["-j0", "copy", "a", "b"],
        &["-n", "--in-place", "copy", "a", "b"],
    ] {
        assert!(!advice(args).contains("hint: "), "{args:?}: {}", advice(args));
    }
    let said = advice(&["--color=always", "cpoy", "a", "b"]);
    assert!(said.contains("'copy'") && !said.contains("hint:"), "{said}");
}

#[test]
fn a_file_with_a_name_like_an_option_is_recognized() {
    let scratch = Scratch::new();
    scratch.write("-dash", "");
    scratch.write("--long name", "");
    for (name, written) in [("-dash", "./-dash"), ("--long name", "'./--long name'")] {
        let assert = scratch.reflink(["cp", "-v", name, "x"]).code(2);
        let stderr = String::from_utf8_lossy(&assert.get_output().stderr).into_owned();
        let hint = format!("\nhint: write {written} for the file of that name\n");
        assert!(stderr.ends_with(&hint), "{stderr}");
    }
}

#[test]
fn a_value_that_is_not_text_is_recognized() {
    use std::os::unix::ffi::OsStrExt as _;
    let value = std::ffi::OsStr::from_bytes(b"--length=\xff");
    let assert =
        Scratch::new().reflink(["range".as_ref(), value, "a".as_ref(), "b".as_ref()]).code(2);
    let stderr = String::from_utf8_lossy(&assert.get_output().stderr).into_owned();
    assert!(stderr.contains("\nhint: only the names of files can have bytes that"), "{stderr}");
}

#[test]
fn cp_is_another_name_of_copy() {
    let scratch = Scratch::new();
    scratch.write("a", "new");
    scratch.succeeds(["cp", "a", "b"]);
    assert_eq!(scratch.read("b"), b"new");
}

#[test]
fn a_value_that_is_not_joined_to_its_option_is_recognized() {
    for (args, joined) in [
        (&["copy", "--reflink", "always", "a", "b"][..], "--reflink=always"),
        (&["range", "--reflink", "never", "a"], "--reflink=never"),
        (&["copy", "--preserve", "mode,xattr", "a", "b"], "--preserve=mode,xattr"),
    ] {
        let (option, value) = joined.split_once('=').unwrap();
        let said =
            format!("reflink: {option} needs its value after '=' (there is no file '{value}')");
        assert_eq!(complaint(args), said);
        assert!(advice(args).ends_with(&format!("\nhint: write {joined}\n")), "{args:?}");
    }
    // A file of this name is meant.
    let scratch = Scratch::new();
    scratch.write("mode", "new");
    scratch.succeeds(["copy", "--preserve", "mode", "c"]);
    assert_eq!(scratch.read("c"), b"new");
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

#[test]
fn a_closed_pipe_is_no_error() {
    let scratch = Scratch::new();
    scratch.write("a", "new");
    for args in
        [&["completions", "bash"][..], &["--help"], &["copy", "-v", "a", "b"], &["probe", "--help"]]
    {
        let (ours, theirs) = UnixStream::pair().unwrap();
        drop(theirs);
        let output = Command::new(REFLINK)
            .args(args)
            .current_dir(scratch.path("."))
            .stdout(std::os::fd::OwnedFd::from(ours))
            .stderr(Stdio::piped())
            .output()
            .unwrap();
        assert!(output.status.success(), "{args:?}: {output:?}");
        assert_eq!(output.stderr, b"", "{args:?}");
    }
    assert_eq!(scratch.read("b"), b"new");
}

#[test]
fn a_closed_pipe_or_standard_output_hides_no_failure() {
    let scratch = Scratch::new();
    scratch.write("a", "new");
    for (args, status) in [
        (&["copy", "--json", "missing", "c"][..], 1),
        (&["copy", "-v", "-t", ".", "missing", "./a"], 1),
        (&["range", "--length=1M", "a", "c"], 1),
        (&["dedupe", "a", "missing"], 1),
        (&["extents", "--json", "missing"], 1),
        (&["probe", "missing", "a"], 1),
        (&["copy"], 2),
    ] {
        for redirection in ["| true", ">&-", ">/dev/full"] {
            let script = format!(r#"{{ "$0" "$@"; echo $? >&3; }} {redirection}"#);
            let output = Command::new("sh")
                .args(["-c", &format!("exec 3>&1; {script}"), REFLINK])
                .args(args)
                .current_dir(scratch.path("."))
                .output()
                .unwrap();
            let found = String::from_utf8_lossy(&output.stdout);
            assert_eq!(found, format!("{status}\n"), "{args:?} {redirection}: {output:?}");
        }
    }
}

#[test]
fn a_standard_output_that_cannot_be_written_is_an_error() {
    let scratch = Scratch::new();
    scratch.write("a", "new");
    for args in
        [&["completions", "bash"][..], &["--help"], &["copy", "-v", "a", "b"], &["range", "a", "c"]]
    {
        let output = Command::new(REFLINK)
            .args(args)
            .current_dir(scratch.path("."))
            .stdout(File::create("/dev/full").unwrap())
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(1), "{args:?}");
        assert_eq!(
            String::from_utf8_lossy(&output.stderr),
            "reflink: cannot write to standard output: No space left on device\n",
            "{args:?}"
        );
    }
}
