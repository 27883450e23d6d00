//! A source that changes while it is copied: the progress callback changes it.

use std::fs::File;
use std::io;
use std::ops::ControlFlow::Continue;
use std::os::unix::fs::FileExt as _;

use reflink::{Error, Mode, Options, Overwrite};

use crate::common::*;

const LEN: u64 = 40 * MIB + 5;

#[test]
fn a_source_that_shrinks_is_an_error() {
    for (mode, left) in [(Mode::Never, 0), (Mode::Never, LEN - 1), (Mode::Never, 20 * MIB)] {
        let dir = dir();
        let [src, dst] = ["src", "dst"].map(|name| dir.path().join(name));
        let from = file(&src, &bytes(1, LEN));
        file(&dst, b"old");
        let cut = |_| {
            from.set_len(left).unwrap();
            Continue(())
        };
        let error = Options::new().mode(mode).on_progress(cut).copy(&src, &dst).unwrap_err();
        let Error::SourceShrank { path, expected, found, .. } = &error else { panic!("{error:?}") };
        assert_eq!((path.as_deref(), *expected), (Some(&*src), LEN), "{error:?}");
        assert!((left..LEN).contains(found), "{error:?}");
        assert_eq!(error.raw_os_error(), None);
        assert_eq!(io::Error::from(error).kind(), io::ErrorKind::UnexpectedEof);
        assert_eq!(std::fs::read(&dst).unwrap(), b"old");
        assert_eq!(names(&dir), ["dst", "src"]);
    }
}

/// The hole at the end of a sparse source is cut off.
#[test]
fn a_hole_that_is_cut_off_is_an_error() {
    let dir = dir();
    let [src, dst] = ["src", "dst"].map(|name| dir.path().join(name));
    let from = sparse_file(&src, LEN, &[(0, 10 * MIB)]);
    let cut = |_| {
        from.set_len(20 * MIB).unwrap();
        Continue(())
    };
    let options = Options::new().mode(Mode::Never).on_progress(cut);
    let error = options.copy(&src, &dst).unwrap_err();
    assert!(matches!(error, Error::SourceShrank { .. }), "{error:?}");
    assert_eq!(names(&dir), ["src"]);
}

#[test]
fn a_source_that_grows_is_copied_as_long_as_it_was() {
    for mode in COPYING {
        for overwrite in [Overwrite::Replace, Overwrite::InPlace] {
            let dir = dir();
            let [src, dst] = ["src", "dst"].map(|name| dir.path().join(name));
            let from = file(&src, &bytes(1, LEN));
            file(&dst, &bytes(2, 60 * MIB));
            let grow = |progress: reflink::Progress| {
                assert_eq!(progress.total, LEN);
                let end = from.metadata().unwrap().len();
                from.write_all_at(&bytes(3, MIB), end).unwrap();
                Continue(())
            };
            let options = Options::new().mode(mode).overwrite(overwrite).on_progress(grow);
            let done = options.copy(&src, &dst).unwrap();
            assert_eq!(done.total(), LEN);
            assert_same(&std::fs::read(&dst).unwrap(), &bytes(1, LEN), "dst");
        }
    }
}

/// Like a log file, whose writer ignores the copy.
#[test]
fn a_file_that_is_being_appended_to_is_copied_up_to_some_length() {
    let dir = dir();
    let [src, dst] = ["src", "dst"].map(|name| dir.path().join(name));
    let whole = bytes(1, 8 * MIB);
    let from = file(&src, b"");
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for (number, part) in whole.chunks(7001).enumerate() {
                from.write_all_at(part, number as u64 * 7001).unwrap();
            }
        });
        for mode in COPYING.repeat(20) {
            let done = Options::new().mode(mode).copy(&src, &dst).unwrap();
            let found = std::fs::read(&dst).unwrap();
            assert_eq!(done.total(), found.len() as u64);
            assert_same(&found, &whole[..found.len()], "dst");
        }
    });
    assert!(File::open(&src).unwrap().metadata().unwrap().len() == 8 * MIB);
}
