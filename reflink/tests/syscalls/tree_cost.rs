//! Which calls a tree copy with everything kept makes for each entry, and that it makes no others.

use crate::common::*;
use crate::cost::plain;
use crate::run::{Run, run, undisturbed};

/// The calls between the openings of the last two sources whose names begin like this.
fn of_one<'r>(run: &'r Run, name: &str) -> Vec<&'r str> {
    let opens = run.calls.windows(2).enumerate().filter(|(_, calls)| {
        let [before, call] = calls else { return false };
        // A directory that was just made is the copy.
        let is_source = !before.starts_with("mkdirat") && !call.contains("O_CREAT");
        is_source && call.starts_with("openat") && call.contains(&format!(", \"{name}"))
    });
    let opens: Vec<_> = opens.map(|(before, _)| before + 1).collect();
    let [.., first, last] = opens[..] else { panic!("{:#?}", run.calls) };
    let calls = run.names();
    plain(&calls[first..last])
}

/// Besides the calls that make the file and transfer its bytes: the status and the attributes of the source, the
/// final status of the copy, and its times.
#[test]
#[ignore = "needs strace; run cargo xtask test"]
fn a_file_in_a_tree_makes_nine_calls() {
    needs!(OwnCalls);
    let run = undisturbed("tree");
    assert_eq!((&*run.result, &*run.destination), ("4 files, 6 directories", "4096"));
    assert_eq!(run.litter, "[]");
    let bytes = if fs().clones() { "ioctl" } else { "copy_file_range" };
    let calls =
        ["openat", "fstat", "flistxattr", "openat", bytes, "fstat", "utimensat", "close", "close"];
    assert_eq!(of_one(&run, "f"), calls, "{:#?}", run.calls);
}

/// As the command with -r: the kernel applies the umask and the directory's default ACL when it makes the file.
#[test]
#[ignore = "needs strace; run cargo xtask test"]
fn a_file_in_a_tree_without_metadata_makes_eight_calls() {
    needs!(OwnCalls);
    let run = undisturbed("tree by-creation");
    let bytes = if fs().clones() { "ioctl" } else { "copy_file_range" };
    let calls = ["openat", "fstat", "fgetxattr", "openat", bytes, "fstat", "close", "close"];
    assert_eq!(of_one(&run, "f"), calls, "{:#?}", run.calls);
}

/// Each is opened and inspected on both sides and read to its end. The default ACL is asked for by its name.
#[test]
#[ignore = "needs strace; run cargo xtask test"]
fn a_directory_in_a_tree_makes_thirteen_calls() {
    needs!(OwnCalls);
    let run = undisturbed("tree");
    let calls = [
        "openat",
        "fstat",
        "mkdirat",
        "openat",
        "fstat",
        "getdents64",
        "getdents64",
        "flistxattr",
        "fgetxattr",
        "fchmod",
        "utimensat",
        "close",
        "close",
    ];
    assert_eq!(of_one(&run, "d"), calls, "{:#?}", run.calls);
}

/// The kernel applies the umask and the default ACL to a directory, too.
#[test]
#[ignore = "needs strace; run cargo xtask test"]
fn a_directory_in_a_tree_without_metadata_makes_ten_calls() {
    needs!(OwnCalls);
    let run = undisturbed("tree by-creation");
    let calls = [
        "openat",
        "fstat",
        "mkdirat",
        "openat",
        "fstat",
        "getdents64",
        "getdents64",
        "fgetxattr",
        "close",
        "close",
    ];
    assert_eq!(of_one(&run, "d"), calls, "{:#?}", run.calls);
}

/// One flush for everything before the tree has its name, and one for the name.
#[test]
#[ignore = "needs strace; run cargo xtask test"]
fn a_tree_is_flushed_as_a_whole() {
    needs!(OwnCalls);
    let run = undisturbed("tree sync");
    assert_eq!((&*run.result, &*run.destination), ("4 files, 6 directories", "4096"));
    let mut calls = run.names();
    calls.retain(|name| name.contains("sync") || *name == "renameat2");
    assert_eq!(calls, ["syncfs", "renameat2", "fsync"], "{:#?}", run.calls);
    assert_eq!(undisturbed("tree").count(&["sync"]), 0);
}

/// Then a crash can undo that it has its name.
#[test]
#[ignore = "needs strace; run cargo xtask test"]
fn a_tree_whose_name_is_not_flushed_is_there_and_the_error_reports_that() {
    needs!(OwnCalls);
    let after = run("tree sync", &["inject=fsync:error=EIO"]);
    assert!(after.result.contains("cannot sync the directory of"), "{}", after.result);
    assert!(after.result.ends_with("changed: true"), "{}", after.result);
    assert_eq!((&*after.destination, &*after.litter), ("4096", "[]"));
    let before = run("tree sync", &["inject=syncfs:error=EIO"]);
    assert!(before.result.ends_with("changed: false"), "{}", before.result);
    assert_eq!((&*before.destination, &*before.litter), ("0", "[]"));
}

/// While one thread waits for a lock or the disk, another works. On btrfs all wait for the same lock.
#[test]
#[ignore = "needs strace; run cargo xtask test"]
fn by_default_a_tree_has_one_thread_more_than_processors() {
    // One processor, and one thread that is there already.
    let started = if fs() == Fs::Btrfs { 0 } else { 1 };
    for (words, started) in [("tree default-threads", started), ("tree", 0)] {
        let run = undisturbed(words);
        let starts = run.names().into_iter().filter(|name| name.starts_with("clone"));
        assert_eq!(starts.count(), started, "{:#?}", run.calls);
    }
}
