//! How many faults are injected: all, some, or on an emulated processor few.

use crate::subject::Subject;
use crate::trace::Call;

/// Whether every errno is injected.
pub(crate) fn everything() -> bool {
    std::env::var_os("REFLINK_TEST_FAULTS").is_some_and(|value| value == "all")
}

/// Whether the processor is slow.
fn is_emulated() -> bool {
    std::env::var_os("REFLINK_TEST_EMULATED").is_some()
}

/// The number of errnos that each call gets.
pub(crate) fn errnos_per_call() -> usize {
    match (everything(), is_emulated()) {
        (true, _) => usize::MAX,
        (false, true) => 1,
        (false, false) => 2,
    }
}

/// Whether another command makes the same calls to the filesystem. `Auto` clones like `Always`.
pub(crate) fn is_covered(subject: &Subject) -> bool {
    let has = |part: &str| subject.args.iter().any(|arg| arg.contains(part));
    let is_range = subject.args[0] == "range";
    let is_covered = has("--hard-links") || (if is_range { has("never") } else { has("auto") });
    is_emulated() && is_covered
}

/// Whether the call gets no faults: no filesystem can change what happens then.
pub(crate) fn is_left_out(call: &Call) -> bool {
    const NOT_OF_FILES: [&str; 11] = [
        "clock_gettime",
        "mmap",
        "munmap",
        "brk",
        "mremap",
        "write",
        "getrandom",
        "sigaltstack",
        "rt_sigprocmask",
        "rt_sigaction",
        "exit_group",
    ];
    is_emulated() && NOT_OF_FILES.contains(&call.name.as_str())
}
