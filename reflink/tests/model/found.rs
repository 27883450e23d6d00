//! Faults that the model has found, one test each.

use std::fs::File;
use std::ops::{Bound, ControlFlow};

use reflink::{Deduped, Error, Mode, Options, Reason, Result};

use crate::common::{ALL_MODES, GIB, MIB, bytes, content, dir, file, needs, sparse_file};

/// If nothing can be cloned, `Always` returns that reason for everything.
fn is_about(error: &Error, reason: Reason) -> bool {
    error.reason() == Some(&reason) || error.raw_os_error() == Some(libc::EOPNOTSUPP)
}

/// An empty file shares no byte with itself, so this did not look like an overlap.
#[test]
fn an_empty_file_is_not_cloned_onto_itself() {
    let dir = dir();
    let file = file(&dir.path().join("file"), b"");
    let error = reflink::reflink(&file, &file, Mode::Always).unwrap_err();
    assert!(is_about(&error, Reason::SameFile), "{error:?}");
}

/// A range that ends before it starts was reported as misaligned, or with an unknown reason.
#[test]
fn a_range_that_ends_before_it_starts_is_past_the_end() {
    let dir = dir();
    let [src, dst] = ["src", "dst"].map(|name| file(&dir.path().join(name), &bytes(1, 8192)));
    for start in [9000, 12_288] {
        let error = reflink::partial(&src, start.., &dst, 0, Mode::Always).unwrap_err();
        assert!(is_about(&error, Reason::PastEnd { source_length: 8192 }), "{error:?}");
    }
}

/// The kernel was called to get its errno, and succeeded: a length of 0 means up to the source's
/// end.
#[test]
fn a_range_that_ends_before_it_starts_changes_nothing() {
    let dir = dir();
    let [src, dst] = ["src", "dst"].map(|name| file(&dir.path().join(name), &bytes(1, 8193)));
    for mode in ALL_MODES {
        reflink::partial(&src, (Bound::Included(8192), Bound::Excluded(8000)), &dst, 8192, mode)
            .unwrap_err();
        reflink::partial(&src, (Bound::Included(8192), Bound::Excluded(1)), &dst, 12_288, mode)
            .unwrap_err();
        assert_eq!(dst.metadata().unwrap().len(), 8193);
    }
}

/// The kernel neither compares nor shares less than a block at the end of a range, but reports it
/// as shared.
#[test]
fn a_ragged_end_that_differs_is_not_deduped() {
    needs!(BlocksOf4Kib);
    let dir = dir();
    let mut bytes = bytes(1, 20_000);
    let src = file(&dir.path().join("src"), &bytes);
    bytes[9000] ^= 1;
    let dst = file(&dir.path().join("dst"), &bytes);
    for end in [9001, 10_000, 12_287] {
        for start in [0, 4096, 8192] {
            match reflink::dedupe(&src, start..end, [(&dst, start)]).as_deref() {
                Ok([Deduped::Differs { bytes, at: Some(9000), .. }]) => {
                    assert_eq!(*bytes, 8192 - start);
                }
                Ok([Deduped::Failed { error, .. }]) | Err(error) => {
                    assert_eq!(error.raw_os_error(), Some(libc::EOPNOTSUPP), "{error:?}");
                }
                other => panic!("{start}..{end}: {other:?}"),
            }
        }
    }
}

/// `Always` on a range in slices, of which only the last one is refused.
#[test]
fn a_sliced_range_that_is_refused_changes_nothing() {
    let dir = dir();
    let src = sparse_file(&dir.path().join("src"), GIB + 100, &[(0, 4096), (GIB, 100)]);
    let old = bytes(2, MIB);
    let dst = file(&dir.path().join("dst"), &old);
    dst.set_len(2 * GIB).unwrap();
    for end in [GIB + 1, GIB + 100] {
        let error = watched(&src, 0..end, &dst, 0).unwrap_err();
        assert!(matches!(error, Error::NotReflinkable { .. }), "{error:?}");
        assert_eq!(dst.metadata().unwrap().len(), 2 * GIB);
        dst.set_len(MIB).unwrap();
        crate::common::assert_same(&content(&dst), &old, "dst");
        dst.set_len(2 * GIB).unwrap();
    }
}

/// A slice that makes the file longer moves the end that the last slice must have.
#[test]
fn a_file_is_cloned_behind_itself_in_slices() {
    let dir = dir();
    let file = sparse_file(&dir.path().join("file"), GIB + 100, &[(0, 4096), (GIB, 100)]);
    match watched(&file, 0..GIB + 100, &file, 2 * GIB) {
        Ok(_) => {
            assert_eq!(file.metadata().unwrap().len(), 3 * GIB + 100);
            let mut end = [0; 100];
            std::os::unix::fs::FileExt::read_exact_at(&file, &mut end, 3 * GIB).unwrap();
            crate::common::assert_same(&end, &bytes(GIB, 100), "the end");
        }
        Err(error) => assert_eq!(error.raw_os_error(), Some(libc::EOPNOTSUPP), "{error:?}"),
    }
}

/// The same case in `Auto`, which copied the whole last slice.
#[test]
fn a_file_is_copied_behind_itself_in_slices() {
    let dir = dir();
    let file = sparse_file(&dir.path().join("file"), GIB + 5000, &[(0, 4096), (GIB, 5000)]);
    let done = Options::new()
        .on_progress(|_| ControlFlow::Continue(()))
        .partial(&file, 4096.., &file, 2 * GIB)
        .unwrap();
    assert!(done.cloned == 0 || done.cloned == GIB, "{done:?}");
}

fn watched(
    src: &File,
    range: std::ops::Range<u64>,
    dst: &File,
    at: u64,
) -> Result<reflink::Outcome> {
    Options::new()
        .mode(Mode::Always)
        .on_progress(|_| ControlFlow::Continue(()))
        .partial(src, range, dst, at)
}
