//! Places without something that a copy could use: system calls, /proc, room to write, identities.

use std::os::unix::fs::chown;
use std::process::Output;

use assert_cmd::Command;

use crate::sandbox::{self, Refuse};
use crate::scratch::{REFLINK, Scratch};

const MODES: [&str; 2] = ["--reflink=auto", "--reflink=never"];

fn scratch() -> Scratch {
    let scratch = Scratch::new();
    scratch.write("src", vec![b'n'; 300_001]);
    scratch.write("dst", vec![b'o'; 400_000]);
    scratch
}

/// Copies that must work everywhere, each run by `run`.
fn all_copies_work(mut run: impl FnMut(&Scratch, &[&str]) -> Output) {
    let copies: [&[&str]; 5] = [
        &["copy", "src", "new"],
        &["copy", "-n", "src", "new"],
        &["copy", "-p", "src", "dst"],
        &["copy", "--in-place", "src", "dst"],
        &["range", "--length=300001", "src", "dst"],
    ];
    for mode in MODES {
        for args in copies {
            let scratch = scratch();
            let args = [&args[..1], &[mode], &args[1..]].concat();
            let output = run(&scratch, &args);
            let what = format!("{args:?}: {output:?}");
            assert!(output.status.success(), "{what}");
            let dst = scratch.read(args[args.len() - 1]);
            let rest = if args[0] == "range" { 99_999 } else { 0 };
            assert!(dst[..300_001] == scratch.read("src"), "{what}");
            assert_eq!(dst.len(), 300_001 + rest, "{what}");
            let expected: &[&str] =
                if args.contains(&"new") { &["dst", "new", "src"] } else { &["dst", "src"] };
            assert_eq!(scratch.names(), expected, "{what}");
        }
    }
}

#[test]
fn a_sandbox_that_refuses_calls_is_copied_around() {
    for errno in [libc::EPERM, libc::ENOSYS, libc::EACCES] {
        for refuse in [Refuse::Clones(errno), Refuse::CopyFileRange(errno), Refuse::Both(errno)] {
            sandbox::within(refuse, || {
                all_copies_work(|scratch, args| scratch.command(args).output().unwrap());
            });
        }
    }
}

#[test]
fn always_reports_that_clones_are_forbidden() {
    for errno in [libc::EPERM, libc::ENOSYS, libc::EACCES] {
        sandbox::within(Refuse::Both(errno), || {
            let scratch = scratch();
            let before = scratch.snapshot();
            for args in [
                &["copy", "--reflink", "src", "new"][..],
                &["copy", "--reflink", "--in-place", "src", "dst"],
                &["range", "--reflink", "--length=64K", "src", "dst"],
            ] {
                let output = scratch.command(args).output().unwrap();
                let text = String::from_utf8_lossy(&output.stderr);
                assert_eq!(output.status.code(), Some(3), "{args:?}: {text}");
                assert!(text.contains("a sandbox or the system's policy"), "{args:?}: {text}");
                assert_eq!(scratch.snapshot(), before, "{args:?}");
            }
        });
    }
}

#[test]
fn without_unnamed_files_copies_work_and_leave_nothing() {
    sandbox::within(Refuse::UnnamedFiles, || {
        all_copies_work(|scratch, args| scratch.command(args).output().unwrap());
    });
}

#[test]
#[ignore = "needs strace; run cargo xtask test"]
fn an_unnamed_file_that_cannot_be_linked_is_made_again_with_a_name() {
    // Before Linux 6.10, without /proc: no way to link an unnamed file works.
    all_copies_work(|scratch, args| {
        let mut command = Command::new("strace");
        command.args(["-qq", "-o", "/dev/null", "--inject=linkat:error=ENOENT", REFLINK]);
        command.args(args).current_dir(scratch.path(".")).output().unwrap()
    });
}

/// Runs the command in its own mount namespace, after `script` has prepared it.
fn unshared(options: &[&str], script: &str, scratch: &Scratch, args: &[&str]) -> Output {
    let mut command = Command::new("unshare");
    command.args(options).args(["sh", "-c", &format!("{script} exec \"$0\" \"$@\""), REFLINK]);
    command.args(args).current_dir(scratch.path(".")).output().unwrap()
}

#[test]
#[ignore = "needs root; run cargo xtask test"]
fn without_proc_copies_work() {
    let script = "mount -t tmpfs none /proc && test ! -e /proc/self &&";
    all_copies_work(|scratch, args| unshared(&["--mount"], script, scratch, args));
    // Also as a user, who may not link a file by its descriptor on older kernels.
    let bin = Scratch::within(&std::env::temp_dir());
    bin.chmod(".", 0o755);
    bin.install(REFLINK, "reflink");
    let user = "setpriv --reuid=65534 --regid=65534 --clear-groups";
    let script = format!("{script} exec {user} {:?} \"$@\";", bin.path("reflink"));
    all_copies_work(|scratch, args| {
        scratch.chmod(".", 0o777);
        for name in ["src", "dst"] {
            chown(scratch.path(name), Some(65534), Some(65534)).unwrap();
        }
        unshared(&["--mount"], &script, scratch, args)
    });
}

#[test]
#[ignore = "needs root and a filesystem under test; run cargo xtask test"]
fn a_read_only_root_suffices() {
    let script = "mount -o remount,bind,ro / && ! touch /x 2>/dev/null &&";
    all_copies_work(|scratch, args| unshared(&["--mount"], script, scratch, args));
}

#[test]
#[ignore = "needs user namespaces; run cargo xtask test"]
fn a_user_namespace_suffices() {
    let options = ["--user", "--map-root-user"];
    all_copies_work(|scratch, args| unshared(&options, "", scratch, args));
}

#[test]
#[ignore = "needs root and user namespaces; run cargo xtask test"]
fn an_owner_that_is_unknown_at_the_destination_is_not_kept() {
    let options = ["--user", "--map-root-user"];
    let scratch = scratch();
    chown(scratch.path("src"), Some(1234), Some(1234)).unwrap();
    scratch.chmod("src", 0o6755);
    let output = unshared(&options, "", &scratch, &["copy", "-p", "src", "dst"]);
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}");
    assert!(text.contains("'dst': owner not kept"), "{text}");
    assert_eq!(scratch.mode("dst"), 0o755);
    let before = scratch.snapshot();
    let output = unshared(&options, "", &scratch, &["copy", "--preserve=ownership", "src", "dst"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert_eq!(scratch.snapshot(), before);
}
