//! Looking whether two numbers are one file: when that is done, and what happens when it fails.

use crate::common::*;
use crate::run::{Run, run, undisturbed};

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
    for look in looks().iter().filter(|look| !look.is_marked) {
        for errno in ["EPERM", "EACCES", "ENOSYS", "EOPNOTSUPP", "EINVAL"] {
            look.fails(errno).assert("Ok(ReadWrite)", "new");
        }
    }
}

#[test]
#[ignore = "needs strace; run cargo xtask test"]
fn a_look_that_fails_ends_the_copy() {
    for look in looks() {
        let refusals: &[&str] = if look.is_marked { &["EPERM", "EINVAL"] } else { &[] };
        for errno in ["EIO", "ENOMEM", "EDQUOT"].iter().chain(refusals) {
            look.fails(errno).assert(&format!("Err({errno})"), "old");
        }
    }
}

/// A call of the look.
struct Look {
    call: &'static str,
    /// Which of its name it is.
    number: usize,
    /// Whether the file has another time by then.
    is_marked: bool,
}

impl Look {
    fn fails(&self, errno: &str) -> Run {
        let Self { call, number, .. } = self;
        run(BENEATH, &[&format!("inject={call}:error={errno}:when={number}")])
    }
}

/// The calls of the look: none but on an overlay.
fn looks() -> Vec<Look> {
    let copy = undisturbed(BENEATH);
    let mut looks = Vec::new();
    for (call, word, count) in [("statx", "AT_STATX_FORCE_SYNC", 3), ("utimensat", "(", 2)] {
        let words = [call, word];
        assert_eq!(copy.count(&words), if fs() == Fs::Overlay { count } else { 0 });
        // In both, the last one comes after the time was set.
        looks.extend((0..copy.count(&words)).map(|place| Look {
            call,
            number: copy.number(&words) + place,
            is_marked: place == count - 1,
        }));
    }
    looks
}
