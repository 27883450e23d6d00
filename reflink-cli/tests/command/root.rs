//! Refusals that root never gets: tests run as another user, or on files that only root can make.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;

use crate::scratch::{REFLINK, Scratch};

/// The user `nobody`, who owns no files; the number is the same on every Linux system.
const NOBODY: u32 = 65534;

/// A directory that everybody can use, with a copy of the binary in it, because other users may be
/// unable to reach the target directory.
pub(crate) fn public_scratch() -> Scratch {
    let scratch = Scratch::within(&std::env::temp_dir());
    scratch.chmod(".", 0o777);
    scratch.mkdir("bin");
    scratch.install(REFLINK, "bin/reflink");
    scratch
}

pub(crate) fn as_nobody(scratch: &Scratch, args: &[&str]) -> assert_cmd::assert::Assert {
    let mut command = Command::new(scratch.path("bin/reflink"));
    command.args(args).current_dir(scratch.path(".")).uid(NOBODY).gid(NOBODY);
    assert_cmd::Command::from_std(command).assert()
}

fn nobody_fails(scratch: &Scratch, args: &[&str], message: &'static str) {
    let before = scratch.snapshot();
    as_nobody(scratch, args).code(1).stdout("").stderr(message);
    assert_eq!(scratch.snapshot(), before);
}

#[test]
#[ignore = "needs root; run cargo xtask test"]
fn operations_that_permissions_forbid() {
    let scratch = public_scratch();
    for (name, mode) in [("secret", 0o600), ("a", 0o644)] {
        scratch.write(name, "roots");
        scratch.chmod(name, mode);
    }
    scratch.mkdir("locked");
    scratch.write("locked/b", "old");
    scratch.mkdir("hidden");
    scratch.chmod("hidden", 0o700);

    let message = "reflink: cannot open 'secret': Permission denied\n";
    nobody_fails(&scratch, &["copy", "secret", "c"], message);
    nobody_fails(&scratch, &["copy", "--reflink", "secret", "c"], message);
    nobody_fails(&scratch, &["copy", "--in-place", "a", "secret"], message);
    nobody_fails(&scratch, &["range", "secret", "c"], message);
    nobody_fails(&scratch, &["range", "a", "secret"], message);
    let message = "reflink: cannot create 'locked/c': Permission denied\n";
    nobody_fails(&scratch, &["copy", "a", "locked/c"], message);
    nobody_fails(&scratch, &["range", "a", "locked/c"], message);
    let message = "reflink: cannot create 'locked/b': Permission denied\n";
    nobody_fails(&scratch, &["copy", "a", "locked/b"], message);
    nobody_fails(&scratch, &["copy", "-f", "a", "locked/b"], message);
    let message = "reflink: cannot open 'hidden/x': Permission denied\n";
    nobody_fails(&scratch, &["copy", "hidden/x", "c"], message);
    let message = "reflink: cannot copy into 'hidden/x': Permission denied\n";
    nobody_fails(&scratch, &["copy", "-t", "hidden/x", "a"], message);
}

#[test]
#[ignore = "needs root; run cargo xtask test"]
fn a_read_only_file_is_replaced_without_force() {
    let scratch = public_scratch();
    scratch.write("a", "new");
    scratch.write("b", "old");
    scratch.chmod("b", 0o444);
    as_nobody(&scratch, &["copy", "a", "b"]).success().stdout("").stderr("");
    assert_eq!(scratch.read("b"), b"new");
    assert_eq!(scratch.mode("b"), 0o444);
}

#[test]
#[ignore = "needs root; run cargo xtask test"]
fn an_owner_that_cannot_be_kept_is_a_warning_or_was_asked_for_by_name() {
    let scratch = public_scratch();
    scratch.write("a", "roots");
    scratch.chmod("a", 0o4755);
    let message = "reflink: warning: 'b': owner not kept: Operation not permitted\n\
                   reflink: warning: 'b': set-id bits not kept\n";
    for options in ["-p", "--preserve", "--preserve=all"] {
        as_nobody(&scratch, &["copy", options, "a", "b"]).success().stdout("").stderr(message);
        assert_eq!(scratch.mode("b"), 0o755);
        assert_eq!(fs::metadata(scratch.path("b")).unwrap().uid(), NOBODY);
    }
    let assert = as_nobody(&scratch, &["copy", "-p", "--json", "a", "b"]).success();
    let object: serde_json::Value = serde_json::from_slice(&assert.get_output().stdout).unwrap();
    assert_eq!(
        object["not_kept"],
        serde_json::json!([
            {"attribute": "owner", "errno": 1, "message": "Operation not permitted"},
            {"attribute": "set-id bits", "errno": null, "message": null},
        ])
    );
    let message = "reflink: cannot set the owner of 'b': Operation not permitted\n";
    nobody_fails(&scratch, &["copy", "--preserve=ownership", "a", "b"], message);
    let message = "reflink: cannot set the permissions of 'b': permission denied\n";
    nobody_fails(&scratch, &["copy", "--preserve=mode", "a", "b"], message);
}

#[test]
#[ignore = "needs root; run cargo xtask test"]
fn root_keeps_the_owner_with_p_and_not_without() {
    let scratch = Scratch::new();
    scratch.write("a", "nobodys");
    chown(scratch.path("a"), Some(NOBODY), Some(NOBODY)).unwrap();
    scratch.chmod("a", 0o6755);
    for (options, owner, mode) in [
        (&["copy"][..], 0, 0o755),
        (&["copy", "-p"], NOBODY, 0o6755),
        (&["copy", "--preserve=all"], NOBODY, 0o6755),
        (&["copy", "--preserve=ownership"], NOBODY, 0o755),
    ] {
        scratch.succeeds([options, &["a", "b"]].concat());
        let status = fs::metadata(scratch.path("b")).unwrap();
        assert_eq!((status.uid(), status.gid()), (owner, owner), "{options:?}");
        assert_eq!(status.mode() & 0o7777, mode, "{options:?}");
        fs::remove_file(scratch.path("b")).unwrap();
    }
}

#[test]
#[ignore = "needs root; run cargo xtask test"]
fn a_device_at_dest_stays() {
    let scratch = Scratch::new();
    scratch.write("a", "new");
    let node = scratch.path("null");
    assert_cmd::Command::new("mknod").arg(&node).args(["c", "1", "3"]).assert().success();
    scratch.fails(
        ["copy", "a", "null"],
        1,
        "reflink: cannot replace 'null': Invalid argument\n\
         hint: the destination is not a regular file; only regular files can be cloned or copied\n",
    );
    scratch.fails(
        ["copy", "--in-place", "a", "null"],
        1,
        "reflink: cannot copy 'a' to 'null': Invalid argument\n\
         hint: the destination is not a regular file; only regular files can be cloned or copied\n",
    );
}

#[test]
#[ignore = "needs root; run cargo xtask test"]
fn a_read_only_filesystem_is_said_to_be_one() {
    const HINT: &str = "hint: the destination's filesystem or subvolume is read-only; \
        mount -o remount,rw makes a filesystem writable, \
        btrfs property set PATH ro false a subvolume\n";
    let scratch = Scratch::new();
    scratch.write("a", "new");
    scratch.mkdir("ro");
    scratch.write("ro/b", "old");
    let before = scratch.snapshot();
    // A file with a name from the start is not made before the old one is known to be replaceable.
    let over_old = if cfg!(reflink_as = "new-names") {
        "cannot replace 'ro/b'"
    } else {
        "cannot create 'ro/b'"
    };
    for (args, message) in [
        (&["copy", "a", "ro/b"][..], over_old),
        (&["copy", "a", "ro/c"], "cannot create 'ro/c'"),
        (&["copy", "--in-place", "a", "ro/b"], "cannot open 'ro/b'"),
        (&["range", "a", "ro/b"], "cannot open 'ro/b'"),
        (&["range", "a", "ro/c"], "cannot create 'ro/c'"),
    ] {
        // The mounts belong to the command and end with it.
        let script = r#"mount --bind ro ro && mount -o remount,bind,ro ro && exec "$0" "$@""#;
        let mut command = assert_cmd::Command::new("unshare");
        command.args(["--mount", "sh", "-c", script]).arg(Path::new(REFLINK)).args(args);
        let assert = command.current_dir(scratch.path(".")).assert();
        let message = format!("reflink: {message}: Read-only file system\n{HINT}");
        assert.code(1).stdout("").stderr(message);
        assert_eq!(scratch.snapshot(), before, "{args:?}");
    }
}

#[test]
#[ignore = "needs root; run cargo xtask test"]
fn an_immutable_file_is_said_to_be_one() {
    let scratch = Scratch::new();
    scratch.write("a", "new");
    scratch.write("b", "old");
    let chattr =
        |flag| assert_cmd::Command::new("chattr").arg(flag).arg(scratch.path("b")).assert();
    chattr("+i").success();
    let before = scratch.snapshot();
    let outcomes: Vec<_> = [&["copy", "--in-place"][..], &["copy"], &["range"]]
        .map(|args| scratch.reflink([args, &["a", "b"]].concat()))
        .into();
    let after = scratch.snapshot();
    // First, because nothing could remove the file otherwise.
    chattr("-i").success();
    assert_eq!(after, before);
    for (assert, message) in outcomes.into_iter().zip(["open 'b'", "replace 'b'", "open 'b'"]) {
        let message = format!(
            "reflink: cannot {message}: Operation not permitted\n\
             hint: the destination is immutable (chattr +i); chattr -i removes the flag\n"
        );
        assert.code(1).stdout("").stderr(message);
    }
}
