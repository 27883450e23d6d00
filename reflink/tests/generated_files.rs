//! Files of procfs and sysfs have contents but a length of 0 or of a page.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod common;

use std::fs::File;
use std::path::Path;

use common::dir;
use reflink::{Error, Method, Mode, Options, Outcome, Overwrite, Reason};

#[test]
fn a_file_without_a_length_is_copied_to_its_end() {
    for mode in [Mode::Auto, Mode::Never] {
        for overwrite in [Overwrite::Replace, Overwrite::InPlace] {
            // One directory per copy, because a copy is read-only like its source.
            let dir = dir();
            let dst = dir.path().join("version");
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
fn open_files_are_cloned_in_the_same_way() {
    let dir = dir();
    let path = dir.path().join("version");
    std::fs::write(&path, vec![b'x'; 10_000]).unwrap();
    let (src, dst) =
        (File::open("/proc/version").unwrap(), File::options().write(true).open(&path).unwrap());
    reflink::reflink(&src, &dst, Mode::Auto).unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), std::fs::read("/proc/version").unwrap());
}

/// A file that reports a page and has fewer bytes.
const SHORT: &str = "/sys/kernel/mm/transparent_hugepage/enabled";

/// Copies `range` of the file at `src` to offset 3 of a file of ten bytes.
fn range(
    src: &str,
    range: impl std::ops::RangeBounds<u64>,
    mode: Mode,
) -> (reflink::Result<Outcome>, Vec<u8>) {
    let dir = dir();
    let path = dir.path().join("dst");
    std::fs::write(&path, "0123456789").unwrap();
    let (src, dst) = (File::open(src).unwrap(), File::options().write(true).open(&path).unwrap());
    let done = reflink::partial(&src, range, &dst, 3, mode);
    (done, std::fs::read(&path).unwrap())
}

#[test]
fn the_range_of_an_open_end_goes_up_to_where_reading_ends() {
    for src in ["/proc/version", SHORT] {
        let content = std::fs::read(src).unwrap();
        for mode in [Mode::Auto, Mode::Never] {
            for start in [0, 5, content.len()] {
                let (done, found) = range(src, start as u64.., mode);
                let copied = &content[start..];
                let mut expected = b"0123456789".to_vec();
                expected.resize(expected.len().max(3 + copied.len()), 0);
                expected[3..3 + copied.len()].copy_from_slice(copied);
                assert_eq!(found, expected, "{src} {mode:?} {start}");
                assert_eq!(done.unwrap().total(), copied.len() as u64, "{src} {mode:?} {start}");
            }
        }
    }
}

#[test]
fn a_range_within_what_can_be_read_is_copied() {
    for src in ["/proc/version", SHORT] {
        let content = std::fs::read(src).unwrap();
        for mode in [Mode::Auto, Mode::Never] {
            let (done, found) = range(src, 2..9, mode);
            assert_eq!(done.unwrap().copied, 7, "{src} {mode:?}");
            assert_eq!(found, [b"012", &content[2..9]].concat(), "{src} {mode:?}");
        }
    }
}

#[test]
fn a_range_past_what_can_be_read_changes_nothing_and_reports_the_length() {
    for src in ["/proc/version", SHORT] {
        let source_length = std::fs::read(src).unwrap().len() as u64;
        for mode in [Mode::Auto, Mode::Never] {
            let ranges = [(0, source_length + 1), (source_length + 1, source_length + 2)];
            for (start, end) in ranges {
                let (done, found) = range(src, start..end, mode);
                let reason = done.unwrap_err().reason().copied();
                assert_eq!(reason, Some(Reason::PastEnd { source_length }), "{src} {mode:?}");
                assert_eq!(found, b"0123456789", "{src} {mode:?}");
            }
        }
    }
    let (done, _) = range("/proc/version", 1_000_000.., Mode::Auto);
    assert!(matches!(done.unwrap_err().reason(), Some(Reason::PastEnd { .. })));
}

#[test]
fn always_is_refused_with_a_reason() {
    let (done, found) = range("/proc/version", .., Mode::Always);
    assert!(
        matches!(done, Err(Error::NotReflinkable { reason: Reason::UnknownLength, .. })),
        "{done:?}"
    );
    assert_eq!(found, b"0123456789");
    let done = reflink::always("/proc/version", dir().path().join("new"));
    assert!(matches!(done, Err(Error::NotReflinkable { .. })), "{done:?}");
}

#[test]
fn a_file_that_cannot_be_read_is_an_error() {
    let dir = dir();
    let dst = dir.path().join("uts");
    for mode in [Mode::Auto, Mode::Never] {
        let error = Options::new().mode(mode).copy("/proc/self/ns/uts", &dst).unwrap_err();
        assert_eq!(error.to_string(), "cannot read '/proc/self/ns/uts': Invalid argument");
        assert!(!dst.exists());
    }
}
