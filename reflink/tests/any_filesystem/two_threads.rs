//! Files so large that two threads copy them, where that pays: the same promises as for one thread.

use std::ops::ControlFlow::{Break, Continue};
use std::panic::{AssertUnwindSafe, catch_unwind};

use reflink::{Error, Mode, Options, Overwrite, Progress};

use crate::common::*;

/// One thread copies the first 16 MiB, and two the next 16 MiB.
const LEN: u64 = 50 * MIB + 4099;
/// Within what two threads copy.
const MIDDLE: u64 = 20 * MIB;

#[test]
fn any_number_of_threads_copies_the_same_bytes() {
    let dir = dir();
    let [src, dst] = ["src", "dst"].map(|name| dir.path().join(name));
    let from = file(&src, &bytes(1, LEN));
    for mode in COPYING {
        for threads in [0, 1, 2, 100] {
            for overwrite in [Overwrite::Replace, Overwrite::InPlace] {
                let options = Options::new().mode(mode).threads(threads).overwrite(overwrite);
                let done = options.copy(&src, &dst).unwrap();
                assert_accounts(&done, mode, LEN);
                assert_same_files(&dst, &src);
            }
        }
        // Off the blocks, and into the middle of other bytes.
        let old = bytes(2, 60 * MIB);
        let into = file(&dir.path().join(format!("{mode:?}")), &old);
        let done = Options::new().mode(mode).partial(&from, 3..LEN - 5, &into, 1001).unwrap();
        assert_accounts(&done, mode, LEN - 8);
        let mut expected = old;
        expected[1001..][..LEN as usize - 8].copy_from_slice(&bytes(1, LEN)[3..LEN as usize - 5]);
        assert_same(&content(&into), &expected, "dst");
    }
}

#[test]
fn holes_around_much_data_stay_holes() {
    let dir = dir();
    let [src, dst] = ["src", "dst"].map(|name| dir.path().join(name));
    sparse_file(
        &src,
        200 * MIB,
        &[(10 * MIB, 40 * MIB), (100 * MIB, 4096), (150 * MIB, LEN - MIB)],
    );
    for mode in COPYING {
        copy(mode, &src, &dst);
        assert_same_files(&dst, &src);
        assert!(allocated(&dst) <= allocated(&src) + MIB, "{mode:?}");
    }
}

#[test]
fn a_source_that_shrinks_before_two_threads_is_an_error() {
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
fn progress_is_told_in_the_thread_of_the_caller_and_can_stop_two_threads() {
    let dir = dir();
    let [src, dst] = ["src", "dst"].map(|name| dir.path().join(name));
    file(&src, &bytes(1, LEN));
    let caller = std::thread::current().id();
    for stop_at in [MIDDLE, LEN + 1] {
        let mut last = 0;
        let result = Options::new()
            .mode(Mode::Never)
            .on_progress(|progress| {
                assert_eq!(std::thread::current().id(), caller);
                assert!((last..=LEN).contains(&progress.done), "{progress:?} after {last}");
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
        // The other thread completes what it has taken.
        let Error::Cancelled { done, .. } = error else { panic!("{error:?}") };
        assert!((last..=last + (256 << 10)).contains(&done), "{done} after {last}");
        assert!(last <= 32 * MIB, "{last}");
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
fn a_callback_that_panics_stops_both_threads() {
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
