//! Trees, on every operating system.

use std::fs::{self, File, FileTimes};
use std::io::ErrorKind;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use reflink::tree::{Existing, Options};
#[cfg(windows)]
use reflink::tree::{OnError, Visit};
use reflink::{Error, Preserve, Reason};

use super::{dir, names, set_read_only};

/// A directory with the names that its entries are to have below `src`, where a slash at the end makes a directory.
fn tree(entries: &[&str]) -> (tempfile::TempDir, PathBuf, PathBuf) {
    let dir = dir();
    let (src, dst) = (dir.path().join("src"), dir.path().join("dst"));
    fs::create_dir(&src).unwrap();
    for entry in entries {
        let path = src.join(entry);
        if entry.ends_with('/') {
            fs::create_dir_all(path).unwrap();
        } else {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, entry).unwrap();
        }
    }
    (dir, src, dst)
}

#[test]
fn a_tree_has_the_entries_and_the_times_of_its_source() {
    let (dir, src, dst) = tree(&["empty/", "sub/deeper/file", "sub/other", "locked"]);
    let old = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
    for file in ["locked", "sub/deeper/file"] {
        let file = File::options().write(true).open(src.join(file)).unwrap();
        file.set_times(FileTimes::new().set_modified(old)).unwrap();
    }
    set_read_only(&src.join("locked"), true);
    let times = |root: &Path, name| fs::metadata(root.join(name)).unwrap().modified().unwrap();
    let wanted = ["", "sub", "empty", "sub/deeper/file", "locked"].map(|name| times(&src, name));

    let files = reflink::Options::new().preserve(Preserve::TIMES);
    let done = Options::new().files(files).copy(&src, &dst).unwrap();
    assert_eq!((done.files, done.directories, done.links), (3, 4, 0), "{done:?}");
    assert!(done.not_kept.is_empty() && done.failed.is_empty(), "{done:?}");
    for file in ["sub/deeper/file", "sub/other", "locked"] {
        assert_eq!(fs::read_to_string(dst.join(file)).unwrap(), file);
    }
    assert_eq!(fs::read_dir(dst.join("empty")).unwrap().count(), 0);
    let found = ["", "sub", "empty", "sub/deeper/file", "locked"].map(|name| times(&dst, name));
    assert_eq!(found, wanted);
    assert!(fs::metadata(dst.join("locked")).unwrap().permissions().readonly());
    assert_eq!(names(&dir), ["a", "dst", "src"]);
    set_read_only(&src.join("locked"), false);
    set_read_only(&dst.join("locked"), false);
}

#[test]
fn hard_links_are_hard_links_in_the_copy() {
    let (_dir, src, dst) = tree(&["one", "sub/"]);
    fs::hard_link(src.join("one"), src.join("sub/two")).unwrap();
    let done = Options::new().copy(&src, &dst).unwrap();
    assert_eq!((done.files, done.links), (1, 1), "{done:?}");
    fs::write(dst.join("one"), "changed").unwrap();
    assert_eq!(fs::read_to_string(dst.join("sub/two")).unwrap(), "changed");
    assert_eq!(fs::read_to_string(src.join("sub/two")).unwrap(), "one");
}

#[test]
fn an_existing_destination_is_an_error_unless_trees_are_merged() {
    let (dir, src, dst) = tree(&["new", "sub/both"]);
    fs::create_dir_all(dst.join("sub")).unwrap();
    fs::write(dst.join("sub/both"), "old").unwrap();
    fs::write(dst.join("sub/kept"), "kept").unwrap();
    let error = Options::new().copy(&src, &dst).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AlreadyExists, "{error}");
    assert_eq!(fs::read_to_string(dst.join("sub/both")).unwrap(), "old");

    let done = Options::new().existing(Existing::Merge).copy(&src, &dst).unwrap();
    assert_eq!((done.files, done.directories), (2, 2), "{done:?}");
    for (name, bytes) in [("new", "new"), ("sub/both", "sub/both"), ("sub/kept", "kept")] {
        assert_eq!(fs::read_to_string(dst.join(name)).unwrap(), bytes);
    }
    assert_eq!(names(&dir), ["a", "dst", "src"]);
}

/// A copy that is stopped when everything but the last entry is there.
#[test]
fn a_cancelled_copy_leaves_nothing() {
    let (dir, src, dst) = tree(&["sub/deeper/locked", "sub/other", "one", "two"]);
    set_read_only(&src.join("sub/deeper/locked"), true);
    let options = || {
        Options::new().threads(1).on_progress(|progress| match progress.entries {
            7.. => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
        })
    };
    let error = options().copy(&src, &dst).unwrap_err();
    assert!(matches!(error, Error::Cancelled { .. }), "{error}");
    assert_eq!(names(&dir), ["a", "src"]);
    set_read_only(&src.join("sub/deeper/locked"), false);
}

#[test]
fn a_tree_is_not_copied_into_itself() {
    let (_dir, src, _) = tree(&["sub/file"]);
    for dst in ["dst", "sub/dst"] {
        let error = Options::new().copy(&src, src.join(dst)).unwrap_err();
        assert_eq!(error.reason(), Some(&Reason::IntoItself), "{error}");
    }
    let merged = Options::new().existing(Existing::Merge).copy(&src, &src).unwrap_err();
    assert_eq!(merged.reason(), Some(&Reason::IntoItself), "{merged}");
    assert_eq!(fs::read_dir(&src).unwrap().count(), 1);
    assert_eq!(fs::read_dir(src.join("sub")).unwrap().count(), 1);
}

/// Windows limits a path to 260 characters unless it is asked in a certain way, and nothing may recurse.
#[test]
#[cfg_attr(windows, ignore = "Wine 8 has no path of more than 260 characters to an open directory")]
fn a_path_can_be_long() {
    let (dir, src, dst) = tree(&[]);
    let below: PathBuf = (0..40).map(|number| format!("directory-{number:04}")).collect();
    fs::create_dir_all(src.join(&below)).unwrap();
    fs::write(src.join(&below).join("file"), "bytes").unwrap();
    let done = Options::new().copy(&src, &dst).unwrap();
    assert_eq!((done.files, done.directories), (1, 41), "{done:?}");
    assert_eq!(fs::read_to_string(dst.join(below).join("file")).unwrap(), "bytes");
    assert_eq!(names(&dir), ["a", "dst", "src"]);
}

#[test]
fn a_directory_can_have_many_entries() {
    let (_dir, src, dst) = tree(&[]);
    for number in 0..200 {
        fs::write(src.join(format!("{number}-{}", "n".repeat(100))), number.to_string()).unwrap();
    }
    let done = Options::new().threads(4).copy(&src, &dst).unwrap();
    assert_eq!((done.files, done.directories), (200, 1), "{done:?}");
    for number in 0..200 {
        let name = format!("{number}-{}", "n".repeat(100));
        assert_eq!(fs::read_to_string(dst.join(name)).unwrap(), number.to_string());
    }
}

#[test]
fn a_file_is_no_tree() {
    let (dir, src, dst) = tree(&["file"]);
    let error = Options::new().copy(src.join("file"), &dst).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotADirectory, "{error}");
    assert_eq!(names(&dir), ["a", "src"]);
}

/// Windows takes the two names for one, and the source, which does not, has both.
#[test]
#[cfg(windows)]
fn a_second_name_that_differs_only_in_case_is_an_error() {
    for entry in ["name", "name/"] {
        let (dir, src, dst) = tree(&[entry]);
        let make_first = || {
            let mut entries = fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().path());
            let copy = entries.find(|path| path.extension().is_some()).unwrap();
            fs::write(copy.join("NAME"), "first").unwrap();
        };
        let options = || {
            Options::new().threads(1).each(|_| {
                make_first();
                Visit::Copy
            })
        };
        let error = options().copy(&src, &dst).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AlreadyExists, "{error}");
        assert_eq!(names(&dir), ["a", "src"]);
        let done = options().errors(OnError::GoOn).copy(&src, &dst).unwrap();
        let [failure] = &done.failed[..] else { panic!("{done:?}") };
        assert_eq!(failure.path, Path::new("name"));
        assert_eq!(fs::read_to_string(dst.join("name")).unwrap(), "first");
    }
}

#[test]
#[cfg(windows)]
#[ignore = "needs the right to make symbolic links, as in Windows' developer mode"]
fn links_are_copied_as_links() {
    use std::os::windows::fs::{FileTypeExt as _, symlink_dir, symlink_file};

    let (dir, src, dst) = tree(&["file", "sub/other"]);
    symlink_file("file", src.join("to-file")).unwrap();
    symlink_dir("sub", src.join("to-directory")).unwrap();
    symlink_file("nowhere", src.join("dangling")).unwrap();
    let done = Options::new().copy(&src, &dst).unwrap();
    assert_eq!((done.files, done.directories, done.symlinks), (2, 2, 3), "{done:?}");
    for (name, target, is_directory) in
        [("to-file", "file", false), ("to-directory", "sub", true), ("dangling", "nowhere", false)]
    {
        assert_eq!(fs::read_link(dst.join(name)).unwrap(), Path::new(target));
        let kind = fs::symlink_metadata(dst.join(name)).unwrap().file_type();
        assert_eq!(kind.is_symlink_dir(), is_directory);
    }
    fs::remove_dir_all(&dst).unwrap();
    let stopped = Options::new().threads(1).on_progress(|progress| match progress.entries {
        7.. => ControlFlow::Break(()),
        _ => ControlFlow::Continue(()),
    });
    stopped.copy(&src, &dst).unwrap_err();
    assert_eq!(names(&dir), ["a", "src"]);
}
