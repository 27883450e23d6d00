//! The check whether two numbers are one file: when it is made, and what happens if it fails.

use crate::common::*;
use crate::run::{run, undisturbed};

/// From an overlay to the filesystem below it.
const BENEATH: &str = "never old in-place beneath";
const LOOK: [&str; 2] = ["statx", "AT_STATX_FORCE_SYNC"];

#[test]
#[ignore = "needs strace; run cargo xtask test"]
fn only_files_that_can_be_one_file_are_compared() {
    for words in ["never old in-place", "never open", "never range", BENEATH] {
        let copy = undisturbed(words);
        copy.assert("Ok(ReadWrite)", "new");
        let expected = if words == BENEATH && fs() == Fs::Overlay { 2 } else { 0 };
        assert_eq!(copy.count(&LOOK), expected, "{words}: {:#?}", copy.calls);
        assert_eq!(copy.count(&["utimensat"]), 0, "{words}: {:#?}", copy.calls);
    }
}

/// An old kernel does not have the call, and a filter may refuse it: fstat returns most of the
/// facts.
#[test]
#[ignore = "needs strace; run cargo xtask test"]
fn without_statx_the_copy_is_made() {
    for number in looks() {
        for errno in ["EPERM", "ENOSYS"] {
            fails(number, errno).assert("Ok(ReadWrite)", "new");
        }
    }
}

#[test]
#[ignore = "needs strace; run cargo xtask test"]
fn a_comparison_that_fails_ends_the_copy() {
    for number in looks() {
        for errno in ["EIO", "ENOMEM", "EACCES"] {
            fails(number, errno).assert(&format!("Err({errno})"), "old");
        }
    }
}

fn fails(number: usize, errno: &str) -> crate::run::Run {
    run(BENEATH, &[&format!("inject=statx:error={errno}:when={number}")])
}

/// The positions of the checks among the calls of that name: none except on an overlay.
fn looks() -> Vec<usize> {
    let copy = undisturbed(BENEATH);
    let looks = copy.count(&LOOK);
    assert_eq!(looks, if fs() == Fs::Overlay { 2 } else { 0 }, "{:#?}", copy.calls);
    (0..looks).map(|place| copy.number(&LOOK) + place).collect()
}
