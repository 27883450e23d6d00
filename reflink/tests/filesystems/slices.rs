//! Long watched clones: in slices, and still complete.

use std::ops::ControlFlow::{Break, Continue};
use std::os::unix::fs::FileExt as _;

use reflink::{Error, Mode, Options, Overwrite};

use crate::common::*;

const LEN: u64 = 700 * MIB + 123;

/// Data in each slice, across the boundaries, and at the ragged end.
const ISLANDS: [(u64, u64); 5] =
    [(0, 5000), (256 * MIB - 5000, 10_000), (400 * MIB, 5000), (512 * MIB, 1), (LEN - 123, 123)];

#[track_caller]
fn assert_whole(dst: &std::path::Path, src: &std::path::Path) {
    assert_bytes(dst);
    assert!(shares_everything(src, dst), "{:?}\n{:?}", extents(src), extents(dst));
}

#[track_caller]
fn assert_bytes(dst: &std::path::Path) {
    let file = std::fs::File::open(dst).unwrap();
    assert_eq!(file.metadata().unwrap().len(), LEN);
    for (offset, length) in ISLANDS {
        let mut found = vec![0; length as usize];
        file.read_exact_at(&mut found, offset).unwrap();
        assert_same(&found, &bytes(offset, length), "an island");
    }
}

#[cfg(not(reflink_as = "new-names"))]
#[test]
#[ignore = "needs a filesystem under test; run cargo xtask test"]
fn a_watched_clone_is_complete_and_shared() {
    let dir = dir();
    let [src, dst] = ["src", "dst"].map(|name| dir.path().join(name));
    sparse_file(&src, LEN, &ISLANDS);
    for overwrite in [Overwrite::Replace, Overwrite::InPlace] {
        for old in [None, Some(10), Some(LEN), Some(LEN + 5000)] {
            for at_once in [false, true] {
                std::fs::remove_file(&dst).ok();
                if let Some(old) = old {
                    sparse_file(&dst, old, &[(old - 5, 5)]);
                }
                let mut seen = Vec::new();
                let done = Options::new()
                    .mode(Mode::Always)
                    .overwrite(overwrite)
                    .clone_at_once(at_once)
                    .on_progress(|progress| {
                        seen.push(progress.done);
                        assert_eq!(progress.total, LEN);
                        Continue(())
                    })
                    .copy(&src, &dst);
                if !fs().clones() {
                    assert!(matches!(done, Err(Error::NotReflinkable { .. })), "{done:?}");
                    assert!(seen.is_empty());
                    continue;
                }
                assert_accounts(&done.unwrap(), Mode::Always, LEN);
                assert_whole(&dst, &src);
                assert!(seen.is_sorted() && seen.last() == Some(&LEN), "{seen:?}");
                if at_once && old.is_none() {
                    assert_eq!(seen, [LEN]);
                }
                if !at_once {
                    assert!(seen.len() >= 3, "{seen:?}");
                }
            }
        }
    }
}

#[cfg(not(reflink_as = "new-names"))]
#[test]
#[ignore = "needs a filesystem under test; run cargo xtask test"]
fn a_watched_range_is_cloned_in_slices_too() {
    let dir = dir();
    let [src, dst] = ["src", "dst"].map(|name| dir.path().join(name));
    let from = sparse_file(&src, LEN, &ISLANDS);
    let to = file(&dst, b"");
    let mut seen = Vec::new();
    let note = |progress: reflink::Progress| {
        seen.push(progress.done);
        Continue(())
    };
    let done = Options::new().mode(Mode::Auto).on_progress(note).partial(&from, .., &to, 0);
    assert_accounts(&done.unwrap(), Mode::Auto, LEN);
    assert_eq!(seen.last(), Some(&LEN));
    if fs().clones() {
        assert_eq!(seen.len(), 3, "{seen:?}");
        assert_whole(&dst, &src);
    }
}

#[cfg(not(reflink_as = "new-names"))]
#[test]
#[ignore = "needs a filesystem under test; run cargo xtask test"]
fn a_clone_that_is_stopped_between_slices_leaves_nothing() {
    let dir = dir();
    let [src, dst] = ["src", "dst"].map(|name| dir.path().join(name));
    sparse_file(&src, LEN, &ISLANDS);
    file(&dst, b"old");
    let mut calls = 0;
    let stop = |_| {
        calls += 1;
        if calls == 2 { Break(()) } else { Continue(()) }
    };
    let result = Options::new().mode(Mode::Always).on_progress(stop).copy(&src, &dst);
    match result.unwrap_err() {
        Error::Cancelled { done, total, .. } => {
            assert!(fs().clones());
            assert_eq!((done, total, calls), (512 * MIB, LEN, 2));
        }
        Error::NotReflinkable { .. } => assert!(!fs().clones()),
        error => panic!("{error:?}"),
    }
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 2);
    assert_eq!(std::fs::read(&dst).unwrap(), b"old");
}

/// The range ended with the source. Now the source continues there, and the ragged end cannot be
/// shared.
#[cfg(not(reflink_as = "new-names"))]
#[test]
#[ignore = "needs a filesystem under test; run cargo xtask test"]
fn a_range_is_copied_from_the_slice_on_that_cannot_be_cloned() {
    const START: u64 = 256 * MIB;
    let dir = dir();
    let [src, dst] = ["src", "dst"].map(|name| dir.path().join(name));
    let from = sparse_file(&src, START + 5000, &[(0, 5000), (START, 5000)]);
    let to = file(&dst, b"");
    let grow = |_| {
        from.set_len(START + 10_000).unwrap();
        Continue(())
    };
    let done = Options::new().on_progress(grow).partial(&from, .., &to, 0).unwrap();
    assert_accounts(&done, Mode::Auto, START + 5000);
    assert_eq!(done.cloned, if fs().clones() { START } else { 0 }, "{done:?}");
    assert_eq!(to.metadata().unwrap().len(), START + 5000);
    for offset in [0, START] {
        let mut found = [0; 5000];
        to.read_exact_at(&mut found, offset).unwrap();
        assert_same(&found, &bytes(offset, 5000), "an island");
    }
}

#[cfg(not(reflink_as = "new-names"))]
#[test]
#[ignore = "needs a filesystem under test; run cargo xtask test"]
fn a_source_that_shrinks_between_slices_is_an_error() {
    let dir = dir();
    let [src, dst] = ["src", "dst"].map(|name| dir.path().join(name));
    let from = sparse_file(&src, LEN, &ISLANDS);
    let cut = |_| {
        from.set_len(300 * MIB).unwrap();
        Continue(())
    };
    let error = Options::new().on_progress(cut).copy(&src, &dst).unwrap_err();
    let Error::SourceShrank { expected, found, .. } = error else { panic!("{error:?}") };
    assert_eq!((expected, found), (LEN, 300 * MIB));
    assert_eq!(names(&dir), ["src"]);
}

#[test]
#[ignore = "needs a filesystem under test; run cargo xtask test"]
fn a_source_that_grows_between_slices_is_cloned_as_long_as_it_was() {
    let dir = dir();
    let [src, dst] = ["src", "dst"].map(|name| dir.path().join(name));
    let from = sparse_file(&src, LEN, &ISLANDS);
    let grow = |_| {
        from.set_len(LEN + MIB).unwrap();
        Continue(())
    };
    match Options::new().mode(Mode::Always).on_progress(grow).copy(&src, &dst) {
        Ok(done) => {
            assert_accounts(&done, Mode::Always, LEN);
            // Not everything is shared: cutting off the rest takes a block of its own.
            assert_bytes(&dst);
        }
        Err(error) => {
            assert!(!fs().clones(), "{error:?}");
            assert!(matches!(error, Error::NotReflinkable { .. }), "{error:?}");
        }
    }
}
