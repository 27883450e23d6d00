//! `--json`: one object per file.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;

use serde_json::{Value, json};

use crate::scratch::Scratch;

/// The objects on standard output, one per line.
fn objects<A: AsRef<OsStr>>(
    scratch: &Scratch,
    args: impl IntoIterator<Item = A>,
    status: i32,
) -> Vec<Value> {
    let assert = scratch.reflink(args).code(status);
    let stdout = std::str::from_utf8(&assert.get_output().stdout).unwrap();
    stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn a_copied_file_has_its_bytes_by_method() {
    let scratch = Scratch::new();
    scratch.write("a", "new");
    assert_eq!(
        objects(&scratch, ["copy", "--json", "-v", "--reflink=never", "a", "b"], 0),
        [json!({
            "source": "a",
            "destination": "b",
            "method": "read/write",
            "bytes": {"cloned": 0, "offloaded": 0, "copied": 3, "holes": 0, "hard_linked": 0, "total": 3},
            "fallback": null,
            "not_kept": [],
        })]
    );
}

#[test]
fn a_copy_that_could_not_be_a_clone_says_why() {
    let scratch = Scratch::new();
    scratch.write("a", "new");
    let objects = objects(&scratch, ["copy", "--json", "/proc/self/cmdline", "b"], 0);
    let why = objects[0]["fallback"].as_str().unwrap();
    assert!(why.starts_with("the source is on proc, the destination on "), "{why}");
}

#[test]
fn a_failed_file_has_its_error_and_the_others_their_outcome() {
    let scratch = Scratch::new();
    scratch.write("a", "new");
    scratch.mkdir("d");
    let objects = objects(&scratch, ["copy", "--json", "no", "a", "/dev/null", "d"], 5);
    assert_eq!(objects.len(), 3);
    assert_eq!(
        objects[0],
        json!({
            "source": "no",
            "destination": "d/no",
            "error": {
                "message": "cannot open 'no': No such file or directory",
                "errno": 2,
                "reason": null,
                "hint": null,
            },
        })
    );
    assert_eq!(objects[1]["bytes"]["total"], 3);
    assert_eq!(
        objects[2]["error"],
        json!({
            "message": "cannot copy '/dev/null' to 'd/null': Invalid argument",
            "errno": 22,
            "reason": "the source is not a regular file",
            "hint": "only regular files can be cloned or copied",
        })
    );
}

#[test]
fn without_a_directory_to_copy_into_no_source_is_to_blame() {
    let scratch = Scratch::new();
    scratch.write("a", "new");
    assert_eq!(
        objects(&scratch, ["copy", "--json", "a", "-t", "no"], 1),
        [json!({
            "source": null,
            "destination": "no",
            "error": {
                "message": "cannot copy into 'no': No such file or directory",
                "errno": 2,
                "reason": null,
                "hint": null,
            },
        })]
    );
}

#[test]
fn a_name_that_is_not_utf8_has_its_bytes_beside_it() {
    let scratch = Scratch::new();
    let name = OsStr::from_bytes(b"caf\xe9");
    scratch.write(name, "new");
    let args = ["copy".as_ref(), "--json".as_ref(), name, "b".as_ref()];
    let object = &objects(&scratch, args, 0)[0];
    assert_eq!(object["source"], "caf\u{fffd}");
    assert_eq!(object["source_bytes"], json!(b"caf\xe9"));
    assert_eq!(object["destination"], "b");
    assert_eq!(object.get("destination_bytes"), None);

    let args = ["copy".as_ref(), "--json".as_ref(), "no".as_ref(), name];
    let object = &objects(&scratch, args, 1)[0];
    assert_eq!(object.get("source_bytes"), None);
    assert_eq!(object["destination_bytes"], json!(b"caf\xe9"));
}
