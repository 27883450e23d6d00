//! ACLs that cannot be kept, read or removed: nobody gets their rights through the group bits, and
//! the messages about them are true.

use std::fs;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt as _;
use std::process::{Command, Output};

use crate::held::{calls, hold};
use crate::sandbox::{self, Refuse};
use crate::scratch::{REFLINK, Scratch};

/// A user who is in no ACL, and owns the files of some tests.
const NOBODY: u32 = 65534;

fn tool(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(output.status.success(), "{command:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

fn setfacl(scratch: &Scratch, args: &[&str], name: &str) {
    tool(Command::new("setfacl").args(args).arg(scratch.path(name)));
}

fn getfacl(scratch: &Scratch, name: &str) -> String {
    tool(Command::new("getfacl").args(["-cpn"]).arg(scratch.path(name)))
}

const ONLY_OWNER_AND_GROUP: &str = "user::rw-\ngroup::rw-\nother::---\n\n";

/// A source with the mode 0660 whose group has no rights: the group bits are the ACL's mask.
fn guarded(name: &str) -> Scratch {
    let scratch = Scratch::new();
    scratch.write(name, "data");
    scratch.chmod(name, 0o600);
    setfacl(&scratch, &["-m", "u:1234:rw"], name);
    assert_eq!(scratch.mode(name), 0o660);
    scratch
}

/// A mount point on which `mount` has mounted something.
struct Mounted(Scratch);

impl Mounted {
    fn new(mount: impl FnOnce(&std::path::Path) -> Command) -> Self {
        let point = Scratch::new();
        point.mkdir("mounted");
        tool(&mut mount(&point.path("mounted")));
        Self(point)
    }

    fn path(&self, name: &str) -> String {
        self.0.path("mounted").join(name).to_str().unwrap().to_owned()
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        // If this fails, the directory cannot be removed, which shows.
        let _ = Command::new("umount").arg(self.0.path("mounted")).status();
    }
}

fn bindfs(below: &Scratch, options: &[&str]) -> Mounted {
    Mounted::new(|point| {
        let mut command = Command::new("bindfs");
        command.args(options).arg(below.path(".")).arg(point);
        command
    })
}

fn run(scratch: &Scratch, args: &[&str]) -> (Output, String) {
    let output = scratch.command(args).output().unwrap();
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{args:?}: {text}");
    (output, text)
}

#[test]
#[ignore = "needs setfacl and a filesystem under test; run cargo xtask test"]
fn a_default_acl_gives_nobody_a_copy_of_another_files_rights() {
    for user in [0, NOBODY] {
        for named in [false, true] {
            for (options, replaced) in
                [(&[][..], true), (&["-p"], false), (&["-p"], true), (&["--preserve=all"], false)]
            {
                let scratch = Scratch::new();
                scratch.chmod(".", 0o755);
                scratch.install(REFLINK, "reflink");
                scratch.mkdir("dir");
                scratch.write("dir/src", "data");
                scratch.chmod("dir/src", 0o660);
                if replaced {
                    scratch.write("dir/dst", "old");
                    scratch.chmod("dir/dst", 0o660);
                }
                for name in ["dir", "dir/src"].into_iter().chain(replaced.then_some("dir/dst")) {
                    chown(scratch.path(name), Some(user), Some(user)).unwrap();
                }
                setfacl(&scratch, &["-d", "-m", "u:1234:rwx"], "dir");
                let mut command = Command::new(scratch.path("reflink"));
                command.arg("copy").args(options).args(["src", "dst"]).uid(user).gid(user);
                command.current_dir(scratch.path("dir"));
                let mut run = || command.output().unwrap();
                let output = if named { sandbox::within(Refuse::UnnamedFiles, run) } else { run() };
                let what = format!("{user} {named} {options:?} {replaced}: {output:?}");
                assert!(output.status.success() && output.stderr.is_empty(), "{what}");
                assert_eq!(getfacl(&scratch, "dir/dst"), ONLY_OWNER_AND_GROUP, "{what}");
            }
        }
    }
}

#[test]
#[ignore = "needs root, setfacl and bindfs; run cargo xtask test"]
fn an_acl_that_the_destination_refuses_leaves_the_rights_of_the_group() {
    let scratch = guarded("src");
    let below = Scratch::new();
    let mounted = bindfs(&below, &["--xattr-none"]);
    let dst = mounted.path("dst");
    for options in [&["--preserve=all"][..], &["-p"], &["-p", "--preserve=all"]] {
        let args = [&["copy"], options, &["src", &dst]].concat();
        let (_, text) = run(&scratch, &args);
        assert_eq!(below.mode("dst"), 0o600, "{options:?}: {text}");
        assert!(text.contains("'system.posix_acl_access' not kept"), "{options:?}: {text}");
        assert_eq!(text.lines().count(), 1, "{options:?}: {text}");
    }
    fs::remove_file(below.path("dst")).unwrap();
    let output = scratch.command(["copy", "--preserve=xattr", "src", &dst]).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(!below.path("dst").exists());
}

#[test]
#[ignore = "needs setfacl and user namespaces; run cargo xtask test"]
fn an_acl_of_an_unknown_user_leaves_the_rights_of_the_group() {
    let scratch = guarded("src");
    let mut command = Command::new("unshare");
    command.args(["--user", "--map-root-user", REFLINK, "copy", "--preserve=all", "src", "dst"]);
    let output = command.current_dir(scratch.path(".")).output().unwrap();
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}");
    assert_eq!(scratch.mode("dst"), 0o600, "{text}");
    let expected = "reflink: warning: 'dst': extended attribute 'system.posix_acl_access' not kept: \
                    Invalid argument\n";
    assert_eq!(text, expected);
}

/// The directory `below`, as rclone shows it.
fn rclone(below: &Scratch, cache: &Scratch) -> Mounted {
    Mounted::new(|point| {
        let mut command = Command::new("rclone");
        let remote = format!(":local:{}", below.path(".").display());
        command.args(["mount", "--daemon", "--config=/dev/null", "--vfs-cache-mode=writes"]);
        command.arg("--cache-dir").arg(cache.path(".")).arg(&remote).arg(point);
        command
    })
}

#[test]
#[ignore = "needs root and rclone; run cargo xtask test"]
fn a_program_without_attributes_has_no_acls() {
    let (below, cache) = (Scratch::new(), Scratch::new());
    below.write("src", "data");
    let mounted = rclone(&below, &cache);
    let src = mounted.path("src");
    // rclone returns EIO for every request about attributes.
    let output = Command::new("getfattr").args(["-d", &src]).output().unwrap();
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(text.contains("Input/output error"), "{text}");
    let scratch = Scratch::new();
    scratch.succeeds(["copy", "-p", &src, "dst"]);
    assert_eq!(scratch.mode("dst"), 0o644);
    let (_, text) = run(&scratch, &["copy", "--preserve=all", &src, "all"]);
    assert_eq!(scratch.mode("all"), 0o644, "{text}");
    assert!(text.contains("extended attributes not kept"), "{text}");
    assert!(!text.contains("acl"), "{text}");
    // The same for a file that is replaced, and for a new one.
    scratch.succeeds(["copy", "dst", &src]);
    scratch.succeeds(["copy", "dst", &mounted.path("new")]);
}

#[test]
#[ignore = "needs root; run cargo xtask test"]
fn a_filesystem_without_attributes_has_no_acls() {
    let mounted = Mounted::new(|point| {
        let mut command = Command::new("mount");
        command.args(["-t", "ramfs", "none"]).arg(point);
        command
    });
    let scratch = Scratch::new();
    let [src, dst] = ["src", "dst"].map(|name| mounted.path(name));
    fs::write(&src, "data").unwrap();
    tool(Command::new("chmod").args(["664", &src]));
    for option in ["-p", "--preserve=all"] {
        scratch.succeeds(["copy", option, &src, "dst"]);
        assert_eq!(scratch.mode("dst"), 0o664, "{option}");
        scratch.succeeds(["copy", option, "dst", &dst]);
        assert_eq!(tool(Command::new("stat").args(["-c%a", &dst])), "664\n", "{option}");
    }
}

/// Runs `reflink copy -p src dst` while these calls fail.
fn with_faults(scratch: &Scratch, faults: &[&str]) -> String {
    let mut command = Command::new("strace");
    command.args(["-qq", "-o", "/dev/null"]);
    command.args(faults.iter().map(|fault| format!("--inject={fault}")));
    command.args([REFLINK, "copy", "-p", "src", "dst"]).current_dir(scratch.path("."));
    let output = command.output().unwrap();
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{text}");
    text
}

const NOT_KNOWN: &str = "reflink: warning: 'dst': permissions of the group not kept, because an ACL \
                         could not be read or removed: ";

#[test]
#[ignore = "needs strace and a filesystem under test; run cargo xtask test"]
fn an_unreadable_acl_is_not_reported_as_present() {
    let scratch = Scratch::new();
    scratch.write("src", "data");
    scratch.chmod("src", 0o664);
    // The list of attributes is enough to decide.
    let text = with_faults(&scratch, &["fgetxattr:error=EIO"]);
    assert_eq!((text.as_str(), scratch.mode("dst")), ("", 0o664));
    let text = with_faults(&scratch, &["fgetxattr,flistxattr:error=EIO:when=1"]);
    assert_eq!((text, scratch.mode("dst")), (format!("{NOT_KNOWN}Input/output error\n"), 0o604));
    // Neither can the new file's ACL be read, and that is reported once.
    let text = with_faults(&scratch, &["fgetxattr,flistxattr:error=EIO"]);
    assert_eq!((text, scratch.mode("dst")), (format!("{NOT_KNOWN}Input/output error\n"), 0o604));
    // If the group has no rights, the ACL does not matter.
    scratch.chmod("src", 0o604);
    let text = with_faults(&scratch, &["fgetxattr,flistxattr:error=EIO:when=1"]);
    assert_eq!(scratch.mode("dst"), 0o604, "{text}");
}

#[test]
#[ignore = "needs strace, setfacl and a filesystem under test; run cargo xtask test"]
fn an_inherited_acl_that_cannot_be_removed_gives_nobody_anything() {
    let scratch = Scratch::new();
    scratch.write("src", "data");
    scratch.chmod("src", 0o664);
    setfacl(&scratch, &["-d", "-m", "u:1234:rwx"], ".");
    let text = with_faults(&scratch, &["fremovexattr:error=EPERM"]);
    assert_eq!(text, format!("{NOT_KNOWN}Operation not permitted\n"));
    let acl = getfacl(&scratch, "dst");
    assert!(acl.contains("mask::---"), "{acl}");
    assert_eq!(scratch.mode("dst"), 0o604);
}

/// A user who may write to a file but does not own it can change neither its mode nor its ACL.
#[test]
#[ignore = "needs root, setfacl and a filesystem under test; run cargo xtask test"]
fn an_acl_of_a_file_of_another_owner_stays_and_is_not_reported_as_copied() {
    let scratch = guarded("dst");
    scratch.chmod(".", 0o755);
    scratch.install(REFLINK, "reflink");
    scratch.write("src", "new");
    scratch.chmod("src", 0o664);
    let user = NOBODY.to_string();
    setfacl(&scratch, &["-m", &format!("u:{user}:rw")], "dst");
    let before = getfacl(&scratch, "dst");
    for (options, status) in [(&[][..], 0), (&["-p"], 1), (&["--preserve=all"], 0)] {
        let mut command = Command::new(scratch.path("reflink"));
        command.args(["copy", "--in-place"]).args(options).args(["src", "dst"]);
        command.current_dir(scratch.path(".")).uid(NOBODY).gid(NOBODY);
        let output = command.output().unwrap();
        let text = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(status), "{options:?}: {text}");
        assert_eq!(getfacl(&scratch, "dst"), before, "{options:?}: {text}");
        assert!(!text.contains("posix_acl_access"), "{options:?}: {text}");
        assert_eq!(text.contains(NOT_KNOWN), options == ["--preserve=all"], "{options:?}: {text}");
    }
}

/// Between the removal of an ACL and the new mode, the mask would be the owning group's rights.
#[test]
#[ignore = "needs strace, setfacl and a filesystem under test; run cargo xtask test"]
fn the_removal_of_an_acl_gives_the_group_no_rights_meanwhile() {
    let make = || {
        let scratch = guarded("dst");
        scratch.write("src", "new");
        scratch.chmod("src", 0o600);
        scratch
    };
    let args = ["copy", "-p", "--in-place", "src", "dst"];
    let first = make();
    let calls = calls(&args, &first.path("."), "\"src\"");
    assert_eq!(first.mode("dst"), 0o600);
    assert!(calls.iter().any(|call| call.name == "fremovexattr"), "{calls:?}");
    for call in calls.iter().filter(|call| call.name != "exit_group") {
        let scratch = make();
        let output = hold(&args, &scratch.path("."), call, |_| {
            let acl = getfacl(&scratch, "dst");
            assert!(acl.contains("group::---"), "after {call}: {acl}");
        });
        assert!(output.status.success(), "{output:?}");
    }
}
