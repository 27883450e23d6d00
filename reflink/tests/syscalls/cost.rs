//! Which calls a copy makes, and that it makes no others.

use crate::common::*;
use crate::run::{run, undisturbed};

/// `fstat` has several names.
pub(crate) fn plain<'a>(names: &[&'a str]) -> Vec<&'a str> {
    let stat =
        |name| if ["statx", "newfstatat", "fstat64"].contains(&name) { "fstat" } else { name };
    names.iter().map(|name| stat(name)).collect()
}

/// The first fgetxattr checks whether the source has an ACL, whose mask would be the group bits;
/// the second whether the new file has inherited an ACL. Each takes as long as an fstat. No other
/// call can tell: stat returns the same mode with an ACL and without.
#[test]
#[ignore = "needs strace; run cargo xtask test"]
fn a_clone_onto_a_new_path_makes_the_calls_that_it_needs() {
    needs!(OwnCalls);
    let always = undisturbed("always again");
    let begin = ["openat", "fstat", "fgetxattr", "openat", "fstat", "ioctl"];
    assert_eq!(plain(&always.names())[..6], begin, "{:#?}", always.calls);
    assert_eq!(always.count(&["openat", "O_TMPFILE"]), 1);
    assert_eq!(always.count(&["FICLONE"]), 1);
    if fs().clones() {
        always.assert("Ok(Clone)", "new");
        let end = ["fstat", "fgetxattr", "linkat", "close", "close"];
        assert_eq!(plain(&always.names())[6..], end, "{:#?}", always.calls);
    } else {
        always.assert("Err(EOPNOTSUPP)", "none");
        assert_eq!(always.count(&["linkat"]), 0);
        assert_eq!(always.count(&["copy_file_range"]) + always.count(&["read"]), 0);
    }
}

/// The path is followed once: the file is made and named in the directory that was opened.
#[test]
#[ignore = "needs strace; run cargo xtask test"]
fn a_directory_in_the_path_costs_one_open() {
    needs!(OwnCalls);
    let elsewhere = undisturbed("always again elsewhere");
    let begin = ["openat", "fstat", "openat", "fgetxattr", "openat", "fstat", "ioctl"];
    assert_eq!(plain(&elsewhere.names())[..7], begin, "{:#?}", elsewhere.calls);
    assert_eq!(elsewhere.count(&["O_PATH|O_DIRECTORY"]), 1, "{:#?}", elsewhere.calls);
    if fs().clones() {
        elsewhere.assert("Ok(Clone)", "new");
        let end = ["fstat", "fgetxattr", "linkat", "close", "close", "close"];
        assert_eq!(plain(&elsewhere.names())[7..], end, "{:#?}", elsewhere.calls);
    }
}

/// If the group of the source has no rights, its bits cannot be misread, and under the umask policy
/// the directory decides.
#[test]
#[ignore = "needs strace; run cargo xtask test"]
fn acls_are_read_only_if_they_can_matter() {
    needs!(OwnCalls);
    assert_eq!(undisturbed("auto").count(&["getxattr"]), 2);
    assert_eq!(undisturbed("auto private").count(&["getxattr"]), 1);
    assert_eq!(undisturbed("auto by-creation").count(&["getxattr"]), 1);
    assert_eq!(undisturbed("auto by-creation private").count(&["getxattr"]), 0);
    assert_eq!(undisturbed("auto open").count(&["getxattr"]), 0);
    assert_eq!(undisturbed("auto").count(&["listxattr"]), 0);
}

/// The source has mode 644, which a umask of 022 lets through and one of 077 does not.
#[test]
#[ignore = "needs strace; run cargo xtask test"]
fn the_mode_is_set_only_where_it_differs() {
    needs!(OwnCalls);
    let strict = undisturbed("always again umask");
    if fs().clones() {
        strict.assert("Ok(Clone)", "new");
        let names = [
            "openat",
            "fstat",
            "fgetxattr",
            "openat",
            "fstat",
            "ioctl",
            "fstat",
            "fgetxattr",
            "fchmod",
            "linkat",
            "close",
            "close",
        ];
        assert_eq!(plain(&strict.names()), names, "{:#?}", strict.calls);
    } else {
        strict.assert("Err(EOPNOTSUPP)", "none");
        let strict = undisturbed("auto umask");
        strict.assert("Ok(CopyFileRange)", "new");
        assert_eq!(strict.count(&["fchmod", "0644"]), 1, "{:#?}", strict.calls);
        assert_eq!(undisturbed("auto").count(&["fchmod"]), 0);
    }
}

#[test]
#[ignore = "needs strace; run cargo xtask test"]
fn without_clones_always_leaves_an_existing_path() {
    needs!(NoClones);
    undisturbed("always again old").assert("Err(EOPNOTSUPP)", "old");
}

#[test]
#[ignore = "needs strace; run cargo xtask test"]
fn a_clone_onto_an_existing_path_adds_a_link_and_a_rename() {
    needs!(Clones, OwnCalls);
    let always = undisturbed("always again old");
    always.assert("Ok(Clone)", "new");
    let names = plain(&always.names());
    let begin = [
        "openat",
        "fstat",
        "fgetxattr",
        "openat",
        "fstat",
        "ioctl",
        "fstat",
        "fgetxattr",
        "linkat",
    ];
    assert_eq!(names[..9], begin, "{:#?}", always.calls);
    // The first link finds the name taken. Then: a check of the existing file; whether the
    // directory, and a sandbox, would allow the temporary name to be removed again (statx, a rename
    // that changes nothing); the temporary name, closing the file, the rename, and closing the
    // source.
    let mut rest = names[9..].to_vec();
    rest.retain(|name| *name != "getrandom");
    let end = ["fstat", "fstat", "renameat", "linkat", "close", "renameat", "close"];
    assert_eq!(rest, end, "{:#?}", always.calls);
}

#[test]
#[ignore = "needs strace; run cargo xtask test"]
fn never_neither_clones_nor_offloads() {
    for words in ["never", "never old", "never old in-place", "never sparse"] {
        let never = undisturbed(words);
        never.assert("Ok(ReadWrite)", "new");
        assert_eq!(never.count(&["FICLONE"]), 0, "{:#?}", never.calls);
        assert_eq!(never.count(&["copy_file_range"]), 0, "{:#?}", never.calls);
        assert_eq!(never.count(&["sendfile"]) + never.count(&["splice"]), 0);
    }
}

/// With the data in 64 KiB at the start, some in the middle and a byte at the end of 20 MiB.
#[test]
#[ignore = "needs strace; run cargo xtask test"]
fn holes_cost_no_reads_and_no_writes() {
    let never = undisturbed("never sparse");
    let moved: u64 = never
        .calls
        .iter()
        .filter(|call| call.starts_with("pwrite64") || call.starts_with("write("))
        .filter_map(|call| call.rsplit("= ").next()?.parse::<u64>().ok())
        .sum();
    assert!((140_001..=256 * KIB).contains(&moved), "{moved}: {:#?}", never.calls);
    // The final length comes before the data.
    let names = never.names();
    let [length, data] = ["ftruncate", "pwrite64"]
        .map(|name| names.iter().position(|found| *found == name).unwrap());
    assert!(length < data, "{:#?}", never.calls);
}

#[test]
#[ignore = "needs strace; run cargo xtask test"]
fn sync_flushes_the_file_before_its_name_and_the_directory_after() {
    needs!(OwnCalls);
    for words in ["auto sync", "auto sync old", "never sync"] {
        let sync = undisturbed(words);
        assert_eq!(sync.destination, "new");
        let names = sync.names();
        let flushes: Vec<_> = (0..names.len()).filter(|&n| names[n] == "fsync").collect();
        let published = names.iter().rposition(|name| ["linkat", "renameat"].contains(name));
        let first_name = names.iter().position(|name| *name == "linkat").unwrap();
        let [file, last] = flushes[..] else { panic!("{:#?}", sync.calls) };
        // Where the flush of a file without a name may do nothing, the file has a temporary one.
        let is_named = matches!(fs(), Fs::Btrfs | Fs::Overlay);
        assert_eq!(file > first_name, is_named, "{:#?}", sync.calls);
        assert!(file < published.unwrap(), "{:#?}", sync.calls);
        assert!(last > published.unwrap(), "{:#?}", sync.calls);
    }
    assert_eq!(undisturbed("auto").count(&["sync"]), 0);
}

#[test]
#[ignore = "needs strace; run cargo xtask test"]
fn no_descriptor_is_left_to_children() {
    for words in ["auto", "auto old", "never in-place old", "auto sync old"] {
        let copy = undisturbed(words);
        assert_eq!(copy.destination, "new");
        let opens = copy.calls.iter().filter(|call| call.starts_with("open"));
        assert!(opens.clone().all(|call| call.contains("O_CLOEXEC")), "{:#?}", copy.calls);
        let closes = copy.count(&["close("]);
        assert_eq!(
            opens.filter(|call| !call.contains("= -1")).count(),
            closes,
            "{:#?}",
            copy.calls
        );
    }
}

#[test]
#[ignore = "needs strace; run cargo xtask test"]
fn open_files_are_flushed_once_if_asked_for() {
    for words in ["auto open", "never open", "auto range", "never range"] {
        assert_eq!(undisturbed(words).count(&["sync("]), 0);
        let sync = undisturbed(&format!("{words} sync"));
        assert_eq!(sync.destination, "new", "{:#?}", sync.calls);
        assert_eq!(sync.names().last(), Some(&"fsync"), "{:#?}", sync.calls);
        assert_eq!(sync.count(&["sync("]), 1, "{:#?}", sync.calls);
    }
}

#[test]
#[ignore = "needs strace; run cargo xtask test"]
fn a_flushed_copy_does_not_ask_for_the_filesystem_again() {
    let copy = undisturbed("auto again sync");
    assert_eq!(copy.destination, "new", "{:#?}", copy.calls);
    assert_eq!(copy.count(&["fstatfs"]), 0, "{:#?}", copy.calls);
}

/// In the second copy between the same mounts with the same options, the filesystems are known, and
/// that they do not clone.
#[test]
#[ignore = "needs strace; run cargo xtask test"]
fn a_refused_method_is_not_tried_again() {
    for words in ["auto again", "auto again old", "auto again open", "auto again range"] {
        let copy = undisturbed(words);
        assert_eq!(copy.destination, "new", "{:#?}", copy.calls);
        let tries = copy.count(&["FICLONE"]);
        let is_there = words.contains("open") || words.contains("range");
        let may_clone = fs().clones() && !(is_there && cfg!(reflink_as = "new-names"));
        // An overlay has no other call for the block size, which ranges need.
        let asks = fs() == Fs::Overlay && words.contains("range");
        assert!(asks || copy.count(&["fstatfs"]) == 0, "{:#?}", copy.calls);
        if may_clone {
            assert!(tries > 0, "{:#?}", copy.calls);
        } else {
            assert_eq!(tries, 0, "{:#?}", copy.calls);
        }
    }
    // The error must be the kernel's own.
    let always = undisturbed(if cfg!(reflink_as = "new-names") { "always" } else { "always open" });
    assert_eq!(always.count(&["FICLONE"]), 1, "{:#?}", always.calls);
}

#[test]
#[ignore = "needs strace; run cargo xtask test"]
fn a_small_file_that_can_be_cloned_is_not_copied() {
    needs!(Clones);
    assert_eq!(undisturbed("auto small again").count(&["copy_file_range"]), 0);
}

/// Besides the calls that make and name the file and transfer its bytes: the status and ACL of the
/// source (statx, fgetxattr), the mount of the new file, and its final status.
#[test]
#[ignore = "needs strace; run cargo xtask test"]
fn a_small_file_that_is_not_cloned_costs_little_more_than_its_bytes() {
    needs!(NoClones, OwnCalls);
    let path = undisturbed("auto small again");
    let names = [
        "openat",
        "fstat",
        "fgetxattr",
        "openat",
        "fstat",
        "copy_file_range",
        "fstat",
        "fgetxattr",
        "linkat",
        "close",
        "close",
    ];
    assert_eq!(plain(&path.names()), names, "{:#?}", path.calls);
    let open = undisturbed("auto small again open");
    // The old file is longer: the first copy_file_range copies nothing, because the file is cut
    // next, unless this process may not write as much (prlimit64).
    let names = [
        "fstat",
        "fstat",
        "fcntl",
        "fcntl",
        "copy_file_range",
        "prlimit64",
        "ftruncate",
        "copy_file_range",
        "fstat",
    ];
    assert_eq!(plain(&open.names()), names, "{:#?}", open.calls);
    // An empty one is not asked how it was opened: the call that copies refuses it before any change.
    let empty = undisturbed("auto small again open into-empty");
    empty.assert("Ok(CopyFileRange)", "new");
    if fs() != Fs::Overlay {
        let names = ["fstat", "fstat", "copy_file_range", "fstat"];
        assert_eq!(plain(&empty.names()), names, "{:#?}", empty.calls);
    }
}

/// What the first call of a small copy does not do, the calls of a large one do.
#[test]
#[ignore = "needs strace; run cargo xtask test"]
fn a_small_copy_that_fails_at_once_is_made_in_another_way_or_is_an_error() {
    needs!(NoClones);
    let words = "auto small again open into-empty";
    let number = undisturbed(words).number(&["copy_file_range"]);
    let with =
        |fault: &str| run(words, &[&format!("inject=copy_file_range:{fault}:when={number}")]);
    for fault in ["error=EINTR", "error=EAGAIN", "error=EINVAL", "error=EXDEV", "retval=0"] {
        let copy = with(fault);
        assert_eq!((&*copy.destination, &*copy.litter), ("new", ""), "{fault}: {:#?}", copy.calls);
        assert!(copy.result.starts_with("Ok("), "{fault}: {}", copy.result);
    }
    for errno in ["EIO", "ENOSPC", "EDQUOT"] {
        let copy = with(&format!("error={errno}"));
        assert_eq!(copy.result, format!("Err({errno})"));
        assert_eq!(copy.count(&["copy_file_range"]), 1, "{:#?}", copy.calls);
    }
}

#[test]
#[ignore = "needs strace; run cargo xtask test"]
fn a_file_that_need_not_be_atomic_is_made_under_its_name() {
    for words in ["auto small again at-once", "auto again at-once"] {
        let copy = undisturbed(words);
        assert_eq!((&*copy.destination, &*copy.litter), ("new", ""), "{:#?}", copy.calls);
        assert_eq!(copy.count(&["openat", "\"dst\"", "O_CREAT|O_EXCL"]), 1, "{:#?}", copy.calls);
        let elsewhere =
            copy.count(&["linkat"]) + copy.count(&["rename"]) + copy.count(&["O_TMPFILE"]);
        assert_eq!(elsewhere, 0, "{:#?}", copy.calls);
    }
}
