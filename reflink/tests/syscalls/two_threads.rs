//! A second thread: when it is started, and what happens if it cannot be or if a call fails in it.

use crate::common::*;
use crate::run::{run, undisturbed};

/// One thread copies where a file may have several layers, and on one processor.
fn has_two_threads() -> bool {
    fs() != Fs::Overlay && std::thread::available_parallelism().unwrap().get() > 1
}

#[test]
#[ignore = "needs strace; run cargo xtask test"]
fn only_a_large_file_that_is_not_cloned_has_a_second_thread() {
    let clones = |words: &str| undisturbed(words).count(&["clone"]);
    assert_eq!(clones("never large") > 0, has_two_threads());
    for words in ["never", "auto", "always large", "never large one-thread", "never large sparse"] {
        assert_eq!(clones(words), 0, "{words}");
    }
    undisturbed("never large").assert("Ok(ReadWrite)", "new");
    undisturbed("never large one-thread").assert("Ok(ReadWrite)", "new");
    if !fs().clones() {
        assert_eq!(clones("auto large") > 0, has_two_threads());
        assert_eq!(clones("auto large one-thread"), 0);
        undisturbed("auto large one-thread").assert("Ok(CopyFileRange)", "new");
    }
}

#[test]
#[ignore = "needs strace; run cargo xtask test"]
fn without_a_thread_one_copies_everything() {
    // Rust's test harness then runs the test in its only thread.
    for fault in ["inject=clone3:error=EAGAIN", "inject=clone3:error=ENOMEM"] {
        let copy = run("never large", &[fault]);
        copy.assert("Ok(ReadWrite)", "new");
        assert_eq!(copy.count(&["clone3"]), usize::from(has_two_threads()), "{:#?}", copy.calls);
    }
}

/// strace counts the calls of each thread: the second one is in its sixth read early, and the first
/// one in its 70th write when it has copied 16 MiB alone.
#[test]
#[ignore = "needs strace; run cargo xtask test"]
fn an_error_in_either_thread_is_an_error_of_the_copy() {
    for (words, destination) in [("never large", "none"), ("never large old", "old")] {
        for (fault, errno) in [
            ("inject=pread64:error=EIO:when=6", "EIO"),
            ("inject=pwrite64:error=EIO:when=70", "EIO"),
            ("inject=pwrite64:error=ENOSPC:when=70", "ENOSPC"),
        ] {
            if fault.contains("pread64") && !has_two_threads() {
                continue;
            }
            // A second thread that began so late that it made fewer calls does not count.
            let failed =
                (0..20).map(|_| run(words, &[fault])).find(|copy| copy.result != "Ok(ReadWrite)");
            let copy = failed.unwrap_or_else(|| panic!("never {fault}"));
            copy.assert(&format!("Err({errno})"), destination);
        }
    }
}

#[test]
#[ignore = "needs strace; run cargo xtask test"]
fn an_interrupted_call_in_either_thread_is_repeated() {
    for fault in ["inject=pread64:error=EINTR:when=6", "inject=pwrite64:error=EINTR:when=70"] {
        run("never large", &[fault]).assert("Ok(ReadWrite)", "new");
    }
}
