//! File names are arbitrary bytes, and can neither control the terminal nor become options.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;

use assert_cmd::Command;

use crate::scratch::Scratch;

#[test]
fn any_name_can_be_copied_and_is_printed_on_one_harmless_line() {
    for (name, printed, in_dir) in [
        (&b"two\nlines"[..], r"$'two\nlines'", r"$'dir/two\nlines'"),
        (b"\x1b]0;title\x07", r"$'\033]0;title\007'", r"$'dir/\033]0;title\007'"),
        (b"caf\xe9", r"$'caf\351'", r"$'dir/caf\351'"),
        (b"it's", r"'it'\''s'", r"'dir/it'\''s'"),
        (b"back\\slash", r"'back\slash'", r"'dir/back\slash'"),
        (b"-r", "'-r'", "'dir/-r'"),
        (b"--reflink=always", "'--reflink=always'", "'dir/--reflink=always'"),
        (b" ", "' '", "'dir/ '"),
    ] {
        let scratch = Scratch::new();
        let name = OsStr::from_bytes(name);
        scratch.write(name, "");
        scratch.mkdir("dir");
        let args = ["copy".as_ref(), "-v".as_ref(), "--reflink=never".as_ref()];
        let args = [&args[..], &["--".as_ref(), name, "dir".as_ref()]].concat();
        let line = format!("{printed} -> {in_dir}: empty\n");
        scratch.reflink(args).success().stdout(line).stderr("");

        let args = ["copy".as_ref(), "-n".as_ref(), "--".as_ref(), name, "dir".as_ref()];
        let line = format!("reflink: cannot create {in_dir}: File exists\n");
        scratch.fails(args, 1, &line);
        // A shell finds the file by what was printed.
        let mut bash = Command::new("bash");
        bash.args(["-c", &format!("test -f {in_dir}")]).current_dir(scratch.path("."));
        bash.assert().success();
    }
}

#[test]
fn a_name_may_have_255_bytes() {
    let scratch = Scratch::new();
    let (longest, too_long) = ("x".repeat(255), "x".repeat(256));
    scratch.write("a", "new");
    scratch.succeeds(["copy", "a", &longest]);
    scratch.succeeds(["copy", &longest, "b"]);
    assert_eq!(scratch.read("b"), b"new");
    scratch.succeeds(["copy", "a", &longest]);
    scratch.fails(
        ["copy", "a", &too_long],
        1,
        &format!("reflink: cannot inspect '{too_long}': File name too long\n"),
    );
    scratch.fails(
        ["copy", &too_long, "b"],
        1,
        &format!("reflink: cannot open '{too_long}': File name too long\n"),
    );
    scratch.fails(
        ["range", "a", &too_long],
        1,
        &format!("reflink: cannot open '{too_long}': File name too long\n"),
    );
}

#[test]
fn a_path_may_not_have_more_than_4095_bytes() {
    let scratch = Scratch::new();
    scratch.write("a", "new");
    scratch.mkdir("d");
    let path = "d/../".repeat(820) + "b";
    let line = format!("reflink: cannot create '{path}': File name too long\n");
    scratch.fails(["copy", "a", &path], 1, &line);
    let line = format!("reflink: cannot open '{path}': File name too long\n");
    scratch.fails(["copy", &path, "b"], 1, &line);
    scratch.fails(["range", "a", &path], 1, &line);
}

#[test]
fn empty_names_are_left_to_the_kernel() {
    let scratch = Scratch::new();
    scratch.write("a", "new");
    let missing = |what| format!("reflink: cannot {what} '': No such file or directory\n");
    scratch.fails(["copy", "", "b"], 1, &missing("open"));
    scratch.fails(["copy", "a", ""], 1, &missing("create"));
    scratch.fails(["copy", "-t", "", "a"], 1, &missing("copy into"));
    scratch.fails(["range", "a", ""], 1, &missing("create"));
}

#[test]
fn a_name_that_is_not_utf8_works_as_an_option_too() {
    let scratch = Scratch::new();
    scratch.write("a", "new");
    scratch.mkdir(OsStr::from_bytes(b"\xff"));
    for option in [&b"-t\xff"[..], b"--target-directory=\xff"] {
        scratch.succeeds(["copy".as_ref(), OsStr::from_bytes(option), "a".as_ref()]);
    }
}
