//! What the command must do on each filesystem.

use std::fs::File;
use std::path::Path;

use serde_json::Value;

use crate::full::Small;
use crate::needs::{Need, has, needs};
use crate::scratch::{REFLINK, Scratch, variable};

const MIB: usize = 1 << 20;

/// The filesystem under test.
pub(crate) struct UnderTest {
    pub(crate) clones: bool,
    /// Whether neither its block size nor shared blocks can be seen: on a server, and on ZFS.
    pub(crate) hides_blocks: bool,
    /// The unit of ranges, in bytes.
    pub(crate) block: u64,
    /// Why it does not clone.
    pub(crate) reason: &'static str,
    pub(crate) hint: &'static str,
}

pub(crate) fn under_test() -> UnderTest {
    const ELSEWHERE: &str = "auto copies instead; xfs and btrfs can clone";
    let name = variable("REFLINK_TEST_FS").into_string().unwrap();
    let clones = has(Need::Clones);
    let (reason, hint) = match name.as_str() {
        _ if clones => ("", ""),
        "nfs41-xfs" => (
            "the NFS server, or this version of NFS, cannot clone files",
            "NFS 4.2 can if the server's filesystem can; auto copies instead",
        ),
        "smb-samba-xfs" => (
            "the SMB server cannot clone files",
            "SMB 3 can if the server and its filesystem can; auto copies instead",
        ),
        "f2fs" => ("f2fs cannot clone files", ELSEWHERE),
        "xfs-noreflink" => (
            "this xfs was made without reflinks",
            "mkfs.xfs -m reflink=1 makes one that clones; auto copies instead",
        ),
        "ext4" => ("ext4 cannot clone files", ELSEWHERE),
        "tmpfs" => ("tmpfs cannot clone files", ELSEWHERE),
        other => panic!("nothing is known of the filesystem {other}"),
    };
    let hides_blocks = ["nfs", "smb", "zfs"].iter().any(|prefix| name.starts_with(prefix));
    let block = if name == "ocfs2" { 32 << 10 } else { 4 << 10 };
    UnderTest { clones, hides_blocks, block, reason, hint }
}

/// A directory with a source of 1 MiB and 10 bytes, not sparse, and an old destination.
fn scratch() -> Scratch {
    let scratch = Scratch::new();
    scratch.write("a", content());
    scratch.write("b", "old");
    scratch
}

fn content() -> Vec<u8> {
    (0..MIB + 10).map(|n| u8::try_from(n % 251).unwrap()).collect()
}

fn object(scratch: &Scratch, args: &[&str]) -> Value {
    let assert = scratch.reflink(args).success().stderr("");
    serde_json::from_slice(&assert.get_output().stdout).unwrap()
}

#[test]
#[ignore = "needs a filesystem under test; run cargo xtask test"]
fn always_clones_or_says_why_not() {
    let UnderTest { clones, reason, hint, .. } = under_test();
    let scratch = scratch();
    for dest in ["c", "b"] {
        for options in [
            &["copy", "--reflink", "--json"][..],
            &["copy", "--in-place", "--reflink=always", "--json"],
        ] {
            if cfg!(reflink_as = "new-names") && options.contains(&"--in-place") {
                continue;
            }
            let args = [options, &["a", dest]].concat();
            if clones {
                let object = object(&scratch, &args);
                assert_eq!(object["method"], "clone", "{object}");
                assert_eq!(object["bytes"]["cloned"], content().len(), "{object}");
                assert_eq!(object["fallback"], Value::Null);
                assert_eq!(scratch.read(dest), content());
                continue;
            }
            let before = scratch.snapshot();
            let message = format!("cannot clone 'a' to '{dest}': Operation not supported");
            let stderr = format!("reflink: {message}\nhint: {reason}; {hint}\n");
            let assert = scratch.reflink(args).code(3).stderr(stderr);
            let object: Value = serde_json::from_slice(&assert.get_output().stdout).unwrap();
            let error = serde_json::json!({
                "message": message, "errno": 95, "reason": reason, "hint": hint,
            });
            assert_eq!(object["error"], error);
            // In place, a missing destination is created like any new one, so here not at all.
            assert_eq!(scratch.snapshot(), before);
        }
    }
}

#[test]
#[ignore = "needs a filesystem under test; run cargo xtask test"]
fn auto_clones_or_copies_and_says_which() {
    let UnderTest { clones, reason, .. } = under_test();
    let scratch = scratch();
    let content = &content()[..256 << 10];
    scratch.write("a", content);
    for dest in ["c", "b"] {
        let done = if clones {
            "cloned 262144 bytes".to_owned()
        } else {
            format!("copied 262144 bytes by copy_file_range: {reason}")
        };
        let line = format!("'a' -> '{dest}': {done}\n");
        scratch.reflink(["copy", "-v", "a", dest]).success().stdout(line).stderr("");
        assert_eq!(scratch.read(dest), content);
        let object = object(&scratch, &["copy", "--json", "a", dest]);
        let method = if clones { "clone" } else { "copy_file_range" };
        assert_eq!(object["method"], method);
        assert_eq!(object["fallback"], if clones { Value::Null } else { reason.into() });
    }
}

#[test]
#[ignore = "needs a filesystem under test; run cargo xtask test"]
fn never_shares_nothing() {
    let scratch = scratch();
    let object = object(&scratch, &["copy", "--json", "--reflink=never", "a", "b"]);
    assert_eq!(object["method"], "read/write");
    assert_eq!(object["bytes"]["copied"], content().len());
    assert_eq!(scratch.read("b"), content());
}

/// Nothing but ranges is cloned by a build for `ranges`.
#[cfg(not(reflink_as = "ranges"))]
#[test]
#[ignore = "needs a filesystem under test; run cargo xtask test"]
fn a_large_clone_is_one_call_unless_progress_is_asked_for() {
    needs!(Holes);
    let UnderTest { clones, .. } = under_test();
    let scratch = Scratch::new();
    let length = 600 * MIB as u64;
    File::create(scratch.path("a")).unwrap().set_len(length).unwrap();
    // A new name gets all or nothing.
    let watched = if cfg!(reflink_as = "new-names") { (1, 0) } else { (0, 3) };
    for (progress, (whole, slices)) in [("auto", (1, 0)), ("never", (1, 0)), ("always", watched)] {
        let mut command = assert_cmd::Command::new("strace");
        command.args(["-f", "-e", "trace=ioctl", REFLINK, "copy", "--json", "a", "b"]);
        command.arg(format!("--progress={progress}")).current_dir(scratch.path("."));
        let assert = command.assert().success();
        let trace = String::from_utf8_lossy(&assert.get_output().stderr).into_owned();
        let calls = |name| trace.lines().filter(|call| call.contains(name)).count();
        let object: Value = serde_json::from_slice(&assert.get_output().stdout).unwrap();
        assert_eq!(object["bytes"]["total"], length, "{object}");
        if clones {
            assert_eq!(object["method"], "clone", "{object}");
            assert_eq!(calls("FICLONE,"), whole, "{progress}: {trace}");
            assert_eq!(calls("FICLONERANGE,"), slices, "{progress}: {trace}");
        }
    }
}

#[test]
#[ignore = "needs a filesystem under test; run cargo xtask test"]
fn a_mode_that_cannot_be_set_is_an_error_only_where_it_was_asked_for() {
    needs!(OwnersAndModes);
    let scratch = scratch();
    // A mode that no umask gives a new file.
    scratch.chmod("b", 0o606);
    scratch.chmod("a", 0o606);
    let run = |option| {
        let mut command = assert_cmd::Command::new("strace");
        command.args(["-o", "/dev/null", "-e", "inject=fchmod:error=EPERM"]);
        command.args([REFLINK, "copy", option, "a", "b"]).current_dir(scratch.path("."));
        command.assert()
    };
    let message = "reflink: cannot set the permissions of 'b': Operation not permitted\n";
    run("--preserve=mode").code(1).stdout("").stderr(message);
    run("-p").code(1).stdout("").stderr(message);
    assert_eq!(scratch.read("b"), b"old");
    let warning = "reflink: warning: 'b': permissions not kept: Operation not permitted\n";
    run("--reflink=auto").success().stdout("").stderr(warning);
    assert_eq!(scratch.read("b"), content());
}

#[test]
#[ignore = "needs a filesystem under test; run cargo xtask test"]
fn another_filesystem_is_out_of_reach_of_clones() {
    let scratch = scratch();
    let other = Scratch::within(Path::new(&variable("REFLINK_TEST_OTHER_DIR")));
    let dest = other.path("c").into_os_string().into_string().unwrap();
    let before = scratch.snapshot();
    let assert = scratch.reflink(["copy", "--reflink", "a", &dest]).code(3).stdout("");
    let stderr = String::from_utf8(assert.get_output().stderr.clone()).unwrap();
    let (error, hint) = stderr.split_once('\n').unwrap();
    assert_eq!(error, format!("reflink: cannot clone 'a' to '{dest}': Invalid cross-device link"));
    assert!(
        hint.ends_with("; blocks are shared within one filesystem; auto copies instead\n"),
        "{hint}"
    );
    assert_eq!((scratch.snapshot(), other.names().len()), (before, 0));
    scratch.reflink(["copy", "a", &dest]).success();
    assert_eq!(other.read("c"), content());
}

#[cfg(not(reflink_as = "new-names"))]
#[test]
#[ignore = "needs a filesystem under test; run cargo xtask test"]
fn always_on_a_range_requires_block_boundaries() {
    needs!(RefusedRanges);
    let UnderTest { clones, reason, hint, .. } = under_test();
    let scratch = scratch();
    let always = ["range", "--reflink", "--src-offset=64K", "--length=128K"];
    let aligned = [&always[..], &["--dst-offset=64K", "a", "c"]].concat();
    let ragged = [&always[..], &["--dst-offset=1", "a", "c"]].concat();
    if clones {
        scratch.reflink(aligned).success().stdout("131072\n").stderr("");
        assert_eq!(scratch.read("c")[65536..], content()[65536..65536 + 131_072]);
        let before = scratch.snapshot();
        let assert = scratch.reflink(ragged).code(3).stdout("");
        let stderr = String::from_utf8(assert.get_output().stderr.clone()).unwrap();
        let begin = "reflink: cannot clone 'a' to 'c': Invalid argument\n\
                     hint: the destination offset is not a multiple of the block size, ";
        assert!(stderr.starts_with(begin), "{stderr}");
        assert_eq!(scratch.snapshot(), before);
    } else {
        let message = format!(
            "reflink: cannot clone 'a' to 'c': Operation not supported\nhint: {reason}; {hint}\n"
        );
        scratch.fails(aligned, 3, &message);
        scratch.fails(ragged, 3, &message);
    }
}

#[test]
#[ignore = "needs a filesystem under test; run cargo xtask test"]
fn auto_copies_a_ragged_range_exactly() {
    let scratch = scratch();
    let range = ["range", "--src-offset=1001", "--dst-offset=1001", "--length=500000", "a", "c"];
    scratch.reflink(range).success().stdout("500000\n").stderr("");
    assert_eq!(scratch.read("c")[..1001], [0; 1001]);
    assert_eq!(scratch.read("c")[1001..], content()[1001..501_001]);
}

#[test]
#[ignore = "needs a filesystem under test; run cargo xtask test"]
fn the_statuses_of_several_files_under_always() {
    let UnderTest { clones, .. } = under_test();
    let scratch = scratch();
    scratch.mkdir("d");
    for (sources, here, elsewhere) in
        [(["a", "b"], 0, 3), (["a", "missing"], 5, 1), (["/proc/version", "missing"], 1, 1)]
    {
        let args = [&["copy", "--reflink", "-t", "d"][..], &sources].concat();
        scratch.reflink(args).code(if clones { here } else { elsewhere });
    }
}

#[test]
#[ignore = "needs a filesystem under test; run cargo xtask test"]
fn a_full_disk_is_an_error_that_leaves_the_old_file() {
    needs!(NoSpaceError);
    let scratch = scratch();
    let small = Small::new();
    small.write("b", "old");
    small.fill();
    let before = small.names();
    for (dest, args) in [
        ("b", &["copy", "--reflink=auto"][..]),
        ("b", &["copy", "--reflink=never"]),
        ("c", &["copy"]),
        ("c", &["range"]),
        ("c", &["range", "--reflink=never"]),
    ] {
        let path = small.argument(dest);
        let assert = scratch.reflink([args, &["a", &path]].concat()).code(1).stdout("");
        let stderr = String::from_utf8_lossy(&assert.get_output().stderr).into_owned();
        assert!(stderr.ends_with("': No space left on device\n"), "{args:?}: {stderr}");
        assert_eq!(small.names(), before, "{args:?}");
        assert_eq!(small.read("b"), b"old", "{args:?}");
    }
}
