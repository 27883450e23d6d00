//! Files of all sizes, by path.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::symlink;

use reflink::{Method, Mode, Options};

use crate::common::*;

const SIZES: [u64; 12] =
    [1, 511, 512, 513, 4095, 4096, 4097, 65_535, 65_537, MIB, MIB + 3, 5 * MIB + 4095];

#[test]
fn files_of_all_sizes_are_copied() {
    let dir = dir();
    for size in SIZES {
        let src = dir.path().join(format!("{size}"));
        file(&src, &bytes(size, size));
        for mode in COPYING {
            let dst = dir.path().join(format!("{size} {mode:?}"));
            copy(mode, &src, &dst);
            assert_same_files(&dst, &src);
        }
    }
}

#[test]
fn never_copies_by_read_and_write() {
    let dir = dir();
    let (src, dst) = (dir.path().join("src"), dir.path().join("dst"));
    file(&src, &bytes(1, 3 * MIB));
    let done = copy(Mode::Never, &src, &dst);
    assert_eq!(done.method(), Method::ReadWrite);
    assert_eq!(done.copied, 3 * MIB);
}

#[test]
fn an_empty_file_needs_no_method() {
    let dir = dir();
    let src = dir.path().join("src");
    file(&src, b"");
    for mode in COPYING {
        let dst = dir.path().join(format!("{mode:?}"));
        file(&dst, b"was not empty");
        let done = copy(mode, &src, &dst);
        assert_eq!(std::fs::metadata(&dst).unwrap().len(), 0);
        assert_eq!((done.method(), done.total()), (Method::Nothing, 0));
    }
}

#[test]
fn the_short_functions_do_what_the_options_do() {
    let dir = dir();
    let (src, dst) = (dir.path().join("src"), dir.path().join("dst"));
    file(&src, &bytes(1, 10_000));
    let done = reflink::auto(&src, &dst).unwrap();
    assert_accounts(&done, Mode::Auto, 10_000);
    assert_same_files(&dst, &src);

    // On a filesystem without clones this is an error, and nothing must have changed.
    let dst = dir.path().join("always");
    match reflink::always(&src, &dst) {
        Ok(done) => {
            assert_accounts(&done, Mode::Always, 10_000);
            assert_same_files(&dst, &src);
        }
        Err(error) => {
            assert!(matches!(error, reflink::Error::NotReflinkable { .. }), "{error:?}");
            assert!(!dst.exists());
        }
    }
}

#[test]
fn an_always_that_fails_leaves_the_old_destination() {
    let dir = dir();
    let (src, dst) = (dir.path().join("src"), dir.path().join("dst"));
    file(&src, &bytes(1, 10_000));
    file(&dst, &bytes(2, 30_001));
    let before = snapshot(dir.path());
    match reflink::always(&src, &dst) {
        Ok(_) => assert_same_files(&dst, &src),
        Err(_) => assert_eq!(snapshot(dir.path()), before),
    }
    assert_eq!(names(&dir), ["dst", "src"]);
}

#[test]
fn options_can_be_used_again() {
    let dir = dir();
    let options = Options::new().sync(true);
    for size in [0, 1, 5000] {
        let (src, dst) = (dir.path().join(format!("{size}")), dir.path().join("dst"));
        file(&src, &bytes(size, size));
        assert_eq!(options.copy(&src, &dst).unwrap().total(), size);
        assert_same_files(&dst, &src);
    }
}

#[test]
fn only_the_destination_appears() {
    let dir = dir();
    let src = dir.path().join("src");
    file(&src, &bytes(1, 100_000));
    let before = entry(&src);
    for mode in COPYING {
        copy(mode, &src, &dir.path().join("dst"));
        assert_eq!(names(&dir), ["dst", "src"]);
        assert_eq!(entry(&src), before);
    }
}

#[test]
fn a_symbolic_link_at_the_source_is_followed() {
    needs!(FilesOfAllTypes);
    let dir = dir();
    let [src, link, dst] = ["src", "link", "dst"].map(|name| dir.path().join(name));
    file(&src, &bytes(1, 10_000));
    symlink("src", &link).unwrap();
    copy(Mode::Auto, &link, &dst);
    assert!(dst.symlink_metadata().unwrap().is_file());
    assert_same_files(&dst, &src);
    assert!(link.is_symlink());
}

#[test]
fn a_deleted_source_that_is_still_open_is_copied() {
    let dir = dir();
    let [src, dst] = ["src", "dst"].map(|name| dir.path().join(name));
    let content = bytes(1, 10_000);
    let open = file(&src, &content);
    std::fs::remove_file(&src).unwrap();
    let into = file(&dst, b"");
    reflink::reflink(&open, &into, Mode::Auto).unwrap();
    assert_same(&std::fs::read(&dst).unwrap(), &content, "dst");
}

#[test]
fn relative_paths_work() {
    in_child("", &[], || {
        let dir = dir();
        std::env::set_current_dir(dir.path()).unwrap();
        file("src".as_ref(), &bytes(1, 5000));
        copy(Mode::Auto, "src".as_ref(), "dst".as_ref());
        copy(Mode::Never, "./src".as_ref(), "./dst2".as_ref());
        std::fs::create_dir("sub").unwrap();
        copy(Mode::Auto, "sub/../src".as_ref(), "sub/dst".as_ref());
        for dst in ["dst", "dst2", "sub/dst"] {
            assert_same_files(dst.as_ref(), "src".as_ref());
        }
    });
}

#[test]
fn data_that_is_still_in_memory_is_copied() {
    let dir = dir();
    let (src, dst) = (dir.path().join("src"), dir.path().join("dst"));
    let mut open = File::create(&src).unwrap();
    for round in 0..20 {
        open.write_all(&bytes(round, 7001)).unwrap();
        copy(Mode::Auto, &src, &dst);
        let mut expected = Vec::new();
        File::open(&src).unwrap().read_to_end(&mut expected).unwrap();
        assert_same(&std::fs::read(&dst).unwrap(), &expected, "dst");
    }
}
