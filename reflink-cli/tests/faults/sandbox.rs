//! seccomp filters: a sandbox refuses system calls before the kernel runs them.

use std::collections::BTreeMap;

use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule,
};

/// The refused calls and the errno.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Refuse {
    /// Files without a name, as on NFS: O_TMPFILE is EOPNOTSUPP.
    UnnamedFiles,
    /// FICLONE and FICLONERANGE.
    Clones(i32),
    /// copy_file_range.
    CopyFileRange(i32),
    /// All of these.
    Both(i32),
}

const FICLONE: u64 = 0x4004_9409;
const FICLONERANGE: u64 = 0x4020_940d;

/// Runs `work` on a thread with the filter, which also applies to all processes that it starts.
pub(crate) fn within<T: Send>(refuse: Refuse, work: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| {
        let thread = scope.spawn(|| {
            for filter in filters(refuse) {
                seccompiler::apply_filter(&filter).unwrap();
            }
            work()
        });
        thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

fn filters(refuse: Refuse) -> Vec<BpfProgram> {
    match refuse {
        Refuse::UnnamedFiles => {
            // O_TMPFILE has several bits, and O_DIRECTORY is one of them.
            let flag = libc::O_TMPFILE as u64;
            let flags = argument(2, SeccompCmpOp::MaskedEq(flag), flag);
            vec![filter(libc::SYS_openat, vec![flags], libc::EOPNOTSUPP)]
        }
        Refuse::Clones(errno) => {
            let requests = [FICLONE, FICLONERANGE];
            let requests = requests.map(|number| argument(1, SeccompCmpOp::Eq, number));
            vec![filter(libc::SYS_ioctl, requests.into(), errno)]
        }
        Refuse::CopyFileRange(errno) => {
            vec![filter(libc::SYS_copy_file_range, Vec::new(), errno)]
        }
        Refuse::Both(errno) => {
            [filters(Refuse::Clones(errno)), filters(Refuse::CopyFileRange(errno))].concat()
        }
    }
}

fn argument(index: u8, compare: SeccompCmpOp, value: u64) -> SeccompRule {
    let condition = SeccompCondition::new(index, SeccompCmpArgLen::Dword, compare, value);
    SeccompRule::new(vec![condition.unwrap()]).unwrap()
}

/// Without rules the call is refused with any arguments.
fn filter(call: i64, rules: Vec<SeccompRule>, errno: i32) -> BpfProgram {
    let filter = SeccompFilter::new(
        BTreeMap::from([(call, rules)]),
        SeccompAction::Allow,
        SeccompAction::Errno(errno.unsigned_abs()),
        std::env::consts::ARCH.try_into().unwrap(),
    );
    filter.unwrap().try_into().unwrap()
}
