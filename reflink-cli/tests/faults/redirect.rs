//! The destination is swapped for a symbolic link during a copy.
//!
//! A path is resolved when the copy opens it: the directory of the destination comes right after
//! the source. Anyone who swaps a part of the path before that has only changed where the caller's
//! own path leads. From then on nothing is looked up by the path again.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use crate::held::{calls, hold};
use crate::needs::needs;
use crate::scratch::Scratch;
use crate::trace::Call;

const COPIES: [&[&str]; 4] = [
    &["copy", "src", "dir/dst"],
    &["copy", "--reflink=never", "src", "dir/dst"],
    &["copy", "--sync", "-p", "src", "dir/dst"],
    &["copy", "-n", "src", "dir/new"],
];

/// `src`, `dir/dst`, and `outside`, where both names are taken or, if `free`, neither is.
fn scratch(free: bool) -> Scratch {
    let scratch = Scratch::new();
    scratch.write("src", vec![b'n'; 300_001]);
    scratch.mkdir("dir");
    scratch.write("dir/dst", "old");
    scratch.mkdir("outside");
    if !free {
        scratch.write("outside/dst", "precious");
        scratch.write("outside/new", "precious");
    }
    scratch
}

fn snapshot(dir: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<_> = fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.to_string_lossy().into_owned(), fs::read(path).unwrap()))
        .collect();
    files.sort();
    files
}

/// Every call from the open of the destination's directory, or of the destination.
fn calls_from_open(args: &[&str], start: &str) -> Vec<Call> {
    let scratch = scratch(true);
    let calls = calls(args, &scratch.path("."), start);
    assert!(calls.len() > 5, "{calls:?}");
    calls
}

/// Runs the copy with a swap after every call; `outside` must not change.
fn swap_at_each_step(args: &[&str], start: &str, swap: fn(&Scratch)) {
    for call in calls_from_open(args, start) {
        if call.name == "exit_group" {
            continue;
        }
        for free in [false, true] {
            let scratch = scratch(free);
            let before = snapshot(&scratch.path("outside"));
            let output = hold(args, &scratch.path("."), &call, |_| swap(&scratch));
            let what = format!("{args:?}, swapped after {call}: {output:?}");
            assert!(snapshot(&scratch.path("outside")) == before, "outside has changed: {what}");
            if output.status.success() && scratch.path("moved").exists() {
                let name = args[args.len() - 1].replace("dir/", "moved/");
                assert_eq!(scratch.read(name), scratch.read("src"), "{what}");
            }
        }
    }
}

fn swap_directory(scratch: &Scratch) {
    fs::rename(scratch.path("dir"), scratch.path("moved")).unwrap();
    symlink("outside", scratch.path("dir")).unwrap();
}

fn swap_name(scratch: &Scratch) {
    for name in ["dst", "new"] {
        let path = scratch.path("dir").join(name);
        // The file may or may not exist by then.
        let _ = fs::remove_file(&path);
        symlink(format!("../outside/{name}"), path).unwrap();
    }
}

#[test]
#[ignore = "needs strace; run cargo xtask test"]
fn a_swapped_directory_does_not_redirect_a_copy() {
    needs!(FilesOfAllTypes);
    for args in COPIES {
        swap_at_each_step(args, "\"dir\"", swap_directory);
    }
}

#[test]
#[ignore = "needs strace; run cargo xtask test"]
fn a_swapped_name_does_not_redirect_a_copy() {
    needs!(FilesOfAllTypes);
    for args in COPIES {
        // Even before the directory is open.
        swap_at_each_step(args, "\"src\"", swap_name);
    }
}

#[test]
#[ignore = "needs strace; run cargo xtask test"]
fn a_file_that_is_open_is_the_one_that_is_written() {
    needs!(FilesOfAllTypes);
    for args in [&["copy", "--in-place", "src", "dir/dst"][..], &["range", "src", "dir/dst"]] {
        let opened = "\"dir/dst\", O_WRONLY";
        swap_at_each_step(args, opened, swap_name);
        swap_at_each_step(args, opened, swap_directory);
    }
}
