//! RLIMIT_FSIZE, in a process of its own: a shell makes a source that is larger than the limit,
//! ignores the signal, and sets the limit.

use std::fs::File;
use std::path::{Path, PathBuf};

use reflink::{Error, Mode, Options, Overwrite, Reason};

use crate::common::*;

/// The unit is 512 bytes. No other test may see the source before it is complete.
const SETUP: &str = "large=$REFLINK_TEST_DIR/large; test -e $large || \
    { head -c 2000001 /dev/urandom >$large.$$; mv $large.$$ $large; }; \
    trap '' XFSZ; ulimit -f 1024";
const LIMIT: u64 = 1024 * 512;

fn large() -> PathBuf {
    Path::new(&std::env::var_os("REFLINK_TEST_DIR").unwrap()).join("large")
}

#[track_caller]
fn assert_too_large(mode: Mode, error: &Error) {
    if !clones_nothing(mode, error) {
        assert!(matches!(error, Error::Io { .. }), "{mode:?}: {error:?}");
        let errno = error.raw_os_error();
        assert!(matches!(errno, Some(libc::EFBIG | libc::EINVAL)), "{mode:?}: {error:?}");
        assert_eq!(error.reason(), Some(&Reason::SizeLimit { limit: LIMIT }), "{mode:?}");
        assert!(error.hint().unwrap().contains("ulimit"), "{error:?}");
    }
}

#[test]
#[ignore = "needs a filesystem under test; run cargo xtask test"]
fn a_path_copy_beyond_the_limit_leaves_nothing() {
    in_child(SETUP, &[], || {
        let dir = dir();
        let dst = dir.path().join("dst");
        for old in [false, true] {
            if old {
                file(&dst, &bytes(2, 1000));
            }
            for mode in ALL_MODES {
                let error = fails(dir.path(), || Options::new().mode(mode).copy(large(), &dst));
                assert_too_large(mode, &error);
            }
        }
    });
}

#[test]
#[ignore = "needs a filesystem under test; run cargo xtask test"]
fn an_open_file_beyond_the_limit_stays_as_it_was() {
    in_child(SETUP, &[], || {
        let dir = dir();
        let dst = dir.path().join("dst");
        let (from, to) = (File::open(large()).unwrap(), file(&dst, &bytes(2, 1000)));
        for mode in ALL_MODES {
            let before = snapshot(dir.path());
            let attempts: [&dyn Fn() -> reflink::Result<reflink::Outcome>; 6] = [
                &|| reflink::reflink(&from, &to, mode),
                &|| reflink::partial(&from, .., &to, 0, mode),
                &|| reflink::partial(&from, 0..LIMIT + 4096, &to, 0, mode),
                &|| reflink::partial(&from, 0..4096, &to, LIMIT, mode),
                &|| reflink::partial(&from, 0..8192, &to, LIMIT - 4096, mode),
                &|| Options::new().mode(mode).overwrite(Overwrite::InPlace).copy(large(), &dst),
            ];
            for attempt in attempts {
                let error = attempt().expect_err("it would be too large");
                assert_too_large(mode, &error);
                assert_eq!(snapshot(dir.path()), before, "{mode:?}: {error}");
                assert_eq!(error.changed(), None, "{error:?}");
            }
        }
    });
}

#[test]
#[ignore = "needs a filesystem under test; run cargo xtask test"]
fn a_copy_within_the_limit_succeeds() {
    in_child(SETUP, &[], || {
        let dir = dir();
        let [src, dst] = ["src", "dst"].map(|name| dir.path().join(name));
        for size in [LIMIT - 1, LIMIT] {
            std::fs::remove_file(&src).ok();
            file(&src, &bytes(1, size));
            for mode in COPYING {
                for overwrite in [Overwrite::Replace, Overwrite::InPlace] {
                    let done = Options::new().mode(mode).overwrite(overwrite).copy(&src, &dst);
                    assert_accounts(&done.unwrap(), mode, size);
                    assert_same_files(&dst, &src);
                }
            }
        }
        // Up to the limit, from a longer file.
        let (from, to) = (File::open(large()).unwrap(), File::create(&dst).unwrap());
        for mode in COPYING {
            reflink::partial(&from, MIB..MIB + LIMIT, &to, 0, mode).unwrap();
        }
    });
}

/// Its length is unknown beforehand: one write goes up to the limit, and the next one is refused.
#[test]
#[ignore = "needs a filesystem under test; run cargo xtask test"]
fn a_generated_file_beyond_the_limit_is_not_cut_off() {
    in_child("trap '' XFSZ; ulimit -f 1", &[], || {
        let dir = dir();
        let src = Path::new("/proc/self/status");
        assert!(std::fs::read(src).unwrap().len() > 512);
        for mode in COPYING {
            let dst = dir.path().join("dst");
            let error = fails(dir.path(), || Options::new().mode(mode).copy(src, &dst));
            assert_eq!(error.raw_os_error(), Some(libc::EFBIG), "{mode:?}: {error:?}");
            assert_eq!(error.reason(), Some(&Reason::SizeLimit { limit: 512 }), "{mode:?}");
        }
    });
}
