//! FICLONE fails: which errno leads to a copy, and which is an error.

use crate::common::*;
use crate::run::{Run, run, undisturbed};

/// Makes all FICLONE calls, or the first one, fail.
fn fails_with(words: &str, errno: &str, first_only: bool) -> Run {
    let number = undisturbed(words).number(&["FICLONE"]);
    let when = if first_only { number.to_string() } else { format!("{number}+") };
    run(words, &[&format!("inject=ioctl:error={errno}:when={when}")])
}

#[test]
#[ignore = "needs strace; run cargo xtask test"]
fn a_reason_that_prevents_only_cloning_leads_to_a_copy() {
    needs!(OwnCalls);
    for errno in ["EPERM", "EACCES", "ENOSYS", "ENOTTY", "EXDEV", "EOPNOTSUPP", "EINVAL", "EAGAIN"]
    {
        for words in ["auto", "auto old", "auto old in-place", "auto sparse"] {
            let copy = fails_with(words, errno, false);
            copy.assert("Ok(CopyFileRange)", "new");
            let calls = if errno == "EAGAIN" { 2 } else { 1 };
            assert_eq!(copy.count(&["FICLONE"]), calls, "{errno} {words}: {:#?}", copy.calls);
        }
        let always = fails_with("always old", errno, false);
        always.assert(&format!("Err({errno})"), "old");
        assert_eq!(always.count(&["copy_file_range"]), 0);
    }
}

#[test]
#[ignore = "needs strace; run cargo xtask test"]
fn a_reason_that_prevents_any_copy_is_an_error_at_once() {
    needs!(OwnCalls);
    for errno in ["ENOSPC", "EDQUOT", "EIO", "ENOMEM", "EROFS", "EFBIG"] {
        for words in ["auto old", "always", "auto old in-place"] {
            let copy = fails_with(words, errno, false);
            let left = if words == "always" { "none" } else { "old" };
            copy.assert(&format!("Err({errno})"), left);
            assert_eq!(copy.count(&["FICLONE"]), 1, "{errno}: {:#?}", copy.calls);
            let other = ["copy_file_range", "pread64", "pwrite64", "linkat", "ftruncate"];
            for call in other {
                assert_eq!(copy.count(&[call]), 0, "{errno}: {:#?}", copy.calls);
            }
        }
    }
}

#[test]
#[ignore = "needs strace; run cargo xtask test"]
fn interruptions_and_a_busy_source_are_tried_again() {
    needs!(OwnCalls);
    for errno in ["EINTR", "EAGAIN"] {
        let copy = fails_with("auto", errno, true);
        assert_eq!(copy.count(&["FICLONE"]), 2, "{:#?}", copy.calls);
        copy.assert(if fs().clones() { "Ok(Clone)" } else { "Ok(CopyFileRange)" }, "new");
    }
}

/// As with a source that shrinks at the last moment.
#[test]
#[ignore = "needs strace; run cargo xtask test"]
fn a_clone_without_the_bytes_is_no_success() {
    for (words, left) in [("auto", "none"), ("always old", "old")] {
        let number = undisturbed(words).number(&["FICLONE"]);
        let copy = run(words, &[&format!("inject=ioctl:retval=0:when={number}")]);
        assert!(copy.result.starts_with("Err(WrongLength"), "{}", copy.result);
        assert_eq!((&*copy.destination, &*copy.litter), (left, ""), "{:#?}", copy.calls);
    }
}

/// Onto a longer file the whole blocks are cloned first and the ragged end after them: makes the
/// second call fail.
fn fails_halfway_with(errno: &str) -> Run {
    let words = "auto old longer in-place";
    let number = undisturbed(words).number(&["FICLONERANGE"]);
    run(words, &[&format!("inject=ioctl:error={errno}:when={}+", number + 1)])
}

#[test]
#[ignore = "needs strace; run cargo xtask test"]
fn a_clone_that_is_refused_halfway_goes_on_as_a_copy() {
    needs!(OwnCalls);
    let copy = fails_halfway_with("EOPNOTSUPP");
    copy.assert(if fs().clones() { "Ok(Mixed)" } else { "Ok(CopyFileRange)" }, "new");
    // The cloned blocks are not copied again.
    assert_eq!(copy.count(&["copy_file_range"]), 1, "{:#?}", copy.calls);
}

/// A sandbox refuses from the first call on.
#[test]
#[ignore = "needs strace; run cargo xtask test"]
fn a_filter_that_begins_halfway_is_an_error() {
    needs!(OwnCalls);
    let copy = fails_halfway_with("EPERM");
    let result = if fs().clones() { "Err(EPERM)" } else { "Ok(CopyFileRange)" };
    assert_eq!((&*copy.result, &*copy.litter), (result, ""), "{:#?}", copy.calls);
}
