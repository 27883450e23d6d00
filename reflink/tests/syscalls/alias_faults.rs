//! Looking whether two numbers are one file: when that is done, and what happens when it fails.

use crate::common::*;
use crate::run::{run, undisturbed};

/// From an overlay to what it lies on.
const BENEATH: &str = "never old in-place beneath";

#[test]
#[ignore = "needs strace; run cargo xtask test"]
fn only_what_can_be_one_file_is_given_another_time() {
    for words in ["never old in-place", "never open", "never range", BENEATH] {
        let copy = undisturbed(words);
        copy.assert("Ok(ReadWrite)", "new");
        // Set, and set back.
        let expected = if words == BENEATH && fs() == Fs::Overlay { 2 } else { 0 };
        assert_eq!(copy.count(&["utimensat"]), expected, "{words}: {:#?}", copy.calls);
    }
}

/// Then it is not known, and the copy is made as where there is no such look.
#[test]
#[ignore = "needs strace; run cargo xtask test"]
fn who_may_not_look_copies() {
    for (call, number) in looks() {
        for errno in ["EPERM", "EACCES", "ENOSYS", "EOPNOTSUPP", "EINVAL"] {
            let copy = run(BENEATH, &[&format!("inject={call}:error={errno}:when={number}")]);
            copy.assert("Ok(ReadWrite)", "new");
        }
    }
}

#[test]
#[ignore = "needs strace; run cargo xtask test"]
fn a_look_that_fails_ends_the_copy() {
    for (call, number) in looks() {
        for errno in ["EIO", "ENOMEM", "EDQUOT"] {
            let copy = run(BENEATH, &[&format!("inject={call}:error={errno}:when={number}")]);
            copy.assert(&format!("Err({errno})"), "old");
        }
    }
}

/// The calls of the look, each with its number among those of its name: none but on an overlay.
fn looks() -> Vec<(&'static str, usize)> {
    let copy = undisturbed(BENEATH);
    let from = |call, words: &[&str], count| {
        let first = if copy.count(words) > 0 { copy.number(words) } else { 0 };
        assert_eq!(copy.count(words), if fs() == Fs::Overlay { count } else { 0 });
        (first..first + copy.count(words)).map(move |number| (call, number))
    };
    let times = from("statx", &["AT_STATX_FORCE_SYNC"], 3);
    times.chain(from("utimensat", &["utimensat"], 2)).collect()
}
