//! What only ocfs2 refuses to clone. Under `cargo xtask vm`.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod common;

use std::fs::File;

use common::*;
use reflink::{Error, Mode, Reason, Support, probe};

/// ocfs2 counts what a family of clones shares in one place, and has none for two families.
#[test]
#[ignore = "needs ocfs2; run cargo xtask vm"]
fn between_two_files_that_have_clones_auto_copies() {
    let dir = dir();
    let [src, dst] = ["src", "dst"].map(|name| dir.path().join(name));
    for (path, seed) in [(&src, 1), (&dst, 2)] {
        file(path, &bytes(seed, MIB));
        reflink::auto(path, path.with_extension("clone")).unwrap();
    }
    let from = File::open(&src).unwrap();
    let to = File::options().read(true).write(true).open(&dst).unwrap();
    let error = reflink::reflink(&from, &to, Mode::Always).unwrap_err();
    // The kernel has set its times.
    assert_same(&content(&to), &bytes(2, MIB), "dst");
    let Error::NotReflinkable { reason, .. } = &error else { panic!("{error:?}") };
    assert!(reason.to_string().contains("two of them"), "{reason}");
    let done = reflink::reflink(&from, &to, Mode::Auto).unwrap();
    assert_eq!((done.cloned, done.fallback), (0, Some(*reason)));
    assert_same_files(&dst, &src);
}

#[test]
#[ignore = "needs ocfs2; run cargo xtask vm"]
fn a_small_source_is_refused_by_a_longer_file() {
    let dir = dir();
    let from = file(&dir.path().join("src"), &bytes(1, 100));
    let to = file(&dir.path().join("dst"), &bytes(2, 3000));
    let error = reflink::reflink(&from, &to, Mode::Always).unwrap_err();
    assert_eq!(error.reason(), Some(&Reason::InlineSource), "{error:?}");
    assert_same(&content(&to), &bytes(2, 3000), "dst");
}

/// Up to about 3.8 KiB the bytes are in the inode, and a clone of a range of them is refused.
#[test]
#[ignore = "needs ocfs2; run cargo xtask vm"]
fn a_file_in_its_inode_answers_that_it_can_be_cloned() {
    let dir = dir();
    for len in [1, 5, 3000, 5000, 32 * KIB, 100_000] {
        let path = dir.path().join(len.to_string());
        file(&path, &bytes(1, len));
        assert_eq!(probe(&path).unwrap().support, Support::Yes, "{len}");
        reflink::always(&path, path.with_extension("clone")).unwrap();
    }
}
