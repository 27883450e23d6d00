//! What errors give to people and to programs.

use std::io;
use std::ops::ControlFlow;

use reflink::{Error, Mode, Operation, Options, Overwrite, Reason, Side};

use crate::common::*;

#[test]
fn the_text_has_operation_path_and_system_error() {
    let dir = dir();
    let [missing, dst] = ["missing", "dst"].map(|name| dir.path().join(name));
    let error = fails(dir.path(), || reflink::auto(&missing, &dst));
    let expected = format!("cannot open '{}': No such file or directory", missing.display());
    assert_eq!(error.to_string(), expected);

    let src = dir.path().join("src");
    file(&src, b"data");
    let dst = missing.join("dst");
    let error = fails(dir.path(), || reflink::auto(&src, &dst));
    let expected = format!("cannot create '{}': No such file or directory", dst.display());
    assert_eq!(error.to_string(), expected);
}

#[test]
fn programs_find_the_parts() {
    let dir = dir();
    let src = dir.path().join("missing");
    let error = fails(dir.path(), || reflink::auto(&src, dir.path().join("dst")));
    let Error::Io { operation, side, ref path, ref destination, reason, .. } = error else {
        panic!("{error:?}")
    };
    assert_eq!((operation, side), (Operation::Open, Side::Source));
    assert_eq!(path.as_deref(), Some(&*src));
    assert_eq!((destination, reason), (&None, None));
    assert_eq!((error.path(), error.reason(), error.hint()), (Some(&*src), None, None));
    assert_eq!(error.raw_os_error(), Some(libc::ENOENT));
    assert_eq!(error.io_error().unwrap().kind(), io::ErrorKind::NotFound);
    assert_eq!(error.destination(), None);
}

#[test]
fn an_error_about_both_files_has_both_paths() {
    let dir = dir();
    let src = dir.path().join("src");
    file(&src, b"data");
    let error = fails(dir.path(), || reflink::auto(&src, &src));
    assert_eq!(error.reason(), Some(&Reason::SameFile));
    assert_eq!((error.path(), error.destination()), (Some(&*src), Some(&*src)));
}

#[test]
fn an_error_about_the_destination_alone_has_its_path() {
    let dir = dir();
    let src = dir.path().join("src");
    file(&src, b"data");
    let dst = dir.path().join("missing/dst");
    let error = fails(dir.path(), || reflink::auto(&src, &dst));
    assert_eq!((error.path(), error.destination()), (Some(&*dst), Some(&*dst)));
    let stop = || Options::new().on_progress(|_| ControlFlow::Break(()));
    let dst = dir.path().join("dst");
    let error = fails(dir.path(), || stop().copy(&src, &dst));
    assert!(matches!(error, Error::Cancelled { .. }), "{error:?}");
    assert_eq!((error.path(), error.destination()), (Some(&*dst), Some(&*dst)));
}

#[test]
fn the_source_of_an_error_is_the_system_error() {
    use std::error::Error as _;
    let dir = dir();
    let missing = dir.path().join("missing");
    let error = fails(dir.path(), || reflink::auto(&missing, dir.path().join("dst")));
    let kernels = error.source().and_then(|source| source.downcast_ref::<io::Error>());
    assert_eq!(kernels.and_then(io::Error::raw_os_error), Some(libc::ENOENT));
}

#[test]
fn an_error_with_a_reason_has_a_text_and_mostly_a_hint() {
    let dir = dir();
    let src = file(&dir.path().join("src"), &bytes(1, 10_000));
    let dst = file(&dir.path().join("dst"), b"");
    let error = fails(dir.path(), || reflink::partial(&src, 0..20_000, &dst, 0, Mode::Auto));
    assert_eq!(error.reason(), Some(&Reason::PastEnd { source_length: 10_000 }));
    let reason = error.reason().unwrap().to_string();
    assert!(reason.contains("10000"), "{reason}");
    let hint = error.hint().unwrap();
    for text in [&reason, &hint] {
        assert!(!text.ends_with('.') && !text.contains('\n'), "{text}");
    }
    assert!(error.to_string().ends_with("Invalid argument"), "{error}");
    assert!(!error.to_string().contains("os error"), "{error}");
}

#[test]
fn an_io_error_keeps_kind_and_errno() {
    let dir = dir();
    let [src, dst] = ["src", "dst"].map(|name| dir.path().join(name));
    file(&src, b"data");
    let convert = |error: Error| {
        let (kind, errno) = (error.kind(), error.raw_os_error());
        let error = io::Error::from(error);
        assert_eq!((error.kind(), error.raw_os_error()), (kind, errno));
        error.kind()
    };
    let error = fails(dir.path(), || reflink::auto(dir.path().join("missing"), &dst));
    assert_eq!(convert(error), io::ErrorKind::NotFound);
    let error = fails(dir.path(), || reflink::auto(&src, dir.path()));
    assert_eq!(convert(error), io::ErrorKind::IsADirectory);
    file(&dst, b"old");
    let error = fails(dir.path(), || Options::new().overwrite(Overwrite::Never).copy(&src, &dst));
    assert_eq!(convert(error), io::ErrorKind::AlreadyExists);
    // So that `?` works in functions that return `io::Result`.
    let through = || -> io::Result<u64> { Ok(reflink::auto(&src, dir.path())?.total()) };
    assert_eq!(through().unwrap_err().kind(), io::ErrorKind::IsADirectory);
}

#[test]
fn an_error_can_go_to_another_thread() {
    fn check<T: Send + Sync + std::error::Error + 'static>() {}
    check::<Error>();
}
