//! A large file that shares nothing goes through a pipe: when there is one, and what happens if a call fails.

use crate::common::*;
use crate::run::{run, undisturbed};

#[test]
#[ignore = "needs strace; run cargo xtask test"]
fn only_a_large_file_that_is_not_cloned_goes_through_a_pipe() {
    let pipes = |words: &str| undisturbed(words).count(&["pipe2"]);
    assert_eq!(pipes("never large"), usize::from(fs().has_pipes()));
    for words in ["never", "auto", "always large", "never sparse"] {
        assert_eq!(pipes(words), 0, "{words}");
    }
    undisturbed("never large").assert("Ok(ReadWrite)", "new");
    if !fs().clones() {
        assert_eq!(pipes("auto large"), usize::from(fs().has_pipes()));
        let method = if fs().has_pipes() { "Ok(ReadWrite)" } else { "Ok(CopyFileRange)" };
        undisturbed("auto large").assert(method, "new");
    }
    if fs().has_pipes() {
        let copy = undisturbed("never large");
        // 4 MiB and a byte by 256 KiB, in and out.
        assert_eq!(copy.count(&["splice"]), 2 * 17, "{:#?}", copy.calls);
        let others = copy.count(&["pread64"]) + copy.count(&["pwrite64"]);
        assert_eq!(others, 0, "{:#?}", copy.calls);
    }
}

#[test]
#[ignore = "needs strace; run cargo xtask test"]
fn without_a_pipe_or_splice_other_calls_copy_everything() {
    for fault in [
        "inject=pipe2:error=EMFILE",
        "inject=pipe2:error=ENFILE",
        "inject=fcntl:error=EPERM",
        "inject=splice:error=ENOSYS",
        // In the middle: of the source's bytes, and with bytes in the pipe.
        "inject=splice:error=EINVAL:when=5",
        "inject=splice:error=EINVAL:when=6",
        "inject=splice:retval=0:when=5",
    ] {
        let copy = run("never large", &[fault]);
        copy.assert("Ok(ReadWrite)", "new");
    }
}

#[test]
#[ignore = "needs strace; run cargo xtask test"]
fn a_pipe_that_cannot_be_had_is_asked_for_once() {
    needs!(Pipes, VisibleHoles);
    let copy = run("never large sparse", &["inject=pipe2:error=EMFILE"]);
    copy.assert("Ok(ReadWrite)", "new");
    assert_eq!(copy.count(&["pipe2"]), 1, "{:#?}", copy.calls);
    assert_eq!(undisturbed("never large sparse").count(&["pipe2"]), 1);
}

#[test]
#[ignore = "needs strace; run cargo xtask test"]
fn an_error_of_splice_is_an_error_of_the_copy() {
    needs!(Pipes);
    for (words, destination) in [("never large", "none"), ("never large old", "old")] {
        for (when, errno) in [(5, "EIO"), (6, "EIO"), (6, "ENOSPC"), (6, "EDQUOT")] {
            let copy = run(words, &[&format!("inject=splice:error={errno}:when={when}")]);
            copy.assert(&format!("Err({errno})"), destination);
        }
    }
}

#[test]
#[ignore = "needs strace; run cargo xtask test"]
fn an_interrupted_splice_is_repeated() {
    for when in [1, 2, 5, 6] {
        let fault = format!("inject=splice:error=EINTR:when={when}");
        run("never large", &[&fault]).assert("Ok(ReadWrite)", "new");
    }
}
