//! Files of procfs and sysfs have contents and yet a length of 0, or of a page.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod common;

use std::fs::File;
use std::path::Path;

use common::dir;
use reflink::{Method, Mode, Options, Overwrite};

#[test]
fn a_file_without_a_length_is_copied_to_its_end() {
    let dir = dir();
    let dst = dir.path().join("version");
    for mode in [Mode::Auto, Mode::Never] {
        for overwrite in [Overwrite::Replace, Overwrite::InPlace] {
            std::fs::write(&dst, vec![b'x'; 10_000]).unwrap();
            let done =
                Options::new().mode(mode).overwrite(overwrite).copy("/proc/version", &dst).unwrap();
            let expected = std::fs::read("/proc/version").unwrap();
            assert_eq!(std::fs::read(&dst).unwrap(), expected, "{mode:?} {overwrite:?}");
            assert_eq!((done.method(), done.total()), (Method::ReadWrite, expected.len() as u64));
        }
    }
}

#[test]
fn a_file_shorter_than_its_length_is_copied_to_its_end() {
    let src = Path::new("/sys/kernel/mm/transparent_hugepage/enabled");
    assert!(src.metadata().unwrap().len() > 1000, "sysfs says a page");
    let dir = dir();
    let dst = dir.path().join("enabled");
    reflink::auto(src, &dst).unwrap();
    assert_eq!(std::fs::read(&dst).unwrap(), std::fs::read(src).unwrap());
}

#[test]
fn open_files_likewise() {
    let dir = dir();
    let path = dir.path().join("version");
    std::fs::write(&path, vec![b'x'; 10_000]).unwrap();
    let (src, dst) =
        (File::open("/proc/version").unwrap(), File::options().write(true).open(&path).unwrap());
    reflink::reflink(&src, &dst, Mode::Auto).unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), std::fs::read("/proc/version").unwrap());
}
