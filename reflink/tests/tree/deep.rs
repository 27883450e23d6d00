//! Depth: neither the stack, nor the length of a path, nor the number of open files limits it.

use std::fs::{self, File};
use std::os::fd::OwnedFd;
use std::path::Path;

use reflink::tree::Options;
use rustix::fs::{Mode, OFlags, mkdirat, openat};

use crate::common::{in_child, needs, on_nfs};
use crate::tree::{archive, assert_copied, place};

const NAME: &str = "directory";

fn open(dir: &OwnedFd, name: &str) -> OwnedFd {
    openat(dir, name, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW, Mode::empty()).unwrap()
}

/// Makes directories in each other, with a file in every thousandth.
fn make(root: &Path, depth: usize) {
    let mut dir: OwnedFd = File::open(root).unwrap().into();
    for level in 0..depth {
        mkdirat(&dir, NAME, Mode::from_raw_mode(0o755)).unwrap();
        dir = open(&dir, NAME);
        if level % 1000 == 999 {
            let flags = OFlags::WRONLY | OFlags::CREATE;
            openat(&dir, "file", flags, Mode::from_raw_mode(0o644)).unwrap();
        }
    }
}

/// How deep the tree is, and how many files are in it.
fn measure(root: &Path) -> (usize, usize) {
    let mut dir: OwnedFd = File::open(root).unwrap().into();
    let (mut depth, mut files) = (0, 0);
    while let Ok(below) = openat(&dir, NAME, OFlags::RDONLY | OFlags::DIRECTORY, Mode::empty()) {
        depth += 1;
        files += usize::from(openat(&below, "file", OFlags::RDONLY, Mode::empty()).is_ok());
        dir = below;
    }
    (depth, files)
}

/// `remove_dir_all` holds a descriptor for each level.
fn remove(root: &Path) {
    crate::common::tool(std::process::Command::new("rm").arg("-rf").arg(root));
}

fn copy_deep(depth: usize) {
    let place = place();
    make(&place.src, depth);
    let done = Options::new().copy(&place.src, &place.dst).unwrap();
    assert_eq!(measure(&place.dst), (depth, depth / 1000));
    assert_eq!(done.directories as usize, depth + 1);
    remove(&place.src);
    remove(&place.dst);
}

/// A path of 4096 bytes has 410 levels. On NFS the time grows faster than the depth.
fn deeper_than_a_path() -> usize {
    if on_nfs() { 500 } else { 5000 }
}

#[test]
fn paths_longer_than_a_path_may_be() {
    needs!(LongPaths);
    copy_deep(deeper_than_a_path());
}

#[test]
#[ignore = "needs a minute; run cargo xtask test"]
fn a_hundred_thousand_levels_with_few_descriptors() {
    needs!(Speed);
    in_child("ulimit -n 32", &[], || copy_deep(100_000));
}

#[test]
fn a_deep_tree_of_many_branches_with_few_descriptors() {
    in_child("ulimit -n 32", &[], || {
        let place = place();
        let mut path = place.src.clone();
        for level in 0..60 {
            for side in ["a", "zz"] {
                fs::create_dir(path.join(side)).unwrap();
                fs::write(path.join(side).join("file"), side).unwrap();
            }
            // After some of its siblings and before others, whatever the order of reading.
            path.push(format!("m{level}"));
            fs::create_dir(&path).unwrap();
        }
        assert_copied(&place);
    });
}

#[test]
fn a_deep_unfinished_tree_is_removed() {
    needs!(LongPaths);
    let place = place();
    let depth = deeper_than_a_path();
    make(&place.src, depth);
    // At the deepest directory.
    let seen = std::sync::atomic::AtomicU64::new(0);
    let error = archive()
        .on_progress(|_| {
            let seen = seen.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            if seen > depth as u64 - 20 {
                std::ops::ControlFlow::Break(())
            } else {
                std::ops::ControlFlow::Continue(())
            }
        })
        .copy(&place.src, &place.dst)
        .unwrap_err();
    assert!(matches!(error, reflink::Error::Cancelled { .. }), "{error}");
    place.assert_nothing_left();
    remove(&place.src);
}
