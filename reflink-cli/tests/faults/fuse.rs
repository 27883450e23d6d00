//! Filesystems in user space: files that are generated as they are read, and filesystems without
//! calls that every disk has.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::scratch::{REFLINK, Scratch};
use crate::trace::{Log, strace};

/// A FUSE filesystem in the directory `mnt` of a scratch directory.
struct Mounted {
    // Before its directory, so that it is unmounted first.
    _unmount: Unmount,
    scratch: Scratch,
}

pub(crate) struct Unmount(pub(crate) PathBuf);

impl Drop for Unmount {
    fn drop(&mut self) {
        // Its program may still be writing.
        for _ in 0..50 {
            if Command::new("umount").arg(&self.0).status().is_ok_and(|status| status.success()) {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(100));
        }
    }
}

impl Mounted {
    /// Makes `program` show `dir`, which is `back` in the scratch directory if it is not absolute.
    fn new(program: &str, options: &[&str], dir: &str) -> Self {
        let scratch = Scratch::new();
        for name in ["back", "mnt"] {
            scratch.mkdir(name);
        }
        scratch.write("src", vec![b'n'; 300_001]);
        let sparse = fs::File::create(scratch.path("sparse")).unwrap();
        sparse.set_len(1 << 20).unwrap();
        std::os::unix::fs::FileExt::write_all_at(&sparse, b"data", 400_000).unwrap();
        let dir = scratch.path(dir);
        let status = match program {
            "rclone" => Command::new(program)
                .args(["mount", "--daemon", "--config", "/dev/null"])
                .args(options)
                .arg(format!(":local:{}", dir.display()))
                .arg(scratch.path("mnt"))
                .status(),
            _ => Command::new(program).args(options).arg(dir).arg(scratch.path("mnt")).status(),
        };
        assert!(status.unwrap().success(), "{program} {options:?}");
        Self { _unmount: Unmount(scratch.path("mnt")), scratch }
    }

    /// Copies to `name` below `mnt`, which gets no other new file; returns the contents of the file
    /// behind it.
    fn copies(&self, args: &[&str], source: &str, name: &str) -> Vec<u8> {
        let names = || fs::read_dir(self.scratch.path("back")).unwrap().count();
        let is_new = usize::from(!self.scratch.path("back").join(name).exists());
        let before = names();
        let destination = format!("mnt/{name}");
        let args = [args, &[source, &destination]].concat();
        let output = self.scratch.command(&args).output().unwrap();
        assert!(output.status.success(), "{args:?}: {output:?}");
        assert_eq!(names(), before + is_new, "{args:?}");
        self.behind(name)
    }

    /// The contents of a file in the directory that is shown; rclone's writes can take a moment.
    fn behind(&self, name: &str) -> Vec<u8> {
        fs::read(self.scratch.path("back").join(name)).unwrap()
    }
}

const COPIES: [&[&str]; 5] = [
    &["copy"],
    &["copy", "-n"],
    &["copy", "--in-place"],
    &["copy", "--reflink=never"],
    &["copy", "-p"],
];

#[test]
#[ignore = "needs root and FUSE; run cargo xtask test"]
fn generated_content_is_copied_to_its_end() {
    let short = "kernel/mm/transparent_hugepage/enabled";
    let cases = [
        // With a length of 0, of a page, and of a page until the kernel learns the real one.
        ("/proc", &["-o", "direct_io"][..], "version"),
        ("/sys", &["-o", "direct_io"], short),
        ("/sys", &[], short),
    ];
    for (dir, options, name) in cases {
        let mounted = Mounted::new("bindfs", options, dir);
        let expected = fs::read(Path::new(dir).join(name)).unwrap();
        let source = format!("mnt/{name}");
        for args in [&["copy"][..], &["copy", "--reflink=never"], &["copy", "--in-place"]] {
            for old in [None, Some(vec![b'o'; 10_000])] {
                let _ = fs::remove_file(mounted.scratch.path("dst"));
                old.iter().for_each(|old| mounted.scratch.write("dst", old));
                mounted.scratch.succeeds([args, &[&source, "dst"]].concat());
                assert_eq!(mounted.scratch.read("dst"), expected, "{dir} {options:?} {args:?}");
            }
        }
        let _ = fs::remove_file(mounted.scratch.path("dst"));
        let output = mounted.scratch.command(["range", &source, "dst"]).output().unwrap();
        assert_eq!(output.stdout, format!("{}\n", expected.len()).into_bytes(), "{output:?}");
        assert_eq!(mounted.scratch.read("dst"), expected, "{dir} {options:?}");
    }
}

/// No ftruncate, no link, and only sequential writes.
#[test]
#[ignore = "needs root and FUSE; run cargo xtask test"]
fn a_place_that_takes_only_a_stream_gets_the_whole_file() {
    let mounted = Mounted::new("rclone", &["--vfs-cache-mode", "off"], "back");
    for (number, args) in COPIES.iter().enumerate() {
        for source in ["src", "sparse"] {
            let copy = mounted.copies(args, source, &format!("{source}{number}"));
            assert!(copy == mounted.scratch.read(source), "{args:?}");
        }
    }
    // Again onto existing files, which are replaced in one step.
    for source in ["src", "sparse"] {
        let copy = mounted.copies(&["copy"], source, "src0");
        assert!(copy == mounted.scratch.read(source));
    }
}

#[test]
#[ignore = "needs root and FUSE; run cargo xtask test"]
fn a_free_name_needs_no_rename() {
    let mounted = Mounted::new("bindfs", &["--rename-deny"], "back");
    for (number, args) in COPIES.iter().enumerate() {
        let copy = mounted.copies(args, "src", &format!("new{number}"));
        assert!(copy == mounted.scratch.read("src"), "{args:?}");
    }
    mounted.scratch.write("back/dst", "old");
    let refused = mounted.scratch.reflink(["copy", "src", "mnt/dst"]).code(1);
    refused.stderr(
        "reflink: cannot replace 'mnt/dst': Operation not permitted\n\
         hint: the destination can be written to, but not replaced in its directory; a copy in place \
         (--in-place) writes into the existing file\n",
    );
    assert_eq!(mounted.behind("dst"), b"old");
    let copy = mounted.copies(&["copy", "--in-place"], "src", "dst");
    assert!(copy == mounted.scratch.read("src"));
}

/// FUSE programs and servers refuse renames with errnos that mean something else on a disk.
#[test]
#[ignore = "needs root, FUSE and strace; run cargo xtask test"]
fn a_refused_rename_is_reported_as_what_it_was_for() {
    let mounted = Mounted::new("bindfs", &[], "back");
    let scratch = &mounted.scratch;
    scratch.write("back/dst", "old");
    let copy = |errno: &str, name: &str| {
        let inject = format!("--inject=?renameat,?renameat2:error={errno}");
        let log = Log::new();
        let mut command =
            strace(&log.path(), &[&inject], &["copy", "src", name], &scratch.path("."));
        String::from_utf8(command.output().unwrap().stderr).unwrap()
    };
    assert_eq!(
        copy("EBUSY", "mnt/new"),
        "reflink: cannot create 'mnt/new': Device or resource busy\n"
    );
    assert_eq!(
        copy("EBUSY", "mnt/dst"),
        "reflink: cannot replace 'mnt/dst': Device or resource busy\n"
    );
    assert_eq!(
        copy("EXDEV", "mnt/dst"),
        "reflink: cannot replace 'mnt/dst': Invalid cross-device link\n\
         hint: the destination can be written to, but not replaced in its directory; a copy in place \
         (--in-place) writes into the existing file\n"
    );
    assert_eq!(fs::read_dir(scratch.path("back")).unwrap().count(), 1);
    assert_eq!(copy("EXDEV", "mnt/new"), "");
    assert!(mounted.behind("new") == scratch.read("src"));
}

#[test]
#[ignore = "needs root and FUSE; run cargo xtask test"]
fn a_name_that_cannot_be_removed_is_reported() {
    let mounted = Mounted::new("bindfs", &["--delete-deny"], "back");
    let scratch = &mounted.scratch;
    let output = scratch.command(["copy", "-n", "--json", "src", "mnt/dst"]).output().unwrap();
    let (stdout, stderr) =
        (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    let stays = stderr
        .strip_prefix("reflink: warning: '")
        .and_then(|rest| rest.strip_suffix("' could not be removed and remains beside 'mnt/dst'\n"))
        .unwrap_or_else(|| panic!("{stderr}"));
    assert!(scratch.path(stays).exists(), "{stays}");
    assert!(stdout.contains(&format!("\"left_behind\":[\"{stays}\"]")), "{stdout}");
    assert!(mounted.behind("dst") == scratch.read("src"));

    // The same after a failure, which must be reported first.
    scratch.write("back/old", "old");
    let both = Mounted::new("bindfs", &["--delete-deny", "--rename-deny"], "back");
    let scratch = &both.scratch;
    scratch.write("back/old", "old");
    let output = scratch.command(["copy", "src", "mnt/old"]).output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    let stays = stderr
        .strip_prefix("reflink: cannot replace 'mnt/old': Operation not permitted; and '")
        .and_then(|rest| {
            rest.split_once("' stays, as it cannot be removed: Operation not permitted\n")
        })
        .unwrap_or_else(|| panic!("{stderr}"));
    assert!(scratch.path(stays.0).exists(), "{stays:?}");
    assert_eq!(both.behind("old"), b"old");
}

/// A failed copy removes only its own file, not another one that has taken the name.
#[test]
#[ignore = "needs root, FUSE and strace; run cargo xtask test"]
fn a_name_that_another_process_takes_is_left_alone() {
    let mounted = Mounted::new("bindfs", &["--rename-deny"], "back");
    let scratch = &mounted.scratch;
    scratch.write("other", "precious");
    // The first flush is that of the temporary file, which cannot be renamed.
    let fault = "inject=fsync:error=EIO:delay_enter=3000000:when=2";
    let mut copy = Command::new("strace")
        .args(["-f", "-o", "/dev/null", "-e", "trace=fsync", "-e", fault, REFLINK])
        .args(["copy", "--sync", "src", "mnt/new"])
        .current_dir(scratch.path("."))
        .spawn()
        .unwrap();
    while fs::metadata(scratch.path("back/new")).map_or(0, |status| status.len()) < 300_001 {
        assert!(copy.try_wait().unwrap().is_none(), "the copy ended too early");
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    fs::rename(scratch.path("other"), scratch.path("back/new")).unwrap();
    assert!(!copy.wait().unwrap().success());
    assert_eq!(mounted.behind("new"), b"precious");
}

/// Nothing shows whether the name still belongs to the file.
#[test]
#[ignore = "needs strace; run cargo xtask test"]
fn a_new_file_that_cannot_be_inspected_stays_and_is_reported() {
    let scratch = Scratch::new();
    scratch.write("src", vec![b'n'; 300_001]);
    // So that the file is made under its own name.
    let unnamable = "--inject=?renameat,?renameat2,linkat:error=EPERM";
    let without_a_look = |command: &str| {
        let log = Log::new();
        let run = |options: &[&str]| {
            let args = [command, "--reflink=never", "src", "new"];
            strace(&log.path(), options, &args, &scratch.path(".")).output().unwrap()
        };
        assert!(run(&[unnamable]).status.success());
        fs::remove_file(scratch.path("new")).unwrap();
        let text = log.text();
        let before =
            text.lines().take_while(|line| !line.contains("new\", O_") || !line.contains("O_EXCL"));
        let fault = |name: &str| {
            let calls = before.clone().filter(|line| line.starts_with(&format!("{name}("))).count();
            format!("--inject=?{name}:error=EIO:when={}+", calls + 1)
        };
        let [statx, fstat, at] = ["statx", "fstat", "newfstatat"].map(fault);
        let output = run(&[unnamable, &statx, &fstat, &at]);
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        fs::remove_file(scratch.path("new")).unwrap();
        String::from_utf8(output.stderr).unwrap()
    };
    assert_eq!(
        without_a_look("copy"),
        "reflink: cannot inspect 'new': Input/output error; and 'new' stays, as it cannot be removed: \
         Input/output error\n"
    );
    assert_eq!(
        without_a_look("range"),
        "reflink: cannot inspect 'new': Input/output error\nreflink: 'new' is new and empty, and stays\n"
    );
}

#[test]
#[ignore = "needs root and FUSE; run cargo xtask test"]
fn a_setting_of_sysfs_or_procfs_is_written_in_place() {
    let mounted = Mounted::new("bindfs", &["-o", "direct_io"], "/proc");
    mounted.scratch.write("src", "5\n");
    let mut other = Command::new("sleep").arg("60").spawn().unwrap();
    let setting = format!("mnt/{}/oom_score_adj", other.id());
    mounted.scratch.succeeds(["copy", "--in-place", "src", &setting]);
    let found = fs::read_to_string(format!("/proc/{}/oom_score_adj", other.id())).unwrap();
    other.kill().unwrap();
    other.wait().unwrap();
    assert_eq!(found, "5\n");
}

/// The comparison that finds this out changes nothing, and no message calls the file incomplete.
#[test]
#[ignore = "needs root and FUSE; run cargo xtask test"]
fn a_file_that_turns_out_to_be_the_source_is_not_incomplete() {
    let mounted = Mounted::new("bindfs", &[], "back");
    let scratch = &mounted.scratch;
    scratch.write("back/file", vec![b'f'; 300_001]);
    let refused = scratch.reflink(["copy", "--in-place", "back/file", "mnt/file"]).code(1);
    refused.stderr(
        "reflink: cannot copy 'back/file' to 'mnt/file': Invalid argument\n\
         hint: source and destination are the same file\n",
    );
    assert_eq!(mounted.behind("file"), [b'f'; 300_001]);
}
