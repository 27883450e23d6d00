//! The file cannot be made or named in the usual way, or not at all.

use crate::common::needs;
use crate::run::{Run, run, undisturbed};

/// All kinds of path copies.
const WAYS: [&str; 5] = ["auto", "auto old", "auto keep", "never", "never old"];

/// Makes the first call that contains these words fail.
fn first_fails(words: &str, call: &[&str], errno: &str) -> Run {
    let number = undisturbed(words).number(call);
    run(words, &[&format!("inject={}:error={errno}:when={number}", call[0])])
}

#[track_caller]
fn assert_copied(copy: &Run) {
    assert!(copy.result.starts_with("Ok("), "{}: {:#?}", copy.result, copy.calls);
    assert_eq!((&*copy.destination, &*copy.litter), ("new", ""), "{:#?}", copy.calls);
}

#[test]
#[ignore = "needs strace; run cargo xtask test"]
fn without_the_right_to_link_a_descriptor_proc_serves() {
    needs!(OwnCalls);
    for words in WAYS {
        let copy = first_fails(words, &["linkat", "AT_EMPTY_PATH"], "ENOENT");
        assert_copied(&copy);
        assert_eq!(copy.count(&["linkat", "/proc/self/fd/", "AT_SYMLINK_FOLLOW"]), 1, "{words}");
    }
}

#[test]
#[ignore = "needs strace; run cargo xtask test"]
fn a_named_file_is_used_if_an_unnamed_one_cannot_be_linked() {
    needs!(OwnCalls);
    for words in WAYS {
        let copy = run(words, &["inject=linkat:error=ENOENT"]);
        assert_copied(&copy);
        assert_eq!(copy.count(&["rename", ".reflink-"]), 1, "{words}: {:#?}", copy.calls);
        let created = copy.count(&["openat", ".reflink-", "O_CREAT|O_EXCL", "O_NOFOLLOW", "0600"]);
        assert_eq!(created, 1, "{words}: {:#?}", copy.calls);
    }
}

#[test]
#[ignore = "needs strace; run cargo xtask test"]
fn a_named_file_is_used_if_unnamed_ones_are_not_supported() {
    needs!(OwnCalls);
    for errno in ["EOPNOTSUPP", "EISDIR"] {
        for words in WAYS {
            let copy = first_fails(words, &["openat", "O_TMPFILE"], errno);
            assert_copied(&copy);
            assert_eq!(copy.count(&["openat", "O_TMPFILE"]), 1);
            assert_eq!(copy.count(&["rename", ".reflink-"]), 1, "{words}: {:#?}", copy.calls);
        }
        let kept = first_fails("auto old keep", &["openat", "O_TMPFILE"], errno);
        kept.assert("Err(EEXIST)", "old");
    }
}

#[test]
#[ignore = "needs strace; run cargo xtask test"]
fn a_file_that_cannot_be_made_is_an_error() {
    needs!(OwnCalls);
    for errno in ["EACCES", "ENOSPC", "EROFS", "EDQUOT", "EIO"] {
        let copy = first_fails("auto old", &["openat", "O_TMPFILE"], errno);
        copy.assert(&format!("Err({errno})"), "old");
        assert_eq!(copy.count(&["O_CREAT"]), 0, "{:#?}", copy.calls);
    }
}

#[test]
#[ignore = "needs strace; run cargo xtask test"]
fn a_failed_rename_leaves_the_old_file_and_no_other() {
    needs!(OwnCalls);
    // If the temporary name were not removed, it would be left behind.
    for errno in ["EPERM", "EACCES", "ENOSPC", "EIO"] {
        let copy = first_fails("auto old", &["renameat", ".reflink-"], errno);
        copy.assert(&format!("Err({errno})"), "old");
        assert_eq!(copy.count(&["unlinkat"]), 1, "{:#?}", copy.calls);
        // If the failure is foreseen, no temporary name is made.
        let copy = first_fails("auto old", &["renameat", "\"dst\", AT_FDCWD, \"dst\""], errno);
        copy.assert(&format!("Err({errno})"), "old");
        assert_eq!(copy.count(&[".reflink-"]), 0, "{:#?}", copy.calls);
    }
    for errno in ["ENOSPC", "EIO"] {
        let copy = first_fails("auto", &["linkat"], errno);
        copy.assert(&format!("Err({errno})"), "none");
    }
}

#[test]
#[ignore = "needs strace; run cargo xtask test"]
fn a_policy_that_forbids_links_is_copied_around() {
    needs!(OwnCalls);
    for errno in ["EPERM", "EACCES", "ENOSYS", "EOPNOTSUPP"] {
        for words in ["auto", "auto old", "auto keep", "never old"] {
            let copy = run(words, &[&format!("inject=linkat:error={errno}")]);
            assert_copied(&copy);
        }
    }
    // The first link is refused because the name is taken, the second by the policy.
    let number = undisturbed("auto old").number(&["linkat", ".reflink-"]);
    let copy = run("auto old", &[&format!("inject=linkat:error=EPERM:when={number}+")]);
    assert_copied(&copy);
}

/// After a full or failing disk, the copy is not tried in another way.
#[test]
#[ignore = "needs strace; run cargo xtask test"]
fn a_disk_that_fails_while_naming_the_file_is_an_error_at_once() {
    needs!(OwnCalls);
    let words = "auto keep";
    for errno in ["ENOSPC", "EDQUOT", "EROFS", "EIO", "ENOMEM"] {
        let fault = format!("inject=renameat2:error={errno}");
        let copy = run(words, &[&no_unnamed_files(words), &fault]);
        copy.assert(&format!("Err({errno})"), "none");
        let faults = ["inject=renameat2:error=EINVAL", &format!("inject=linkat:error={errno}")];
        let copy = run(words, &[&no_unnamed_files(words), faults[0], faults[1]]);
        copy.assert(&format!("Err({errno})"), "none");
    }
}

/// The same if the file had a temporary name from the start.
#[test]
#[ignore = "needs strace; run cargo xtask test"]
fn a_failure_after_the_file_has_its_name_leaves_no_litter() {
    needs!(OwnCalls);
    for words in ["auto old sync umask permissions", "auto keep sync umask permissions"] {
        let named = no_unnamed_files(words);
        let base = run(words, &[&named]);
        assert_copied(&base);
        for fault in ["fsync(", "fchmod(", "close(", "renameat(", "renameat2("] {
            if base.count(&[fault]) == 0 {
                assert!(fault.starts_with("rename"), "{fault}: {:#?}", base.calls);
                continue;
            }
            let (name, when) = (fault.trim_end_matches('('), base.number(&[fault]));
            let copy = run(words, &[&named, &format!("inject={name}:error=EIO:when={when}")]);
            copy.assert("Err(EIO)", if words.contains("old") { "old" } else { "none" });
        }
    }
}

#[test]
#[ignore = "needs strace; run cargo xtask test"]
fn a_flush_that_fails_is_an_error_before_the_name() {
    for words in ["auto old sync", "auto sync"] {
        let copy = first_fails(words, &["fsync"], "EIO");
        copy.assert("Err(EIO)", if words.contains("old") { "old" } else { "none" });
    }
}

#[test]
#[ignore = "needs strace; run cargo xtask test"]
fn a_mode_that_cannot_be_set_is_reported_or_an_error() {
    let copy = first_fails("auto umask", &["fchmod"], "EPERM");
    assert_copied(&copy);
    assert!(
        copy.result.contains("Permissions") && copy.result.contains("Some(1)"),
        "{}",
        copy.result
    );
    first_fails("auto umask permissions", &["fchmod"], "EPERM").assert("Err(EPERM)", "none");
}

/// With rename(2) alone, a file that appears at the name meanwhile would be lost.
#[test]
#[ignore = "needs strace; run cargo xtask test"]
fn a_taken_name_is_kept_also_where_renameat2_does_not_exist() {
    needs!(OwnCalls);
    for errno in ["ENOSYS", "EINVAL"] {
        let fault = format!("inject=renameat2:error={errno}");
        let copy = run("auto keep", &[&no_unnamed_files("auto keep"), &fault]);
        assert_copied(&copy);
        // The name is taken after the file was made, so only the second link finds it.
        let words = "auto old keep";
        let kept = run(words, &[&no_unnamed_files(words), &fault]);
        kept.assert("Err(EEXIST)", "old");
    }
}

/// The fault that simulates a filesystem without O_TMPFILE.
fn no_unnamed_files(words: &str) -> String {
    let number = undisturbed(words).number(&["openat", "O_TMPFILE"]);
    format!("inject=openat:error=EOPNOTSUPP:when={number}")
}
