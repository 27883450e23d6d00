//! copy_file_range, read and write fail, or do less than requested.

use crate::common::*;
use crate::run::{Run, run, undisturbed};

/// Runs in mode auto without clones, so that all filesystems copy, and with another fault.
fn without_clones(words: &str, fault: &str) -> Run {
    let number = undisturbed(words).number(&["FICLONE"]);
    run(words, &[&format!("inject=ioctl:error=EOPNOTSUPP:when={number}+"), fault])
}

#[test]
#[ignore = "needs strace; run cargo xtask test"]
fn the_process_copies_if_the_kernel_does_not() {
    needs!(OwnCalls);
    for errno in ["EPERM", "ENOSYS", "EINVAL", "EXDEV", "EOPNOTSUPP", "EACCES"] {
        for words in ["auto", "auto old in-place", "auto sparse"] {
            let fault = format!("inject=copy_file_range:error={errno}");
            let copy = without_clones(words, &fault);
            copy.assert("Ok(ReadWrite)", "new");
            // Once to check for a refusal, once to copy everything.
            assert!(copy.count(&["copy_file_range"]) <= 2, "{:#?}", copy.calls);
        }
    }
}

#[test]
#[ignore = "needs strace; run cargo xtask test"]
fn nothing_copied_is_no_success() {
    for words in ["auto", "auto sparse"] {
        let copy = without_clones(words, "inject=copy_file_range:retval=0");
        copy.assert("Ok(ReadWrite)", "new");
    }
}

#[test]
#[ignore = "needs strace; run cargo xtask test"]
fn nothing_read_is_no_success() {
    let number = undisturbed("never old").number(&["pread64"]);
    for when in [number, number + 1] {
        let copy = run("never old", &[&format!("inject=pread64:retval=0:when={when}")]);
        assert!(copy.result.starts_with("Err(SourceShrank"), "{}", copy.result);
        assert_eq!((&*copy.destination, &*copy.litter), ("old", ""), "{:#?}", copy.calls);
    }
}

/// As on FAT. The buffer then still has the bytes that were copied before.
#[test]
#[ignore = "needs strace; run cargo xtask test"]
fn zeros_are_written_if_holes_cannot_be_punched() {
    for errno in ["EOPNOTSUPP", "ENOSYS", "EPERM"] {
        let fault = format!("inject=fallocate:error={errno}");
        let copy = run("never range sparse longer", &[&fault]);
        copy.assert("Ok(ReadWrite)", "new");
        assert_eq!(copy.count(&["fallocate", "PUNCH_HOLE"]), 1, "{:#?}", copy.calls);
    }
}

#[test]
#[ignore = "needs strace; run cargo xtask test"]
fn a_copy_that_ends_early_goes_on_where_it_was() {
    // The first call that copies succeeds, and the later ones fail.
    let words = "auto sparse";
    let base = without_clones(words, "inject=copy_file_range:error=ENOSYS:when=100+");
    base.assert("Ok(CopyFileRange)", "new");
    let data: Vec<_> =
        base.calls.iter().filter(|call| call.starts_with("copy_file_range")).collect();
    assert!(data.len() >= 3, "{:#?}", base.calls);
    for from in 2..=data.len() {
        for fault in ["error=EPERM", "retval=0"] {
            let fault = format!("inject=copy_file_range:{fault}:when={from}+");
            let copy = without_clones(words, &fault);
            assert!(["Ok(Mixed)", "Ok(ReadWrite)"].contains(&&*copy.result), "{}", copy.result);
            assert_eq!((&*copy.destination, &*copy.litter), ("new", ""), "{:#?}", copy.calls);
        }
    }
}

/// The same within one stretch of data: after the short result of `short_results_are_completed` the
/// kernel refuses to continue.
#[test]
#[ignore = "needs strace; run cargo xtask test"]
fn a_copy_that_ends_within_a_stretch_goes_on_where_it_was() {
    needs!(OwnCalls);
    let number = undisturbed("range").number(&["FICLONERANGE"]);
    let no_clones = format!("inject=ioctl:error=EPERM:when={number}+");
    for fault in ["error=ENOSYS", "retval=0"] {
        // The first call only checks, the second one copies.
        let copy = run("range", &[&no_clones, &format!("inject=copy_file_range:{fault}:when=3+")]);
        copy.assert(if fs().clones() { "Ok(Mixed)" } else { "Ok(CopyFileRange)" }, "new");
    }
}

#[test]
#[ignore = "needs strace; run cargo xtask test"]
fn errors_of_the_disk_end_the_copy() {
    for errno in ["ENOSPC", "EDQUOT", "EIO", "ENOMEM", "EROFS"] {
        let fault = format!("inject=copy_file_range:error={errno}");
        let copy = without_clones("auto old", &fault);
        copy.assert(&format!("Err({errno})"), "old");
        assert_eq!(copy.count(&["pwrite64"]), 0, "{:#?}", copy.calls);
    }
    for (call, errnos) in
        [("pwrite64", ["ENOSPC", "EIO", "EDQUOT"]), ("pread64", ["EIO", "ENOMEM", "EIO"])]
    {
        for errno in errnos {
            let number = undisturbed("never old").number(&[call]);
            let fault = format!("inject={call}:error={errno}:when={number}");
            run("never old", &[&fault]).assert(&format!("Err({errno})"), "old");
            let later = format!("inject={call}:error={errno}:when={}", number + 1);
            run("never old", &[&later]).assert(&format!("Err({errno})"), "old");
        }
    }
    let number = undisturbed("never old").number(&["ftruncate"]);
    let fault = format!("inject=ftruncate:error=EFBIG:when={number}");
    run("never old", &[&fault]).assert("Err(EFBIG)", "old");
}

#[test]
#[ignore = "needs strace; run cargo xtask test"]
fn interruptions_are_no_errors() {
    for when in 1..=3 {
        let fault = format!("inject=copy_file_range:error=EINTR:when={when}");
        without_clones("auto sparse", &fault).assert("Ok(CopyFileRange)", "new");
        for call in ["pread64", "pwrite64"] {
            let number = undisturbed("never sparse").number(&[call]) + when - 1;
            let fault = format!("inject={call}:error=EINTR:when={number}");
            run("never sparse", &[&fault]).assert("Ok(ReadWrite)", "new");
        }
    }
}

#[test]
#[ignore = "needs strace; run cargo xtask test"]
fn a_busy_source_is_tried_once_more() {
    let copy = without_clones("auto", "inject=copy_file_range:error=EAGAIN:when=1");
    copy.assert("Ok(CopyFileRange)", "new");
    let copy = without_clones("auto", "inject=copy_file_range:error=EAGAIN");
    copy.assert("Ok(ReadWrite)", "new");
    assert_eq!(copy.count(&["copy_file_range"]), 2, "{:#?}", copy.calls);
}

/// FICLONERANGE is refused, and the kernel then shares whole blocks by copy_file_range, so that the
/// call returns less than requested.
#[test]
#[ignore = "needs strace; run cargo xtask test"]
fn short_results_are_completed() {
    needs!(OwnCalls);
    let number = undisturbed("range").number(&["FICLONERANGE"]);
    let copy = run("range", &[&format!("inject=ioctl:error=EPERM:when={number}+")]);
    assert_eq!((&*copy.destination, &*copy.litter), ("new", ""));
    let short = copy.calls.iter().filter(|call| call.starts_with("copy_file_range")).any(|call| {
        let (call, result) = call.rsplit_once(" = ").unwrap();
        let asked = call.rsplit(", ").nth(1).unwrap();
        asked.parse::<u64>().unwrap() > result.parse::<u64>().unwrap()
    });
    assert_eq!(short, fs().clones(), "{:#?}", copy.calls);
}
