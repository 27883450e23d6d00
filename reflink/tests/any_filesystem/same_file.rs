//! Source and destination in one file: by path an error, as ranges a copy if they do not overlap.

use std::fs::File;
use std::os::unix::fs::symlink;
use std::path::Path;

use reflink::{Error, Mode, Options, Overwrite, Reason};

use crate::common::*;

#[test]
fn a_file_is_never_copied_onto_itself() {
    let dir = dir();
    file(&dir.path().join("file"), &bytes(1, 10_000));
    std::fs::create_dir(dir.path().join("sub")).unwrap();
    never_copied(dir.path(), &["file", "sub/../file", "./file"]);
}

#[test]
fn a_file_is_never_copied_onto_its_hard_link() {
    needs!(LinkCounts);
    let dir = dir();
    file(&dir.path().join("file"), &bytes(1, 10_000));
    std::fs::hard_link(dir.path().join("file"), dir.path().join("link")).unwrap();
    never_copied(dir.path(), &["file", "link"]);
}

#[test]
fn a_file_is_never_copied_onto_itself_through_a_symbolic_link() {
    needs!(FilesOfAllTypes);
    let dir = dir();
    file(&dir.path().join("file"), &bytes(1, 10_000));
    symlink("file", dir.path().join("link")).unwrap();
    never_copied(dir.path(), &["file", "link"]);
}

/// Tries it from each of these names of one file to each other.
#[track_caller]
fn never_copied(dir: &Path, names: &[&str]) {
    for overwrite in [Overwrite::Replace, Overwrite::Never, Overwrite::InPlace] {
        for mode in ALL_MODES {
            for (src, dst) in names.iter().flat_map(|src| names.iter().map(move |dst| (src, dst))) {
                let error = fails(dir, || {
                    let options = Options::new().mode(mode).overwrite(overwrite);
                    options.copy(dir.join(src), dir.join(dst))
                });
                let what = format!("{src} to {dst}, {overwrite:?}, {mode:?}: {error:?}");
                assert!(matches!(error, Error::Io { .. }), "{what}");
                match error.raw_os_error() {
                    Some(libc::EINVAL) => {
                        assert_eq!(error.reason(), Some(&Reason::SameFile), "{what}");
                    }
                    Some(libc::EEXIST) => assert_eq!(overwrite, Overwrite::Never, "{what}"),
                    _ => panic!("{what}"),
                }
            }
        }
    }
}

#[test]
fn an_open_file_is_not_copied_onto_itself() {
    let dir = dir();
    let path = dir.path().join("file");
    let one = file(&path, &bytes(1, 10_000));
    let two = File::options().read(true).write(true).open(&path).unwrap();
    for mode in ALL_MODES {
        for other in [&one, &two] {
            let error = fails(dir.path(), || reflink::reflink(&one, other, mode));
            if clones_nothing(mode, &error) {
                continue;
            }
            assert_eq!(error.raw_os_error(), Some(libc::EINVAL), "{error:?}");
            assert_eq!(error.reason(), Some(&Reason::SameFile), "{error:?}");
        }
    }
}

#[test]
fn ranges_that_overlap_are_refused() {
    let dir = dir();
    let path = dir.path().join("file");
    let one = file(&path, &bytes(1, 100_000));
    let two = File::options().read(true).write(true).open(&path).unwrap();
    for (start, end, offset) in [
        (0, 8192, 0),
        (0, 8192, 4096),
        (4096, 12_288, 0),
        (0, 8192, 8191),
        (8191, 16_384, 0),
        (0, 100_000, 99_999),
        (5, 6, 5),
        (50_000, 60_000, 55_555),
    ] {
        for mode in ALL_MODES {
            for other in [&one, &two] {
                let error =
                    fails(dir.path(), || reflink::partial(&one, start..end, other, offset, mode));
                if clones_nothing(mode, &error) {
                    continue;
                }
                assert_eq!(error.raw_os_error(), Some(libc::EINVAL), "{error:?}");
                assert_eq!(error.reason(), Some(&Reason::Overlap), "{error:?}");
            }
        }
    }
}

#[test]
fn ranges_of_one_file_that_lie_apart_are_copied() {
    let dir = dir();
    let path = dir.path().join("file");
    let mut round = 0;
    for (start, end, offset) in [
        (0, 8192, 8192),
        (8192, 16_384, 0),
        (0, 8192, 65_536),
        (3, 8195, 50_003),
        (3, 8195, 50_004),
        (0, 100_000, 100_000),
        (90_001, 100_000, 80_001),
        (0, 1, 1),
    ] {
        for mode in COPYING {
            std::fs::remove_file(&path).ok();
            round += 1;
            let mut model = bytes(round, 100_000);
            let one = file(&path, &model);
            let two = File::options().write(true).open(&path).unwrap();
            let done = reflink::partial(&one, start..end, &two, offset, mode).unwrap();
            assert_accounts(&done, mode, end - start);
            let [from, to, at] = [start, end, offset].map(|n| n as usize);
            let piece = model[from..to].to_vec();
            model.resize(model.len().max(at + piece.len()), 0);
            model[at..at + piece.len()].copy_from_slice(&piece);
            assert_same(&content(&one), &model, &format!("{mode:?} {start}..{end} to {offset}"));
        }
    }
}

#[test]
fn an_open_end_is_the_end_at_the_start() {
    let dir = dir();
    let one = file(&dir.path().join("file"), &bytes(1, 8192));
    reflink::partial(&one, .., &one, 8192, Mode::Auto).unwrap();
    assert_same(&content(&one), &[bytes(1, 8192), bytes(1, 8192)].concat(), "file");
}
