//! Snapshots of btrfs subvolumes.

use std::fs;

use reflink::tree::snapshot;
use reflink::{Error, Operation, Reason};

use crate::common::*;
use crate::tree::place;

#[test]
#[ignore = "needs the table of filesystems; run cargo xtask test"]
fn a_snapshot_shares_everything_and_is_independent() {
    needs!(Subvolumes);
    let dir = dir();
    let source = Subvolume::new(dir.path().join("source"));
    let nested = Subvolume::new(source.path().join("nested"));
    fs::write(nested.path().join("file"), "data").unwrap();
    let content = bytes(1, 100_000);
    file(&source.path().join("file"), &content);
    let path = dir.path().join("copy");
    snapshot(source.path(), &path).unwrap();
    let copy = Subvolume::at(path);
    assert!(shares_everything(&source.path().join("file"), &copy.path().join("file")));
    assert_eq!(fs::read_dir(copy.path().join("nested")).unwrap().count(), 0);
    fs::write(copy.path().join("file"), "changed").unwrap();
    assert_eq!(fs::read(source.path().join("file")).unwrap(), content);

    // A name that is taken, also by an empty directory.
    let taken = dir.path().join("taken");
    fs::create_dir(&taken).unwrap();
    let error = snapshot(source.path(), &taken).unwrap_err();
    assert_eq!(error.raw_os_error(), Some(libc::EEXIST), "{error}");
    // Another filesystem.
    let other = other_dir();
    let error = snapshot(source.path(), other.path().join("copy")).unwrap_err();
    assert!(matches!(error.reason(), Some(Reason::DifferentFilesystems { .. })), "{error:?}");
    assert_eq!(error.hint().as_deref(), Some("copy the tree instead"));
    assert_eq!(fs::read_dir(other.path()).unwrap().count(), 0);
}

#[test]
fn a_directory_is_refused() {
    let place = place();
    let error = snapshot(&place.src, &place.dst).unwrap_err();
    let Error::NotReflinkable { operation, reason, .. } = &error else { panic!("{error:?}") };
    assert_eq!((*operation, *reason), (Operation::Snapshot, Reason::NotSubvolume));
    let text = format!("cannot snapshot '{}' to '{}': ", place.src.display(), place.dst.display());
    assert!(error.to_string().starts_with(&text), "{error}");
    place.assert_nothing_left();
}

#[test]
fn a_file_and_a_missing_directory_are_refused() {
    let place = place();
    let path = place.src.join("file");
    fs::write(&path, "data").unwrap();
    for (src, errno) in [(path.clone(), libc::ENOTDIR), (place.src.join("none"), libc::ENOENT)] {
        let error = snapshot(&src, &place.dst).unwrap_err();
        assert_eq!(error.raw_os_error(), Some(errno), "{error}");
        assert_eq!(error.path(), Some(&*src));
    }
    for dst in ["none/copy", "/", ".."] {
        assert!(snapshot(&place.src, place.src.join(dst)).is_err());
    }
    place.assert_nothing_left();
}
