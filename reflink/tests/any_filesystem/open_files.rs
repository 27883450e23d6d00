//! `reflink` on open files: the destination gets the bytes and the length of the source.

use std::fs::File;
use std::io::{Seek as _, SeekFrom};

use reflink::{Error, Mode, Options, Reason};

use crate::common::*;

const SIZES: [u64; 9] = [0, 1, 4095, 4096, 4097, 10_000, 65_536, MIB, MIB + 1];

#[test]
fn the_destination_becomes_the_source_whatever_it_was() {
    let dir = dir();
    for mode in COPYING {
        for from in SIZES {
            for to in SIZES {
                let [src_path, dst_path] = ["src", "dst"].map(|name| never_taken(&dir, name));
                let src = file(&src_path, &bytes(1, from));
                let dst = file(&dst_path, &bytes(2, to));
                let done = reflink::reflink(&src, &dst, mode)
                    .unwrap_or_else(|error| panic!("{mode:?} {from} onto {to}: {error:?}"));
                assert_accounts(&done, mode, from);
                assert_same(&content(&dst), &bytes(1, from), &format!("{mode:?} {from} onto {to}"));
                assert_same(&content(&src), &bytes(1, from), "src");
                for path in [src_path, dst_path] {
                    std::fs::remove_file(path).unwrap();
                }
            }
        }
    }
}

/// If clones are refused, the refusal must not have changed the destination's bytes or length. If
/// they work, they are as exact as copies.
#[cfg(not(reflink_as = "new-names"))]
#[test]
fn always_is_exact_or_changes_nothing() {
    let dir = dir();
    for from in SIZES {
        for to in SIZES {
            let [src_path, dst_path] = ["src", "dst"].map(|name| never_taken(&dir, name));
            let src = file(&src_path, &bytes(1, from));
            let dst = file(&dst_path, &bytes(2, to));
            let before = snapshot(dir.path());
            let modified = dst.metadata().unwrap().modified().unwrap();
            match reflink::reflink(&src, &dst, Mode::Always) {
                Ok(done) => {
                    assert_accounts(&done, Mode::Always, from);
                    assert_same(&content(&dst), &bytes(1, from), &format!("{from} onto {to}"));
                }
                Err(error) => {
                    assert!(matches!(error, Error::NotReflinkable { .. }), "{error:?}");
                    if error.reason() == Some(&Reason::InlineSource) {
                        // OCFS2 sets the destination's time before it refuses.
                        dst.set_modified(modified).unwrap();
                    } else {
                        assert!(!must_clone(), "{from} onto {to}: {error:?}");
                    }
                    assert_eq!(snapshot(dir.path()), before, "{from} onto {to}: {error}");
                }
            }
            for path in [src_path, dst_path] {
                std::fs::remove_file(path).unwrap();
            }
        }
    }
}

#[cfg(not(reflink_as = "new-names"))]
#[test]
fn file_positions_are_neither_used_nor_moved() {
    let dir = dir();
    let mut src = file(&dir.path().join("src"), &bytes(1, 3 * MIB + 5));
    let mut dst = file(&dir.path().join("dst"), &bytes(2, 4 * MIB));
    src.seek(SeekFrom::Start(777)).unwrap();
    dst.seek(SeekFrom::Start(9_999_999)).unwrap();
    for mode in ALL_MODES {
        match reflink::reflink(&src, &dst, mode) {
            Err(Error::NotReflinkable { .. }) if mode == Mode::Always && !must_clone() => {}
            done => {
                done.unwrap();
                assert_same(&content(&dst), &bytes(1, 3 * MIB + 5), "dst");
            }
        }
        match reflink::partial(&src, 0..131_072, &dst, 65_536, mode) {
            Err(Error::NotReflinkable { .. }) if mode == Mode::Always && !must_clone() => {}
            done => assert_eq!(done.unwrap().total(), 131_072),
        }
        assert_eq!(src.stream_position().unwrap(), 777);
        assert_eq!(dst.stream_position().unwrap(), 9_999_999);
    }
}

#[test]
fn the_inode_stays_and_its_mode_with_it() {
    let dir = dir();
    let (src, dst) = (dir.path().join("src"), dir.path().join("dst"));
    let from = file(&src, &bytes(1, 5000));
    let into = file(&dst, b"old");
    let before = into.metadata().unwrap();
    from.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o751)).unwrap();
    reflink::reflink(&from, &into, Mode::Auto).unwrap();
    let after = into.metadata().unwrap();
    assert_eq!(after.permissions(), before.permissions());
    assert_same_files(&dst, &src);
    assert_eq!(names(&dir), ["dst", "src"]);
}

#[test]
fn a_destination_that_can_only_be_written_will_do() {
    let dir = dir();
    let src = file(&dir.path().join("src"), &bytes(1, 10_001));
    for mode in COPYING {
        let path = dir.path().join("dst");
        std::fs::write(&path, bytes(2, 20_000)).unwrap();
        let dst = File::options().write(true).open(&path).unwrap();
        reflink::reflink(&src, &dst, mode).unwrap();
        assert_same(&std::fs::read(&path).unwrap(), &bytes(1, 10_001), "dst");
    }
}

#[test]
fn sync_works_on_open_files() {
    let dir = dir();
    let src = file(&dir.path().join("src"), &bytes(1, 10_001));
    let dst = file(&dir.path().join("dst"), b"");
    Options::new().sync(true).reflink(&src, &dst).unwrap();
    assert_same(&content(&dst), &bytes(1, 10_001), "dst");
    Options::new().sync(true).partial(&src, 5..50, &dst, 0).unwrap();
    assert_same(&content(&dst)[..45], &bytes(1, 10_001)[5..50], "dst");
}
