//! Destinations that can be written to but not replaced, or the reverse: the hint names the way
//! that works.

use std::fs::{self, File};
use std::process::{Command, Stdio};

use crate::sandbox::{self, Refuse};
use crate::scratch::{REFLINK, Scratch};

const IN_PLACE: &str = "a copy in place (--in-place) writes into the existing file";

fn scratch() -> Scratch {
    let scratch = Scratch::new();
    scratch.write("src", "new");
    scratch.write("dst", "old");
    scratch
}

/// Undoes what a test did to a path, however the test ends.
struct Undo<'a>(&'a [&'a str], std::path::PathBuf);

impl Drop for Undo<'_> {
    fn drop(&mut self) {
        let (program, args) = self.0.split_first().unwrap();
        let _ = Command::new(program).args(args).arg(&self.1).status();
    }
}

#[test]
#[ignore = "needs root; run cargo xtask test"]
fn an_append_only_directory_gets_new_files_and_keeps_no_others() {
    let scratch = Scratch::new();
    scratch.mkdir("d");
    scratch.write("d/src", "new");
    scratch.write("d/dst", "old");
    let status = Command::new("chattr").arg("+a").arg(scratch.path("d")).status().unwrap();
    assert!(status.success());
    let _undo = Undo(&["chattr", "-a"], scratch.path("d"));
    let copies = |way: &str| {
        for mode in ["--reflink=auto", "--reflink=never"] {
            let hint = format!(
                "reflink: cannot replace 'd/dst': Operation not permitted\n\
                 hint: the destination's directory is append-only (chattr +a); {IN_PLACE}\n"
            );
            scratch.fails(["copy", mode, "d/src", "d/dst"], 1, &hint);
            let new = format!("d/new-{way}{mode}");
            scratch.succeeds(["copy", mode, "d/src", &new]);
            assert_eq!(scratch.read(&new), b"new");
        }
    };
    copies("unnamed");
    sandbox::within(Refuse::UnnamedFiles, || copies("direct"));
    scratch.succeeds(["copy", "--in-place", "d/src", "d/dst"]);
    assert_eq!(scratch.read("d/dst"), b"new");
    assert_eq!(fs::read_dir(scratch.path("d")).unwrap().count(), 6);
}

#[test]
#[ignore = "needs root; run cargo xtask test"]
fn an_immutable_directory_is_named() {
    let scratch = Scratch::new();
    scratch.write("src", "new");
    scratch.mkdir("d");
    let status = Command::new("chattr").arg("+i").arg(scratch.path("d")).status().unwrap();
    assert!(status.success());
    let _undo = Undo(&["chattr", "-i"], scratch.path("d"));
    let message = "reflink: cannot create 'd/new': Operation not permitted\n\
                   hint: the destination's directory is immutable (chattr +i); chattr -i removes the flag\n";
    for args in [&["copy"][..], &["copy", "-n"], &["copy", "--in-place"], &["range"]] {
        scratch.fails([args, &["src", "d/new"]].concat(), 1, message);
    }
    scratch.mkdir("tree");
    scratch.fails(["copy", "-r", "tree", "d/new"], 1, message);
}

#[test]
#[ignore = "needs root; run cargo xtask test"]
fn an_immutable_directory_is_named_if_trees_go_there() {
    let scratch = Scratch::new();
    scratch.mkdir("src");
    scratch.mkdir("src/sub");
    scratch.write("src/file", "new");
    std::os::unix::fs::symlink("nowhere", scratch.path("src/link")).unwrap();
    scratch.mkdir("d");
    let status = Command::new("chattr").arg("+i").arg(scratch.path("d")).status().unwrap();
    assert!(status.success());
    let _undo = Undo(&["chattr", "-i"], scratch.path("d"));
    let hint =
        "hint: the destination's directory is immutable (chattr +i); chattr -i removes the flag\n";
    let refused =
        |name: &str| format!("reflink: cannot create 'd/{name}': Operation not permitted\n");
    scratch.fails(["copy", "-r", "src", "d"], 1, &(refused("src") + hint));
    // Into the directory itself: each entry, and the metadata of the directory.
    let message = [&refused("file"), hint, &refused("link"), &refused("sub")].concat();
    let assert = scratch.reflink(["copy", "-rT", "src", "d"]).code(5).stdout("");
    let stderr = String::from_utf8_lossy(&assert.get_output().stderr).into_owned();
    assert!(stderr.ends_with(&message), "{stderr}");
}

/// A temporary name there could neither be renamed nor removed.
#[test]
#[ignore = "needs root; run cargo xtask test"]
fn no_tree_is_begun_in_an_append_only_directory() {
    let scratch = Scratch::new();
    scratch.mkdir("src");
    scratch.write("src/file", "new");
    std::os::unix::fs::symlink("new", scratch.path("src/link")).unwrap();
    scratch.mkdir("d");
    std::os::unix::fs::symlink("old", scratch.path("d/link")).unwrap();
    let status = Command::new("chattr").arg("+a").arg(scratch.path("d")).status().unwrap();
    assert!(status.success());
    let _undo = Undo(&["chattr", "-a"], scratch.path("d"));
    let message = "reflink: cannot create 'd/src': Operation not permitted\n\
                   hint: the destination's directory is append-only (chattr +a); mkdir makes the directory, \
                   and -T copies into it\n";
    scratch.fails(["copy", "-r", "src", "d"], 1, message);
    scratch.mkdir("d/src");
    scratch.succeeds(["copy", "-rT", "src", "d/src"]);
    assert_eq!(scratch.read("d/src/file"), b"new");
    let message = format!(
        "reflink: cannot replace 'd/link': Operation not permitted\n\
         hint: the destination's directory is append-only (chattr +a); {IN_PLACE}\n"
    );
    scratch.reflink(["copy", "-rT", "src", "d"]).code(5).stdout("").stderr(message);
    assert_eq!(scratch.read("d/file"), b"new");
    assert_eq!(fs::read_dir(scratch.path("d")).unwrap().count(), 3);
}

#[test]
fn a_deleted_directory_is_named() {
    let scratch = scratch();
    scratch.mkdir("tree");
    for (args, source) in [
        (&["copy"][..], "../src"),
        (&["copy", "-n"], "../src"),
        (&["copy", "--in-place"], "../src"),
        (&["copy", "-r"], "../tree"),
        (&["range"], "../src"),
    ] {
        scratch.mkdir("gone");
        let mut shell = Command::new("sh");
        shell.args(["-c", "rmdir ../gone && exec \"$0\" \"$@\"", REFLINK]).args(args);
        shell.args([source, "new"]).current_dir(scratch.path("gone"));
        let output = shell.output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        let stderr = String::from_utf8(output.stderr).unwrap();
        let (first, hint) = stderr.split_once('\n').unwrap();
        // ext4 returns another errno.
        let words = ["No such file or directory", "Operation not permitted"];
        assert!(
            words.iter().any(|words| first == format!("reflink: cannot create 'new': {words}")),
            "{stderr}"
        );
        assert_eq!(hint, "hint: the destination's directory has been deleted\n");
    }
}

const NOT_FLUSHED: &str = "is the complete copy now, but a crash can undo that\n";

/// Runs the command while flushes fail, of the file or of the directory, and returns what it prints.
fn copy_while_flushes_fail(scratch: &Scratch, of_directory: bool, args: &[&str]) -> String {
    let directory = scratch.path(".").canonicalize().unwrap();
    let mut strace = Command::new("strace");
    strace.args(["-f", "-o", "/dev/null", "-e", "trace=fsync", "-e"]);
    if of_directory {
        strace.arg("inject=fsync:error=EIO").arg("-P").arg(&directory);
    } else {
        strace.arg("inject=fsync:error=EIO:when=1");
    }
    strace.args([REFLINK, "copy", "--sync"]).args(args).current_dir(&directory);
    let output = strace.output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    String::from_utf8(output.stderr).unwrap()
}

#[test]
#[ignore = "needs strace; run cargo xtask test"]
fn a_flush_that_fails_after_the_copy_has_its_name_is_told_apart() {
    let scratch = scratch();
    let refused = "reflink: cannot sync 'dst': Input/output error\n";
    assert_eq!(copy_while_flushes_fail(&scratch, false, &["src", "dst"]), refused);
    assert_eq!(scratch.read("dst"), b"old");
    let not_flushed = format!(
        "reflink: cannot sync the directory of 'dst': Input/output error\n\
         reflink: 'dst' {NOT_FLUSHED}"
    );
    assert_eq!(copy_while_flushes_fail(&scratch, true, &["src", "dst"]), not_flushed);
    assert_eq!(scratch.read("dst"), b"new");
    scratch.write("dst", "old");
    assert_eq!(
        copy_while_flushes_fail(&scratch, false, &["--in-place", "src", "dst"]),
        format!("{refused}reflink: 'dst' may be incomplete\n")
    );
    // In place onto a free name, the directory is flushed, too.
    fs::remove_file(scratch.path("dst")).unwrap();
    assert_eq!(copy_while_flushes_fail(&scratch, true, &["--in-place", "src", "dst"]), not_flushed);
    assert_eq!(scratch.read("dst"), b"new");
    // Also if a try before this one has made the link, and could not flush it.
    fs::remove_file(scratch.path("dst")).unwrap();
    for _ in 0..2 {
        let args = ["--hard-links=first", "src", "dst"];
        assert_eq!(copy_while_flushes_fail(&scratch, true, &args), not_flushed);
    }
}

#[test]
#[ignore = "needs strace; run cargo xtask test"]
fn a_tree_that_has_its_name_and_is_not_flushed_is_complete() {
    let scratch = scratch();
    scratch.mkdir("tree");
    scratch.write("tree/file", "new");
    assert_eq!(
        copy_while_flushes_fail(&scratch, true, &["-r", "tree", "other"]),
        format!(
            "reflink: cannot sync the directory of 'other': Input/output error\n\
             reflink: 'other' {NOT_FLUSHED}"
        )
    );
    assert_eq!(scratch.read("other/file"), b"new");
}

#[test]
#[ignore = "needs root; run cargo xtask test"]
fn a_mount_point_is_written_in_place() {
    let scratch = scratch();
    scratch.write("behind", "behind");
    let mut bind = Command::new("mount");
    bind.arg("--bind").args([scratch.path("behind"), scratch.path("dst")]);
    assert!(bind.status().unwrap().success());
    let _undo = Undo(&["umount"], scratch.path("dst"));
    let message = format!(
        "reflink: cannot replace 'dst': Device or resource busy\n\
         hint: something is mounted on the destination; {IN_PLACE}\n"
    );
    scratch.fails(["copy", "src", "dst"], 1, &message);
    scratch.succeeds(["copy", "--in-place", "src", "dst"]);
    assert_eq!(scratch.read("behind"), b"new");
}

#[test]
#[ignore = "needs root and a filesystem under test; run cargo xtask test"]
fn a_file_that_only_its_directory_protects_is_written_in_place() {
    let scratch = scratch();
    scratch.mkdir("d");
    scratch.write("d/dst", "old");
    scratch.install(REFLINK, "reflink");
    for (name, mode) in [("reflink", 0o755), ("d/dst", 0o666), ("src", 0o644), (".", 0o755)] {
        scratch.chmod(name, mode);
    }
    let copy = |args: &[&str]| {
        let user = ["--reuid=65534", "--regid=65534", "--clear-groups", "./reflink", "copy"];
        let mut command = Command::new("setpriv");
        command.args(user).args(args).current_dir(scratch.path(".")).output().unwrap()
    };
    for (mode, words) in [
        (0o755, "cannot create 'd/dst': Permission denied"),
        (0o1777, "cannot replace 'd/dst': Operation not permitted"),
    ] {
        scratch.chmod("d", mode);
        scratch.write("d/dst", "old");
        let output = copy(&["src", "d/dst"]);
        let message = format!(
            "reflink: {words}\nhint: the destination can be written to, but not replaced in its \
             directory; {IN_PLACE}\n"
        );
        assert_eq!(String::from_utf8(output.stderr).unwrap(), message);
        assert_eq!(fs::read_dir(scratch.path("d")).unwrap().count(), 1);
        assert!(copy(&["--in-place", "src", "d/dst"]).status.success());
        assert_eq!(scratch.read("d/dst"), b"new");
    }
}

#[test]
fn a_running_program_is_replaced() {
    let scratch = scratch();
    scratch.install("/bin/sleep", "program");
    let mut program = Command::new(scratch.path("program")).arg("60").spawn().unwrap();
    scratch.fails(
        ["copy", "--in-place", "src", "program"],
        1,
        "reflink: cannot open 'program': Text file busy\n\
         hint: the destination is a program that is running; a copy that is not in place replaces \
         the file, and the running program keeps the old one\n",
    );
    scratch.succeeds(["copy", "src", "program"]);
    program.kill().unwrap();
    program.wait().unwrap();
    assert_eq!(scratch.read("program"), b"new");
}

/// With and without a link, and with the names that shells and people use.
#[test]
fn a_link_to_an_open_descriptor_is_never_replaced() {
    let scratch = scratch();
    scratch.symlink("/proc/self/fd/1", "stdout");
    scratch.symlink("stdout", "link");
    for name in ["stdout", "link", "/proc/self/fd/1", "/dev/fd/1", "/dev/stdout"] {
        for mode in ["--reflink=auto", "--reflink=never"] {
            let copy = |option: &str| {
                let out = File::create(scratch.path("out")).unwrap();
                let mut command = Command::new(REFLINK);
                command.args(["copy", mode, option, "src", name]).stdin(Stdio::null());
                command.current_dir(scratch.path(".")).stdout(out).output().unwrap()
            };
            let output = copy("-f");
            assert_eq!(
                String::from_utf8(output.stderr).unwrap(),
                format!(
                    "reflink: cannot replace '{name}': Invalid argument\n\
                     hint: the destination is, or leads to, a link to an open descriptor; {IN_PLACE}\n"
                )
            );
            assert_eq!(scratch.read("out"), b"", "{name}");
            assert!(copy("--in-place").status.success(), "{name}");
            assert_eq!(scratch.read("out"), b"new", "{name}");
        }
    }
    // From the directory of descriptors itself.
    let mut command = Command::new(REFLINK);
    command.arg("copy").arg(scratch.path("src")).arg("1").current_dir("/proc/self/fd");
    let output = command.stdout(File::create(scratch.path("out")).unwrap()).output().unwrap();
    assert_eq!(
        String::from_utf8(output.stderr).unwrap(),
        format!(
            "reflink: cannot replace '1': Invalid argument\n\
             hint: the destination is, or leads to, a link to an open descriptor; {IN_PLACE}\n"
        )
    );
    assert_eq!(scratch.names(), ["dst", "link", "out", "src", "stdout"]);
    assert!(fs::symlink_metadata("/dev/stdout").unwrap().is_symlink());
    // An ordinary link in procfs is a link like any other.
    scratch.symlink("/proc/mounts", "mounts");
    scratch.succeeds(["copy", "src", "mounts"]);
    assert_eq!(scratch.read("mounts"), b"new");
}

#[test]
fn a_setting_of_procfs_takes_what_is_written_to_it() {
    let scratch = scratch();
    scratch.write("src", "5\n");
    let mut other = Command::new("sleep").arg("60").spawn().unwrap();
    let setting = format!("/proc/{}/oom_score_adj", other.id());
    scratch.succeeds(["copy", "--in-place", "src", &setting]);
    let found = fs::read_to_string(&setting).unwrap();
    other.kill().unwrap();
    other.wait().unwrap();
    assert_eq!(found, "5\n");
}
