//! Rights that a copy must not give away: those that the source, the old file or the user did not
//! have.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::process::{Command, Output};

use rustix::process::Pid;

use crate::held::{calls, hold};
use crate::sandbox::{self, Refuse};
use crate::scratch::{REFLINK, Scratch};

/// The user `nobody`, who owns no files.
const NOBODY: u32 = 65534;

/// A directory that everybody can use, with a copy of the binary that everybody can run.
fn public() -> Scratch {
    let scratch = Scratch::new();
    scratch.chmod(".", 0o777);
    scratch.mkdir("bin");
    scratch.install(REFLINK, "bin/reflink");
    scratch.mkdir("dir");
    scratch.chmod("dir", 0o777);
    scratch
}

/// Runs the command as `nobody` in `dir`.
fn as_nobody(scratch: &Scratch, args: &[&str]) -> Output {
    let mut command = Command::new(scratch.path("bin/reflink"));
    command.args(args).current_dir(scratch.path("dir")).uid(NOBODY).gid(NOBODY);
    command.output().unwrap()
}

fn tool(program: &str, args: &[&str], scratch: &Scratch) -> String {
    let output = Command::new(program).args(args).current_dir(scratch.path("dir")).output();
    let output = output.unwrap_or_else(|error| panic!("{program}: {error}"));
    assert!(output.status.success(), "{program} {args:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// A set-id program that belongs to root and has a capability.
fn powerful(scratch: &Scratch, name: &str) {
    scratch.write(format!("dir/{name}"), vec![b'#'; 100_000]);
    scratch.chmod(&format!("dir/{name}"), 0o6755);
    tool("setcap", &["cap_net_raw+ep", name], scratch);
}

fn assert_powerless(scratch: &Scratch, name: &str, what: &str) {
    assert_eq!(scratch.mode(&format!("dir/{name}")) & 0o6000, 0, "{what}");
    assert_eq!(tool("getcap", &[name], scratch), "", "{what}");
}

const MODES: [&str; 2] = ["--reflink=auto", "--reflink=never"];

#[test]
#[ignore = "needs root, setcap and a filesystem under test; run cargo xtask test"]
fn set_id_bits_and_capabilities_do_not_leak_to_a_users_copy() {
    let scratch = public();
    powerful(&scratch, "src");
    for mode in MODES {
        for options in [&[][..], &["-p"], &["--preserve=all"], &["--preserve"]] {
            // New, over a file of the user, and into that file.
            for more in [&[][..], &[], &["--in-place"]] {
                let args = [&["copy", mode], options, more, &["src", "dst"]].concat();
                let output = as_nobody(&scratch, &args);
                let what = format!("{args:?}: {output:?}");
                assert!(output.status.success(), "{what}");
                assert_powerless(&scratch, "dst", &what);
                assert_eq!(fs::metadata(scratch.path("dir/dst")).unwrap().uid(), NOBODY, "{what}");
                assert!(scratch.read("dir/dst") == scratch.read("dir/src"), "{what}");
            }
            fs::remove_file(scratch.path("dir/dst")).unwrap();
        }
        // If required, it is an error that leaves nothing.
        for option in ["--preserve=mode", "--preserve=ownership", "--preserve=xattr"] {
            let output = as_nobody(&scratch, &["copy", mode, option, "src", "dst"]);
            assert_eq!(output.status.code(), Some(1), "{option}: {output:?}");
            assert!(!scratch.path("dir/dst").exists());
        }
    }
}

#[test]
#[ignore = "needs root, setcap and a filesystem under test; run cargo xtask test"]
fn new_content_clears_the_set_id_bits_of_a_world_writable_file() {
    for mode in MODES {
        for command in [&["copy", "--in-place"][..], &["range"]] {
            let scratch = public();
            scratch.write("dir/src", vec![b'x'; 100_000]);
            powerful(&scratch, "dst");
            scratch.chmod("dir/dst", 0o6777);
            let args = [command, &[mode, "src", "dst"]].concat();
            let output = as_nobody(&scratch, &args);
            let what = format!("{args:?}: {output:?}");
            assert!(output.status.success(), "{what}");
            assert_powerless(&scratch, "dst", &what);
        }
    }
}

#[test]
#[ignore = "needs root, setcap and a filesystem under test; run cargo xtask test"]
fn root_lends_no_set_id_bits_either() {
    for mode in MODES {
        let scratch = public();
        powerful(&scratch, "src");
        // Without a request for them, and with an owner who is not root.
        for (owner, options) in [(0, &[][..]), (NOBODY, &[]), (NOBODY, &["--preserve=timestamps"])]
        {
            chown(scratch.path("dir/src"), Some(owner), None).unwrap();
            scratch.chmod("dir/src", 0o6755);
            let args = [&["copy", mode], options, &["dir/src", "dir/dst"]].concat();
            scratch.succeeds(&args);
            assert_powerless(&scratch, "dst", &format!("{args:?}"));
        }
    }
}

#[test]
#[ignore = "needs root and a filesystem under test; run cargo xtask test"]
fn what_a_user_has_no_right_to_do_changes_nothing() {
    for mode in ["--reflink=always", "--reflink=auto", "--reflink=never"] {
        let scratch = public();
        scratch.write("dir/src", vec![b'n'; 100_000]);
        scratch.write("dir/secret", "secret");
        scratch.chmod("dir/secret", 0o600);
        for (name, mode) in [("sticky", 0o1777), ("locked", 0o755)] {
            scratch.mkdir(format!("dir/{name}"));
            scratch.write(format!("dir/{name}/dst"), "roots");
            scratch.chmod(&format!("dir/{name}"), mode);
        }
        let files = || {
            let mut files = scratch.snapshot();
            // Its times show that a temporary file came and went.
            files.remove(&scratch.path("dir/sticky"));
            files
        };
        let before = files();
        for (src, dst) in
            [("secret", "dst"), ("src", "sticky/dst"), ("src", "locked/dst"), ("src", "locked/new")]
        {
            let output = as_nobody(&scratch, &["copy", mode, src, dst]);
            // A filesystem that does not clone may report that first.
            assert!(matches!(output.status.code(), Some(1 | 3)), "{src} to {dst}: {output:?}");
            assert!(files() == before, "{src} to {dst} left traces: {output:?}");
        }
        if mode != "--reflink=always" {
            let own = ["copy", mode, "src", "sticky/own"];
            for _ in 0..2 {
                let output = as_nobody(&scratch, &own);
                assert!(output.status.success(), "{output:?}");
            }
        }
    }
}

/// Runs the command with a umask.
fn with_umask(umask: &str, scratch: &Scratch, args: &[&str]) {
    let script = format!("umask {umask}; exec \"$0\" \"$@\"");
    let mut command = assert_cmd::Command::new("sh");
    command.args(["-c", &script, REFLINK]).args(args).current_dir(scratch.path("dir"));
    command.assert().success().stderr("");
}

#[test]
fn the_umask_is_for_new_files_only() {
    for named in [false, true] {
        for mode in MODES {
            for umask in [0o077, 0o000, 0o027] {
                let scratch = Scratch::new();
                scratch.mkdir("dir");
                scratch.write("dir/src", "data");
                scratch.chmod("dir/src", 0o666);
                let copy = |args: &[&str]| {
                    let args = [&["copy", mode], args].concat();
                    let run = || with_umask(&format!("{umask:o}"), &scratch, &args);
                    if named { sandbox::within(Refuse::UnnamedFiles, run) } else { run() }
                };
                let bits = |name: &str| scratch.mode(&format!("dir/{name}"));
                copy(&["src", "new"]);
                assert_eq!(bits("new"), 0o666 & !umask);
                copy(&["-p", "src", "kept"]);
                assert_eq!(bits("kept"), 0o666);
                scratch.write("dir/old", "old");
                scratch.chmod("dir/old", 0o604);
                copy(&["src", "old"]);
                assert_eq!(bits("old"), 0o604);
            }
        }
    }
}

#[test]
#[ignore = "needs setfacl and a filesystem under test; run cargo xtask test"]
fn a_default_acl_stands_in_for_the_umask() {
    const ACL: &str = "user::rw-\nuser:1234:rw-\ngroup::r--\nmask::rw-\nother::---\n\n";
    for named in [false, true] {
        let scratch = Scratch::new();
        scratch.mkdir("dir");
        scratch.mkdir("dir/below");
        scratch.write("dir/src", "data");
        scratch.chmod("dir/src", 0o666);
        let entries = "u::rwx,u:1234:rw,g::r,o::-";
        tool("setfacl", &["-d", "-m", entries, ".", "below"], &scratch);
        // One umask gives less than the ACL, the other more.
        for umask in ["077", "000"] {
            for new in ["new", "below/new", scratch.path("dir/whole").to_str().unwrap()] {
                let run = || with_umask(umask, &scratch, &["copy", "src", new]);
                if named {
                    sandbox::within(Refuse::UnnamedFiles, run);
                } else {
                    run();
                }
                let acl = tool("getfacl", &["-cp", new], &scratch);
                assert_eq!(acl, ACL, "named: {named}, umask {umask}, {new}");
                fs::remove_file(scratch.path("dir").join(new)).unwrap();
            }
        }
    }
}

/// The modes of all files that the process has open for writing, or has made in the directory.
fn modes_in_the_making(process: Pid, scratch: &Scratch) -> Vec<u32> {
    let fds = format!("/proc/{}/fd", process.as_raw_nonzero());
    let dir = scratch.path("dir").canonicalize().unwrap();
    let ours = fs::read_dir(fds).unwrap().filter_map(|entry| {
        let entry = entry.unwrap().path();
        let target = fs::read_link(&entry).ok()?;
        let unnamed = target.starts_with(&dir) && target.to_string_lossy().ends_with(" (deleted)");
        unnamed.then(|| fs::metadata(entry).unwrap())
    });
    let temporary = fs::read_dir(&dir).unwrap().filter_map(|entry| {
        let entry = entry.unwrap();
        let name = entry.file_name();
        name.to_string_lossy().starts_with(".reflink-").then(|| entry.metadata().unwrap())
    });
    ours.chain(temporary).map(|status| status.permissions().mode() & 0o7777).collect()
}

#[test]
#[ignore = "needs strace, root and a filesystem under test; run cargo xtask test"]
fn no_file_in_the_making_has_more_rights_than_the_finished_one() {
    let mut looks = 0;
    // The source's mode, the replaced file's mode, options.
    let cases: [(u32, Option<u32>, &[&str]); 6] = [
        (0o600, None, &[]),
        (0o644, Some(0o600), &[]),
        (0o600, Some(0o644), &["-p"]),
        (0o440, None, &["--preserve=all"]),
        (0o6750, None, &["-p"]),
        (0o400, Some(0o666), &["--reflink=never", "--preserve=all"]),
    ];
    for (mode, old, options) in cases {
        for named in [false, true] {
            let make = || {
                let scratch = Scratch::new();
                scratch.mkdir("dir");
                scratch.write("dir/src", vec![b'x'; 300_000]);
                chown(scratch.path("dir/src"), Some(NOBODY), Some(NOBODY)).unwrap();
                scratch.chmod("dir/src", mode);
                if let Some(old) = old {
                    scratch.write("dir/dst", "old");
                    scratch.chmod("dir/dst", old);
                }
                scratch
            };
            let args = [&["copy"], options, &["src", "dst"]].concat();
            let mut run = || {
                let first = make();
                for call in calls(&args, &first.path("dir"), "\"src\"") {
                    if call.name == "exit_group" {
                        continue;
                    }
                    let scratch = make();
                    let mut seen = Vec::new();
                    let output = hold(&args, &scratch.path("dir"), &call, |process| {
                        seen = modes_in_the_making(process, &scratch);
                    });
                    assert!(output.status.success(), "{output:?}");
                    let last = scratch.mode("dir/dst");
                    for now in &seen {
                        // The owner may need to write while attributes are set.
                        let wider = now & !last & !0o200;
                        assert_eq!(wider, 0, "{now:o} before {last:o}, {args:?}, after {call}");
                    }
                    looks += seen.len();
                }
            };
            if named { sandbox::within(Refuse::UnnamedFiles, run) } else { run() }
        }
    }
    assert!(looks > 50, "only {looks} looks");
}
