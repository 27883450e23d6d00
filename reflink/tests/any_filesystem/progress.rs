//! Watching a copy, and stopping it.

use std::io;
use std::ops::ControlFlow::{self, Break, Continue};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use reflink::{Error, Mode, Options, Overwrite, Progress};

use crate::common::*;

/// A callback that records its calls, and stops the work at the call with this number.
fn watcher(
    stop_at: usize,
) -> (Arc<Mutex<Vec<Progress>>>, impl FnMut(Progress) -> ControlFlow<()> + Send) {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&seen);
    let callback = move |progress| {
        let mut seen = seen.lock().unwrap();
        seen.push(progress);
        if seen.len() == stop_at { Break(()) } else { Continue(()) }
    };
    (log, callback)
}

#[track_caller]
fn assert_complete(log: &Mutex<Vec<Progress>>, total: u64) {
    let log = log.lock().unwrap();
    assert!(!log.is_empty());
    assert!(log.iter().all(|progress| progress.total == total), "{log:?}");
    assert!(log.is_sorted_by_key(|progress| progress.done), "{log:?}");
    assert_eq!(log.last().unwrap().done, total, "{log:?}");
}

#[test]
fn progress_grows_to_the_total() {
    let dir = dir();
    let src = dir.path().join("src");
    let len = 40 * MIB + 5;
    let from = sparse_file(&src, len, &[(0, 3 * MIB), (9 * MIB + 1, 5 * MIB), (len - 7, 7)]);
    for mode in COPYING {
        let dst = dir.path().join(format!("{mode:?}"));
        let (log, callback) = watcher(usize::MAX);
        let done = Options::new().mode(mode).on_progress(callback).copy(&src, &dst).unwrap();
        assert_accounts(&done, mode, len);
        assert_complete(&log, len);
        assert_same_files(&dst, &src);

        let (log, callback) = watcher(usize::MAX);
        let into = file(&dir.path().join(format!("open {mode:?}")), &bytes(1, 50 * MIB));
        let options = Options::new().mode(mode).on_progress(callback);
        options.reflink(&from, &into).unwrap();
        assert_complete(&log, len);
        log.lock().unwrap().clear();
        let done = options.partial(&from, 1..10_000_000, &into, 5).unwrap();
        assert_accounts(&done, mode, 9_999_999);
        assert_complete(&log, 9_999_999);
    }
}

#[test]
fn progress_of_a_long_copy_is_reported_often() {
    let dir = dir();
    let (src, dst) = (dir.path().join("src"), dir.path().join("dst"));
    file(&src, &bytes(1, 64 * MIB));
    let (log, callback) = watcher(usize::MAX);
    Options::new().mode(Mode::Never).on_progress(callback).copy(&src, &dst).unwrap();
    assert_complete(&log, 64 * MIB);
    assert!(log.lock().unwrap().len() >= 4, "{log:?}");
}

#[test]
fn the_first_call_comes_after_the_first_step() {
    let dir = dir();
    let [src, dst, empty] = ["src", "dst", "empty"].map(|name| dir.path().join(name));
    file(&src, &bytes(1, MIB));
    file(&empty, b"");
    let (log, callback) = watcher(usize::MAX);
    let options = Options::new().mode(Mode::Never).on_progress(callback);
    options.copy(&src, &dst).unwrap();
    let done: Vec<_> = log.lock().unwrap().drain(..).map(|progress| progress.done).collect();
    assert_eq!(done, [1, 2, 3, 4].map(|step| step * 256 * KIB));
    options.copy(&empty, &dst).unwrap();
    assert_eq!(*log.lock().unwrap(), []);
}

#[test]
fn a_stopped_copy_leaves_nothing() {
    let dir = dir();
    let [src, old, new] = ["src", "old", "new"].map(|name| dir.path().join(name));
    file(&src, &bytes(1, 20 * MIB));
    file(&old, b"old");
    for mode in ALL_MODES {
        for overwrite in [Overwrite::Replace, Overwrite::Never] {
            for dst in [&old, &new] {
                if (overwrite, dst) == (Overwrite::Never, &old) {
                    continue;
                }
                let (log, callback) = watcher(1);
                let error = fails(dir.path(), || {
                    let mut options = Options::new().mode(mode).overwrite(overwrite);
                    options = options.on_progress(callback);
                    options.copy(&src, dst)
                });
                let log = log.lock().unwrap();
                if let (Mode::Always, Error::NotReflinkable { .. }) = (mode, &error) {
                    assert!(log.is_empty(), "{log:?}");
                    continue;
                }
                let Error::Cancelled { done, total, .. } = error else { panic!("{error:?}") };
                assert_eq!((log.len(), log[0].done, total), (1, done, 20 * MIB));
            }
        }
    }
}

#[test]
fn a_copy_can_be_stopped_late() {
    let dir = dir();
    let (src, dst) = (dir.path().join("src"), dir.path().join("dst"));
    file(&src, &bytes(1, 64 * MIB));
    let (log, callback) = watcher(3);
    let error = fails(dir.path(), || {
        Options::new().mode(Mode::Never).on_progress(callback).copy(&src, &dst)
    });
    let log = log.lock().unwrap();
    assert_eq!(log.len(), 3);
    assert!(matches!(error, Error::Cancelled { done, .. } if done == log[2].done), "{error:?}");
    let done = reflink::display::Size(log[2].done);
    let expected =
        format!("cancelled after {done} of 64.0 MiB: '{}' was not changed", dst.display());
    assert_eq!(error.to_string(), expected);
    assert_eq!(error.changed(), None);
}

#[test]
fn a_stopped_copy_is_no_interrupted_call() {
    let dir = dir();
    let (src, dst) = (dir.path().join("src"), dir.path().join("dst"));
    file(&src, &bytes(1, 100_000));
    let error = fails(dir.path(), || Options::new().on_progress(|_| Break(())).copy(&src, &dst));
    assert_eq!((error.raw_os_error(), error.path()), (None, Some(dst.as_path())));
    let error = io::Error::from(error);
    assert_eq!(error.kind(), io::ErrorKind::Other);
    assert!(matches!(error.downcast::<Error>(), Ok(Error::Cancelled { .. })));
}

#[test]
fn the_callback_can_borrow() {
    let dir = dir();
    let (src, dst) = (dir.path().join("src"), dir.path().join("dst"));
    file(&src, &bytes(1, 100_000));
    let mut last = 0;
    let note = |progress: Progress| {
        last = progress.done;
        Continue(())
    };
    Options::new().on_progress(note).copy(&src, &dst).unwrap();
    assert_eq!(last, 100_000);
}

#[test]
fn options_can_be_shared_by_threads() {
    fn is_shared<T: Send + Sync + Clone>(_: &T) {}

    let dir = dir();
    file(&dir.path().join("src"), &bytes(1, 300_001));
    let reported = AtomicU64::new(0);
    let options = Options::new().on_progress(|progress| {
        reported.fetch_max(progress.done, Ordering::Relaxed);
        Continue(())
    });
    is_shared(&options);
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let (options, dir) = (&options, dir.path());
            scope.spawn(move || {
                for copy in 0..20 {
                    let dst = dir.join(format!("dst-{thread}-{copy}"));
                    options.copy(dir.join("src"), &dst).unwrap();
                    assert_same_files(&dst, &dir.join("src"));
                }
            });
        }
    });
    assert_eq!(reported.load(Ordering::Relaxed), 300_001);
}

#[test]
fn a_flag_stops_a_copy_and_every_one_after_it() {
    let dir = dir();
    let [src, dst] = ["src", "dst"].map(|name| dir.path().join(name));
    sparse_file(&src, 4 * GIB, &[(0, 1000), (GIB, 1000), (2 * GIB, 1000)]);
    let stop = AtomicBool::new(false);
    let mut calls = 0;
    let options = Options::new().mode(Mode::Never).cancel(&stop).on_progress(|_| {
        calls += 1;
        stop.store(true, Ordering::Relaxed);
        Continue(())
    });
    for _ in 0..2 {
        let error = options.copy(&src, &dst).unwrap_err();
        assert!(matches!(error, Error::Cancelled { .. }), "{error:?}");
        assert!(!dst.exists());
    }
    drop(options);
    assert_eq!(calls, 1, "the flag is looked at before the callback");
}
