//! A standard output that accepts nothing.

use std::fs::File;
use std::os::unix::net::UnixStream;
use std::process::{Command, Stdio};

use crate::scratch::{REFLINK, Scratch};

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
