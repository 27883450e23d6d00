//! Reasons that need another kernel or a sandbox: strace injects the errno.

use reflink::{Error, Evidence, Inconclusive, Mode, Options, Reason, Support, probe};

use crate::common::*;
use crate::dedupe::{assert_shared, one};
use crate::place::cloning_dir;

/// Runs the test under strace, which makes every ioctl fail in this way.
macro_rules! with_every_ioctl {
    ($fails:literal, $work:expr) => {
        in_child(
            "",
            &["strace", "-f", "-qq", "-o", "/dev/null", "-e", concat!("inject=ioctl:", $fails)],
            $work,
        )
    };
}

/// A clone is refused for this reason, and auto copies.
#[track_caller]
fn assert_refused(errno: i32, expected: Reason) {
    let dir = dir();
    let [src, dst] = ["src", "dst"].map(|name| dir.path().join(name));
    file(&src, &bytes(1, 100_000));
    let error = fails(dir.path(), || reflink::always(&src, &dst));
    let Error::NotReflinkable { reason, .. } = error else { panic!("{error:?}") };
    assert_eq!((reason, error.raw_os_error()), (expected, Some(errno)));
    assert!(error.hint().is_some());
    let done = Options::new().mode(Mode::Auto).copy(&src, &dst).unwrap();
    assert_eq!((done.cloned, done.fallback), (0, Some(expected)));
    assert_same_files(&dst, &src);
}

#[test]
#[ignore = "needs strace; run cargo xtask test"]
fn a_filter_that_forbids_the_call() {
    with_every_ioctl!("error=EPERM", || assert_refused(libc::EPERM, Reason::Filtered));
}

#[test]
#[ignore = "needs strace; run cargo xtask test"]
fn a_policy_that_forbids_the_call() {
    with_every_ioctl!("error=EACCES", || assert_refused(libc::EACCES, Reason::Filtered));
}

#[test]
#[ignore = "needs strace; run cargo xtask test"]
fn a_filter_that_plays_an_old_kernel() {
    with_every_ioctl!("error=ENOSYS", || assert_refused(libc::ENOSYS, Reason::Filtered));
}

#[test]
#[ignore = "needs strace; run cargo xtask test"]
fn a_kernel_without_the_call() {
    with_every_ioctl!("error=ENOTTY", || {
        assert_refused(libc::ENOTTY, Reason::NoCloneCall);
        let dir = dir();
        assert_eq!(probe(dir.path()).unwrap().support, Support::No(Reason::NoCloneCall));
    });
}

#[test]
#[ignore = "needs strace; run cargo xtask test"]
fn a_source_with_unwritten_data() {
    with_every_ioctl!("error=EAGAIN", || {
        assert_refused(libc::EAGAIN, Reason::Busy);
        // That does not show whether the place can clone.
        let dir = dir();
        let inconclusive = Inconclusive::Failed { errno: Some(libc::EAGAIN) };
        let found = probe(dir.path()).unwrap();
        assert_eq!(found.support, Support::Unknown(inconclusive));
        assert_eq!(found.evidence, Evidence::CloneFailed);
    });
}

#[test]
#[ignore = "needs strace; run cargo xtask test"]
fn a_refusal_without_any_known_cause() {
    with_every_ioctl!("error=EINVAL", || assert_refused(libc::EINVAL, Reason::Unknown));
}

#[test]
#[ignore = "needs strace; run cargo xtask test"]
fn a_dedupe_that_is_forbidden() {
    with_every_ioctl!("error=EPERM", || {
        let dir = dir();
        let data = bytes(1, 100_000);
        let [src, dst] = ["src", "dst"].map(|name| file(&dir.path().join(name), &data));
        let error = reflink::dedupe(&src, .., [(&dst, 0)]).unwrap_err();
        assert_eq!(error.reason(), Some(&Reason::Filtered), "{error:?}");
    });
}

#[test]
#[ignore = "needs strace; run cargo xtask test"]
fn a_kernel_without_dedupe() {
    with_every_ioctl!("error=ENOTTY", || {
        let dir = dir();
        let data = bytes(1, 100_000);
        let [src, dst] = ["src", "dst"].map(|name| file(&dir.path().join(name), &data));
        let error = reflink::dedupe(&src, .., [(&dst, 0)]).unwrap_err();
        assert_eq!(error.reason(), Some(&Reason::NoCloneCall), "{error:?}");
    });
}

#[test]
#[ignore = "needs strace; run cargo xtask test"]
fn a_dedupe_that_is_interrupted_is_repeated() {
    // The first call asks for the block size.
    with_every_ioctl!("error=EINTR:when=1..2", || {
        let dir = cloning_dir();
        let data = bytes(1, 64 * KIB);
        let [src, dst] = ["src", "dst"].map(|name| file(&dir.path().join(name), &data));
        assert_shared(&one(reflink::dedupe(&src, .., [(&dst, 0)])), 64 * KIB);
    });
}
