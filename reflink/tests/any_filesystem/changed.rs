//! What an error reports about a destination that the copy has changed.

use std::ops::ControlFlow::{Break, Continue};

use reflink::{Error, Mode, Options, Overwrite};

use crate::common::*;

const LEN: u64 = 20 * MIB + 5;

/// A source, and a destination with other bytes.
fn files() -> (tempfile::TempDir, [std::path::PathBuf; 2]) {
    let dir = dir();
    let paths = ["src", "dst"].map(|name| dir.path().join(name));
    file(&paths[0], &bytes(1, LEN));
    file(&paths[1], &bytes(2, LEN));
    (dir, paths)
}

/// Stops at the third call, or at the first and only one of a clone.
fn stopping<'a>(mode: Mode) -> Options<'a> {
    let mut calls = 0;
    Options::new().mode(mode).overwrite(Overwrite::InPlace).on_progress(move |progress| {
        calls += 1;
        if calls == 3 || progress.done == progress.total { Break(()) } else { Continue(()) }
    })
}

#[test]
fn a_stopped_copy_in_place_says_that_the_file_is_incomplete() {
    for mode in COPYING {
        let (_dir, [src, dst]) = files();
        let error = stopping(mode).copy(&src, &dst).unwrap_err();
        let Error::Cancelled { done, total, changed: true, .. } = error else {
            panic!("{error:?}")
        };
        let progress = error.changed().unwrap();
        assert_eq!((progress.done, progress.total), (done, total));
        assert_eq!(total, LEN);
        assert!(done > 0, "{error:?}");
        assert_eq!(error.path(), Some(dst.as_path()));
        let text = error.to_string();
        assert!(text.ends_with(&format!(": '{}' is incomplete", dst.display())), "{text}");
        // The bytes that are counted as done are there.
        let (found, expected) = (std::fs::read(&dst).unwrap(), bytes(1, LEN));
        let done = usize::try_from(done).unwrap();
        assert_same(&found[..done], &expected[..done], "the bytes that are done");
    }
}

#[test]
fn a_stopped_copy_into_an_open_file_says_that_the_file_is_incomplete() {
    for mode in COPYING {
        let (_dir, [src, dst]) = files();
        let options = stopping(mode);
        let from = options.open_for_reading(&src, reflink::Side::Source).unwrap();
        let to = options.open_for_writing(&dst).unwrap();
        for error in [
            options.reflink(&from, &to).unwrap_err(),
            stopping(mode).partial(&from, 1..LEN, &to, 7).unwrap_err(),
        ] {
            assert!(error.changed().is_some(), "{error:?}");
            assert!(error.to_string().ends_with(": the destination is incomplete"), "{error}");
        }
    }
}

#[test]
fn an_error_before_anything_has_changed_says_nothing() {
    let (_dir, [src, dst]) = files();
    for mode in COPYING {
        // An earlier copy with the same options has changed something.
        let options = stopping(mode);
        options.copy(&src, &dst).unwrap_err();
        let same = options.copy(&src, &src).unwrap_err();
        assert_eq!(same.changed(), None, "{same:?}");
        let missing = options.copy(src.with_extension("missing"), &dst).unwrap_err();
        assert_eq!(missing.changed(), None, "{missing:?}");
        let from = options.open_for_reading(&src, reflink::Side::Source).unwrap();
        let to = options.open_for_writing(&dst).unwrap();
        let past_end = options.partial(&from, 0..LEN + 1, &to, 0).unwrap_err();
        assert_eq!(past_end.changed(), None, "{past_end:?}");
        let backwards = options.reflink(&to, &from).unwrap_err();
        assert_eq!(backwards.changed(), None, "{backwards:?}");
    }
}

#[test]
fn an_error_in_place_after_the_old_bytes_are_gone_says_so() {
    in_child("trap '' XFSZ; ulimit -f 1", &[], || {
        let dir = dir();
        // Longer than the limit for files of this process, which its length does not show.
        let src = std::path::Path::new("/proc/self/status");
        let dst = dir.path().join("dst");
        std::fs::write(&dst, "old").unwrap();
        let options = Options::new().mode(Mode::Never).overwrite(Overwrite::InPlace);
        let error = options.copy(src, &dst).unwrap_err();
        assert!(error.changed().is_some(), "{error:?}");
        assert_ne!(std::fs::read(&dst).unwrap(), b"old");
    });
}
