//! Descriptors that were opened with O_DIRECT, which transfer only whole blocks from aligned
//! memory.

use std::fs::File;
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::Path;

use reflink::{Mode, Reason, Side};
use rustix::fs::{FlockOperation, fcntl_lock};

use crate::common::*;

fn open(path: &Path, direct: bool, options: &mut std::fs::OpenOptions) -> File {
    options.custom_flags(if direct { libc::O_DIRECT } else { 0 }).open(path).unwrap()
}

/// Source, destination, or both.
const WHICH: [[bool; 2]; 3] = [[true, false], [false, true], [true, true]];

fn pair(dir: &Path, len: u64, old: u64, [src, dst]: [bool; 2]) -> [File; 2] {
    let [from, to] = ["src", "dst"].map(|name| dir.join(name));
    for path in [&from, &to] {
        std::fs::remove_file(path).ok();
    }
    let made = file(&from, &bytes(1, len));
    made.sync_all().unwrap();
    file(&to, &bytes(2, old));
    // The destination cannot be read.
    [open(&from, src, File::options().read(true)), open(&to, dst, File::options().write(true))]
}

#[test]
#[ignore = "needs a filesystem under test; run cargo xtask test"]
fn whole_files() {
    let dir = dir();
    for which in WHICH {
        for (len, old) in
            [(0, 5000), (1, 0), (8192, 8192), (300_001, 0), (300_001, 500_000), (5000, 9000)]
        {
            for mode in COPYING {
                let [src, dst] = pair(dir.path(), len, old, which);
                let done = reflink::reflink(&src, &dst, mode);
                let done =
                    done.unwrap_or_else(|error| panic!("{which:?} {len} {mode:?}: {error:?}"));
                assert_accounts(&done, mode, len);
                assert_same_files(&dir.path().join("dst"), &dir.path().join("src"));
            }
        }
    }
}

#[test]
#[ignore = "needs a filesystem under test; run cargo xtask test"]
fn ranges() {
    let dir = dir();
    for which in WHICH {
        for (start, len, offset) in [
            (0, 8192, 4096),
            (0, 300_001, 0),
            (4096, 100_000, 8192),
            (5, 50_000, 3),
            (7, 9, 500_000),
        ] {
            for mode in COPYING {
                let [src, dst] = pair(dir.path(), 300_001, 200_000, which);
                let mut expected = bytes(2, 200_000);
                let end = (offset + len) as usize;
                expected.resize(end.max(expected.len()), 0);
                expected[offset as usize..end]
                    .copy_from_slice(&bytes(1, 300_001)[start as usize..][..len as usize]);
                let done = reflink::partial(&src, start..start + len, &dst, offset, mode);
                let done =
                    done.unwrap_or_else(|error| panic!("{which:?} {start} {mode:?}: {error:?}"));
                assert_accounts(&done, mode, len);
                assert_same(&std::fs::read(dir.path().join("dst")).unwrap(), &expected, "dst");
            }
        }
    }
}

/// It cannot be reopened without the flag, because closing the second descriptor would release the
/// lock.
#[cfg(not(reflink_as = "new-names"))]
#[test]
#[ignore = "needs a filesystem under test; run cargo xtask test"]
fn a_locked_file_is_refused_before_anything_changes() {
    let dir = dir();
    for (which, side) in [([true, false], Side::Source), ([false, true], Side::Destination)] {
        for mode in COPYING {
            let [src, dst] = pair(dir.path(), 300_001, 500_000, which);
            let name = if side == Side::Source { "src" } else { "dst" };
            let locked = File::options().write(true).open(dir.path().join(name)).unwrap();
            // Reading the files, before and after, releases it.
            let lock = || fcntl_lock(&locked, FlockOperation::NonBlockingLockExclusive).unwrap();
            let refused = |copy: &dyn Fn() -> reflink::Result<reflink::Outcome>| {
                let error = fails(dir.path(), || {
                    lock();
                    copy()
                });
                assert_eq!(error.raw_os_error(), Some(libc::EINVAL), "{mode:?}: {error:?}");
                assert_eq!(error.reason(), Some(&Reason::OpenedDirect { side }), "{error:?}");
                assert!(error.hint().unwrap().contains("O_DIRECT"), "{error:?}");
            };
            // Whole blocks are shared without reading and writing; the ragged ends are not.
            refused(&|| reflink::partial(&src, 5..100_000, &dst, 5, mode));
            refused(&|| reflink::partial(&src, 5..100_000, &dst, 6, mode));
            lock();
            if mode == Mode::Auto && fs().clones() {
                reflink::partial(&src, 0..8192, &dst, 4096, mode).unwrap();
                reflink::reflink(&src, &dst, mode).unwrap();
                assert_same_files(&dir.path().join("dst"), &dir.path().join("src"));
            } else {
                refused(&|| reflink::partial(&src, 0..8192, &dst, 4096, mode));
                refused(&|| reflink::reflink(&src, &dst, mode));
            }
        }
    }
}

#[cfg(not(reflink_as = "new-names"))]
#[test]
#[ignore = "needs a filesystem under test; run cargo xtask test"]
fn always_clones_and_needs_no_other_descriptor() {
    let dir = dir();
    for which in WHICH {
        let [src, dst] = pair(dir.path(), 300_001, 500_000, which);
        if fs().clones() {
            reflink::reflink(&src, &dst, Mode::Always).unwrap();
            assert!(shares_everything(&dir.path().join("src"), &dir.path().join("dst")));
        } else {
            let error = fails(dir.path(), || reflink::reflink(&src, &dst, Mode::Always));
            assert!(clones_nothing(Mode::Always, &error), "{error:?}");
        }
    }
}

/// Ragged ends are compared by reading.
#[test]
#[ignore = "needs a filesystem under test; run cargo xtask test"]
fn dedupe_compares_odd_ends() {
    let dir = dir();
    let [from, to] = ["src", "dst"].map(|name| dir.path().join(name));
    file(&from, &bytes(1, 100_001)).sync_all().unwrap();
    let other = file(&to, &bytes(1, 100_002));
    for which in WHICH {
        let [src, dst] = [(&from, which[0]), (&to, which[1])]
            .map(|(path, direct)| open(path, direct, File::options().read(true).write(true)));
        let end = reflink::dedupe(&src, .., [(&dst, 0)]).map(|mut ends| ends.remove(0));
        if !fs().clones() {
            let (Ok(reflink::Deduped::Failed { error, .. }) | Err(error)) = end else {
                panic!("{end:?}")
            };
            assert_eq!(error.raw_os_error(), Some(libc::EOPNOTSUPP), "{error:?}");
            continue;
        }
        let Ok(reflink::Deduped::Shared { bytes: shared, .. }) = end else { panic!("{end:?}") };
        assert_eq!(shared, 98_304);
        other.write_all_at(b"x", 99_000).unwrap();
        let end = reflink::dedupe(&src, .., [(&dst, 0)]).unwrap().remove(0);
        let reflink::Deduped::Differs { at, .. } = end else { panic!("{end:?}") };
        assert_eq!(at, Some(99_000));
        other.write_all_at(&bytes(1, 100_002)[99_000..99_001], 99_000).unwrap();
    }
}

/// Only reading shows whether a file of length 0 is empty.
#[test]
#[ignore = "needs a filesystem under test; run cargo xtask test"]
fn all_of_an_empty_file() {
    let dir = dir();
    for mode in ALL_MODES {
        let [src, dst] = pair(dir.path(), 0, 5000, [true, true]);
        let done = reflink::partial(&src, .., &dst, 0, mode).unwrap();
        assert_eq!(done.total(), 0, "{mode:?}");
        assert_same(&std::fs::read(dir.path().join("dst")).unwrap(), &bytes(2, 5000), "kept");
    }
}
