//! Other processes change the same files during a copy.

use std::fs::{self, File};
use std::os::unix::fs::{FileExt as _, FileTypeExt as _, MetadataExt as _};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};

use crate::held::{calls, hold};
use crate::needs::{Need, has, needs};
use crate::scratch::{REFLINK, Scratch};
use crate::trace::Call;

fn content() -> Vec<u8> {
    let mut content = Vec::from_iter(1..=241).repeat(3000);
    content.truncate(700_001);
    content
}

fn open(scratch: &Scratch, name: &str) -> File {
    File::options().write(true).open(scratch.path(name)).unwrap()
}

fn scratch() -> Scratch {
    let scratch = Scratch::new();
    scratch.write("src", content());
    scratch.write("other", "another source");
    scratch.write("dst", "old");
    scratch
}

/// Changes the source after each call of a copy: the copy is that of the file as it was, or an error that
/// keeps the old file.
#[track_caller]
fn source_changes(change: fn(&Scratch), must_succeed: bool) {
    for mode in ["--reflink=auto", "--reflink=never"] {
        let args = ["copy", mode, "src", "dst"];
        for call in calls(&args, &scratch().path("."), "\"src\"") {
            if call.name == "exit_group" {
                continue;
            }
            let scratch = scratch();
            let output = hold(&args, &scratch.path("."), &call, |_| change(&scratch));
            let what = format!("{mode}, after {call}: {output:?}");
            // The copy reads the length only once; before that there is nothing to miss.
            let before_the_start = call.name == "openat" && call.has("\"src\"");
            let dst = scratch.read("dst");
            if output.status.success() {
                let now = fs::read(scratch.path("src"));
                let as_it_is = before_the_start && now.is_ok_and(|now| now == dst);
                assert!(dst == content() || as_it_is, "wrong bytes: {what}");
            } else {
                assert!(!must_succeed, "{what}");
                assert_eq!(output.status.code(), Some(1), "{what}");
                assert!(dst == b"old", "the old file is gone: {what}");
            }
            let names = scratch.names();
            assert!(names.iter().all(|name| name.len() < 6), "{names:?}: {what}");
        }
    }
}

#[test]
#[ignore = "needs strace; run cargo xtask test"]
fn a_source_that_shrinks_is_copied_as_it_was_or_not_at_all() {
    source_changes(|scratch| open(scratch, "src").set_len(100_000).unwrap(), false);
}

#[test]
#[ignore = "needs strace; run cargo xtask test"]
fn a_source_that_grows_is_copied_as_it_was() {
    source_changes(|scratch| open(scratch, "src").write_all_at(b"more", 700_001).unwrap(), true);
}

#[test]
#[ignore = "needs strace; run cargo xtask test"]
fn a_source_that_is_replaced_is_copied_as_it_was() {
    needs!(ReplacedOpenFiles);
    let replace =
        |scratch: &Scratch| fs::rename(scratch.path("other"), scratch.path("src")).unwrap();
    source_changes(replace, true);
}

#[test]
#[ignore = "needs strace; run cargo xtask test"]
fn a_source_that_is_unlinked_is_copied_as_it_was() {
    source_changes(|scratch| fs::remove_file(scratch.path("src")).unwrap(), true);
}

fn status(scratch: &Scratch, name: &str) -> fs::Metadata {
    fs::symlink_metadata(scratch.path(name)).unwrap()
}

/// Another process makes something at the destination's name, after each call before the copy gets it: it is
/// still there afterwards.
#[track_caller]
fn name_is_taken(arrive: fn(&Scratch), is_there: fn(&Scratch) -> bool) {
    let args = ["copy", "src", "new"];
    let calls = calls(&args, &scratch().path("."), "\"src\"");
    let publishes = |call: &Call| call.name.starts_with("link") || call.name.starts_with("rename");
    let published = calls.iter().position(publishes).unwrap();
    // A file that had a name from the beginning is renamed, which replaces what comes after the last look.
    let end = match calls[published].name.starts_with("rename") {
        true => calls[..published].iter().rposition(|call| call.has("\"new\"")).unwrap(),
        false => published,
    };
    for call in &calls[..end] {
        let scratch = scratch();
        let output = hold(&args, &scratch.path("."), call, |_| arrive(&scratch));
        let what = format!("after {call}: {output:?}");
        assert_eq!(output.status.code(), Some(1), "{what}");
        assert!(is_there(&scratch), "it is gone: {what}");
        assert_eq!(scratch.read("src"), content(), "{what}");
        let names = scratch.names();
        assert!(names.iter().all(|name| name.len() < 6), "{names:?}: {what}");
    }
}

#[test]
#[ignore = "needs strace; run cargo xtask test"]
fn a_hard_link_that_takes_the_name_at_the_last_moment_stays() {
    name_is_taken(
        |scratch| fs::hard_link(scratch.path("src"), scratch.path("new")).unwrap(),
        |scratch| status(scratch, "new").ino() == status(scratch, "src").ino(),
    );
}

#[test]
#[ignore = "needs strace; run cargo xtask test"]
fn a_directory_that_takes_the_name_at_the_last_moment_stays() {
    name_is_taken(|scratch| scratch.mkdir("new"), |scratch| status(scratch, "new").is_dir());
}

#[test]
#[ignore = "needs strace; run cargo xtask test"]
fn a_fifo_that_takes_the_name_at_the_last_moment_stays() {
    needs!(FilesOfAllTypes);
    name_is_taken(
        |scratch| scratch.mkfifo("new"),
        |scratch| status(scratch, "new").file_type().is_fifo(),
    );
}

#[test]
#[ignore = "needs a filesystem under test; run cargo xtask test"]
fn readers_of_a_destination_of_two_copies_see_whole_files() {
    needs!(ReplacedOpenFiles);
    let scratch = Scratch::new();
    let contents = [vec![b'a'; 900_001], vec![b'b'; 500_000], vec![b'c'; 100]];
    for (name, content) in ["a", "b", "dst"].iter().zip(&contents) {
        scratch.write(name, content);
    }
    let done = AtomicBool::new(false);
    let reads = std::thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut reads = 0;
            while !done.load(Ordering::Relaxed) {
                // The name is never free, and never that of an unfinished file.
                let found = scratch.read("dst");
                assert!(contents.contains(&found), "{} bytes", found.len());
                reads += 1;
            }
            reads
        });
        for round in 0..40 {
            let mode = ["--reflink=auto", "--reflink=never"][round % 2];
            let copies = ["a", "b"].map(|source| {
                let mut command = Command::new(REFLINK);
                command.args(["copy", mode, source, "dst"]).current_dir(scratch.path("."));
                command.spawn().unwrap()
            });
            for mut copy in copies {
                assert!(copy.wait().unwrap().success());
            }
            assert!(contents[..2].contains(&scratch.read("dst")));
            assert_eq!(scratch.names(), ["a", "b", "dst"]);
        }
        done.store(true, Ordering::Relaxed);
        reader.join().unwrap()
    });
    assert!(reads > 10, "only {reads} reads");
}

#[test]
fn one_of_two_copies_to_a_free_name_fails() {
    for round in 0..20 {
        let scratch = Scratch::new();
        scratch.write("a", vec![b'a'; 300_000]);
        scratch.write("b", vec![b'b'; 300_000]);
        let mode = ["--reflink=auto", "--reflink=never"][round % 2];
        let copies = ["a", "b"].map(|source| {
            let mut command = Command::new(REFLINK);
            command.args(["copy", "-n", mode, source, "dst"]).current_dir(scratch.path("."));
            command.stderr(Stdio::piped()).spawn().unwrap()
        });
        let outputs = copies.map(|copy| copy.wait_with_output().unwrap());
        let winners: Vec<_> = (0..2).filter(|&at| outputs[at].status.success()).collect();
        let [winner] = winners[..] else { panic!("{outputs:?}") };
        assert!(scratch.read("dst") == scratch.read(["a", "b"][winner]), "{outputs:?}");
        let loser = String::from_utf8_lossy(&outputs[1 - winner].stderr);
        assert_eq!(loser, "reflink: cannot create 'dst': File exists\n");
        assert_eq!(scratch.names(), ["a", "b", "dst"]);
    }
}

/// Three slices, and a stamp in the first and in the last block.
const LEN: u64 = 600 << 20;
const LAST: u64 = LEN - 8;

/// Copies a file that is written continuously, first at its start and then at its end, and returns
/// the two stamps of the copy.
fn copy_while_written(options: &[&str]) -> (u64, u64) {
    let scratch = Scratch::new();
    scratch.write("src", "");
    let src = open(&scratch, "src");
    src.set_len(LEN).unwrap();
    for at in (0..LEN).step_by(8 << 20) {
        src.write_all_at(&[1; 4096], at).unwrap();
    }
    let mut stamp: u64 = 1;
    let mut write = |at: &[u64]| {
        for at in at {
            src.write_all_at(&stamp.to_ne_bytes(), *at).unwrap();
        }
        stamp += 1;
    };
    write(&[0, LAST]);
    let mut command = Command::new(REFLINK);
    command.arg("copy").args(options).args(["src", "dst"]).current_dir(scratch.path("."));
    let mut copy = command.stderr(Stdio::null()).spawn().unwrap();
    let status = loop {
        if let Some(status) = copy.try_wait().unwrap() {
            break status;
        }
        write(&[0, LAST]);
    };
    assert!(status.success());
    let dst = File::open(scratch.path("dst")).unwrap();
    assert_eq!(dst.metadata().unwrap().len(), LEN);
    let read = |at| {
        let mut bytes = [0; 8];
        dst.read_exact_at(&mut bytes, at).unwrap();
        u64::from_ne_bytes(bytes)
    };
    let (first, last) = (read(0), read(LAST));
    assert!((1..stamp).contains(&first) && (1..stamp).contains(&last), "{first} {last} {stamp}");
    (first, last)
}

#[test]
#[ignore = "needs a filesystem under test; run cargo xtask test"]
fn a_clone_in_one_call_is_a_snapshot_and_slices_hold_what_was_written() {
    let clones = has(Need::Clones);
    for _ in 0..5 {
        let (first, last) = copy_while_written(&["--reflink=auto"]);
        if clones {
            // Between the two writes the first stamp is one ahead.
            assert!(first == last || first == last + 1, "{first} {last}");
        }
        copy_while_written(&["--reflink=auto", "--progress=always"]);
    }
}
