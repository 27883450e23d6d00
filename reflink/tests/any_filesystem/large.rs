//! Data so large that it goes through a pipe where nothing can be shared: the same promises as for small files.

use std::ops::ControlFlow::{Break, Continue};
use std::panic::{AssertUnwindSafe, catch_unwind};

use reflink::{Error, Mode, Options, Overwrite, Progress};

use crate::common::*;

const LEN: u64 = 5 * MIB + 4099;
const MIDDLE: u64 = 2 * MIB;

#[test]
fn large_data_is_copied_whole_and_in_ranges_off_the_blocks() {
    let dir = dir();
    let [src, dst] = ["src", "dst"].map(|name| dir.path().join(name));
    let from = file(&src, &bytes(1, LEN));
    for mode in COPYING {
        for overwrite in [Overwrite::Replace, Overwrite::InPlace] {
            let done = Options::new().mode(mode).overwrite(overwrite).copy(&src, &dst).unwrap();
            assert_accounts(&done, mode, LEN);
            assert_same_files(&dst, &src);
        }
        let old = bytes(2, 6 * MIB);
        for (begin, at) in [(3, 1001), (4095, 1), (4096, 4095), (1, MIB)] {
            let into = file(&dir.path().join(format!("{mode:?}-{begin}-{at}")), &old);
            let range = begin..LEN - 5;
            let done = Options::new().mode(mode).partial(&from, range.clone(), &into, at).unwrap();
            let len = range.end - range.start;
            assert_accounts(&done, mode, len);
            let mut expected = old.clone();
            expected.resize(expected.len().max((at + len) as usize), 0);
            expected[at as usize..][..len as usize]
                .copy_from_slice(&bytes(1, LEN)[begin as usize..][..len as usize]);
            assert_same(&content(&into), &expected, "dst");
        }
    }
}

#[test]
fn holes_around_much_data_stay_holes() {
    let dir = dir();
    let [src, dst] = ["src", "dst"].map(|name| dir.path().join(name));
    sparse_file(&src, 20 * MIB, &[(MIB, 4 * MIB), (10 * MIB, 4096), (15 * MIB, 4 * MIB + 7)]);
    for mode in COPYING {
        copy(mode, &src, &dst);
        assert_same_files(&dst, &src);
        assert!(allocated(&dst) <= allocated(&src) + MIB, "{mode:?}");
    }
}

#[test]
fn a_source_that_shrinks_meanwhile_is_an_error() {
    for left in [0, MIDDLE - 1, MIDDLE + MIB + 7, LEN - 1] {
        let dir = dir();
        let [src, dst] = ["src", "dst"].map(|name| dir.path().join(name));
        let from = file(&src, &bytes(1, LEN));
        file(&dst, b"old");
        let cut = |progress: Progress| {
            if progress.done >= MIDDLE {
                from.set_len(left).unwrap();
            }
            Continue(())
        };
        let error = Options::new().mode(Mode::Never).on_progress(cut).copy(&src, &dst).unwrap_err();
        let Error::SourceShrank { expected, found, .. } = &error else { panic!("{error:?}") };
        assert_eq!((*expected, *found), (LEN, left), "{error:?}");
        assert_eq!(std::fs::read(&dst).unwrap(), b"old");
        assert_eq!(names(&dir), ["dst", "src"]);
    }
}

#[test]
fn progress_comes_in_short_steps_and_can_stop_a_large_copy() {
    let dir = dir();
    let [src, dst] = ["src", "dst"].map(|name| dir.path().join(name));
    file(&src, &bytes(1, LEN));
    for stop_at in [MIDDLE, LEN + 1] {
        let mut last = 0;
        let result = Options::new()
            .mode(Mode::Never)
            .on_progress(|progress| {
                assert!(
                    progress.done <= LEN && progress.done - last <= 256 << 10,
                    "{progress:?} after {last}"
                );
                last = progress.done;
                if last >= stop_at { Break(()) } else { Continue(()) }
            })
            .copy(&src, &dst);
        if stop_at > LEN {
            assert_eq!((result.unwrap().copied, last), (LEN, LEN));
            assert_same_files(&dst, &src);
            continue;
        }
        let error = result.unwrap_err();
        let Error::Cancelled { done, .. } = error else { panic!("{error:?}") };
        assert_eq!(done, last);
        assert_eq!(names(&dir), ["src"]);
    }
}

#[test]
fn an_incomplete_copy_in_place_is_reported_with_how_far_it_came() {
    let dir = dir();
    let [src, dst] = ["src", "dst"].map(|name| dir.path().join(name));
    file(&src, &bytes(1, LEN));
    file(&dst, &vec![0; LEN as usize]);
    let stop = |progress: Progress| if progress.done >= MIDDLE { Break(()) } else { Continue(()) };
    let options = Options::new().mode(Mode::Never).overwrite(Overwrite::InPlace).on_progress(stop);
    let error = options.copy(&src, &dst).unwrap_err();
    let changed = error.changed().unwrap();
    assert!((MIDDLE..LEN).contains(&changed.done), "{changed:?}");
    assert_eq!(changed.total, LEN);
    let mut expected = bytes(1, LEN);
    expected[changed.done as usize..].fill(0);
    assert_same(&std::fs::read(&dst).unwrap(), &expected, "dst");
}

#[test]
fn a_callback_that_panics_stops_a_large_copy() {
    let dir = dir();
    let [src, dst] = ["src", "dst"].map(|name| dir.path().join(name));
    file(&src, &bytes(1, LEN));
    let options = Options::new().mode(Mode::Never).on_progress(|progress| {
        assert!(progress.done < MIDDLE, "enough");
        Continue(())
    });
    assert!(catch_unwind(AssertUnwindSafe(|| options.copy(&src, &dst))).is_err());
    assert!(!dst.exists());
}
