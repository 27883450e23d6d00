//! A connection to a server that is being restored: calls that need it return EAGAIN.

use std::collections::BTreeMap;

use reflink::{Error, Method, Mode, Options, Outcome, Reason, Result};
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule,
};

use crate::common::*;

/// Makes copy_file_range on this thread fail with EAGAIN, and clones with `clone`.
fn refuse(clone: i32) {
    let clones = [reflink_sys::FICLONE, reflink_sys::FICLONERANGE].map(|request| {
        let (width, equal) = (SeccompCmpArgLen::Dword, SeccompCmpOp::Eq);
        let condition = SeccompCondition::new(1, width, equal, request.into()).unwrap();
        SeccompRule::new(vec![condition]).unwrap()
    });
    let calls = [
        (libc::SYS_ioctl, clones.to_vec(), clone),
        (libc::SYS_copy_file_range, Vec::new(), libc::EAGAIN),
    ];
    for (call, rules, errno) in calls {
        let filter = SeccompFilter::new(
            BTreeMap::from([(call, rules)]),
            SeccompAction::Allow,
            SeccompAction::Errno(errno.unsigned_abs()),
            std::env::consts::ARCH.try_into().unwrap(),
        );
        let program: BpfProgram = filter.unwrap().try_into().unwrap();
        seccompiler::apply_filter(&program).unwrap();
    }
}

/// Does `work` as if the connection was lost; a clone fails with `clone`.
fn without_connection<T: Send>(clone: i32, work: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| {
        let thread = scope.spawn(|| {
            refuse(clone);
            work()
        });
        thread.join().unwrap()
    })
}

/// Writes to an SMB server wait until it is back, so a copy by other means does not help.
#[track_caller]
fn check(mode: Mode, result: Result<Outcome>) {
    if on_smb() {
        let error = result.unwrap_err();
        assert!(matches!(error, Error::Io { reason: None, .. }), "{mode:?}: {error:?}");
        assert_eq!(error.raw_os_error(), Some(libc::EAGAIN), "{error:?}");
    } else if mode == Mode::Always {
        assert_eq!(result.unwrap_err().reason(), Some(&Reason::Busy));
    } else {
        assert_eq!(result.unwrap().method(), Method::ReadWrite);
    }
}

#[test]
#[ignore = "needs a server; run cargo xtask vm"]
fn a_lost_connection_to_smb_is_an_error_and_the_old_file_stands() {
    for mode in [Mode::Always, Mode::Auto] {
        let dir = dir();
        let [src, dst] = ["src", "dst"].map(|name| dir.path().join(name));
        drop((file(&src, &bytes(1, MIB)), file(&dst, &bytes(2, 1000))));
        let copied =
            without_connection(libc::EAGAIN, || Options::new().mode(mode).copy(&src, &dst));
        let expected = if copied.is_ok() { bytes(1, MIB) } else { bytes(2, 1000) };
        check(mode, copied);
        assert_same(&std::fs::read(&dst).unwrap(), &expected, "dst");
        assert_eq!(names(&dir), ["dst", "src"]);
    }
}

/// The connection can be lost after a clone that was refused.
#[test]
#[ignore = "needs a server; run cargo xtask vm"]
fn a_connection_to_smb_that_is_lost_after_a_clone_is_an_error() {
    let dir = dir();
    // Files with the same bytes, made at the same time, count as one.
    let [src, dst] = [("src", 1), ("dst", 2)]
        .map(|(name, seed)| file(&dir.path().join(name), &bytes(seed, 1000)));
    let copied = without_connection(libc::EOPNOTSUPP, || {
        reflink::partial(&src, 1..100, &dst, 3, Mode::Auto)
    });
    check(Mode::Auto, copied);
}
