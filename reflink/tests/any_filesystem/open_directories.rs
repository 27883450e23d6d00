//! Copies between open directories that may have been moved.

use std::fs::{self, File};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, symlink};
use std::path::Path;

use reflink::{HardLinks, Method, Options, Overwrite};

use crate::common::*;

const LEN: u64 = 20_001;

/// The directories `from` and `to`, open with O_PATH, with `from/src`.
fn directories(dir: &Path) -> (File, File) {
    let open = |name| {
        fs::create_dir(dir.join(name)).unwrap();
        File::options().read(true).custom_flags(libc::O_PATH).open(dir.join(name)).unwrap()
    };
    let opened = (open("from"), open("to"));
    file(&dir.join("from/src"), &bytes(1, LEN));
    opened
}

#[test]
fn a_copy_is_made_where_the_directories_are_now() {
    for mode in COPYING {
        let dir = dir();
        let (from, to) = directories(dir.path());
        for (old, new) in [("from", "from.moved"), ("to", "to.moved")] {
            fs::rename(dir.path().join(old), dir.path().join(new)).unwrap();
            fs::create_dir(dir.path().join(old)).unwrap();
        }
        let done = Options::new().mode(mode).copy_at(&from, "src", &to, "dst").unwrap();
        assert_accounts(&done, mode, LEN);
        let path = |name| dir.path().join(name);
        assert_same_files(&path("to.moved/dst"), &path("from.moved/src"));
        assert_eq!(fs::read_dir(path("to")).unwrap().count(), 0);
        assert_eq!(fs::read_dir(path("to.moved")).unwrap().count(), 1);
    }
}

#[test]
fn a_path_below_and_above_an_open_directory_is_followed() {
    needs!(FilesOfAllTypes);
    let dir = dir();
    let (from, to) = directories(dir.path());
    fs::create_dir(dir.path().join("to/below")).unwrap();
    symlink("src", dir.path().join("from/link")).unwrap();
    let (options, src) = (Options::new(), dir.path().join("from/src"));
    for (name, dst) in [("src", "below/a"), ("link", "../b"), ("../from/src", "./c")] {
        options.copy_at(&from, name, &to, dst).unwrap();
        assert_same_files(&dir.path().join("to").join(dst), &src);
    }
    let absolute = dir.path().join("d");
    options.copy_at(&from, &src, &to, &absolute).unwrap();
    assert_same_files(&absolute, &src);
}

#[test]
fn an_old_file_is_replaced_kept_or_written_to() {
    let dir = dir();
    let (from, to) = directories(dir.path());
    let dst = dir.path().join("to/dst");
    file(&dst, b"old");
    let old = dst.metadata().unwrap().ino();
    let copy = |overwrite| Options::new().overwrite(overwrite).copy_at(&from, "src", &to, "dst");

    let error = fails(dir.path(), || copy(Overwrite::Never));
    assert_eq!(error.raw_os_error(), Some(libc::EEXIST));
    assert_eq!(error.path(), Some(Path::new("dst")));
    copy(Overwrite::InPlace).unwrap();
    assert_eq!(dst.metadata().unwrap().ino(), old);
    fs::write(&dst, "older").unwrap();
    copy(Overwrite::Replace).unwrap();
    assert_ne!(dst.metadata().unwrap().ino(), old);
    assert_same_files(&dst, &dir.path().join("from/src"));
}

#[test]
fn errors_have_the_paths_that_the_caller_gave() {
    let dir = dir();
    let (from, to) = directories(dir.path());
    let options = Options::new();
    let error = fails(dir.path(), || options.copy_at(&from, "absent", &to, "dst"));
    assert_eq!(error.to_string(), "cannot open 'absent': No such file or directory");
    let error = fails(dir.path(), || options.copy_at(&from, "src", &to, "no/dst"));
    assert_eq!(error.to_string(), "cannot create 'no/dst': No such file or directory");
    let error = fails(dir.path(), || options.copy_at(&from, "src", &to, "."));
    assert_eq!(error.raw_os_error(), Some(libc::EISDIR));
    let file = File::open(dir.path().join("from/src")).unwrap();
    let error = fails(dir.path(), || options.copy_at(&file, "src", &to, "dst"));
    assert_eq!(error.raw_os_error(), Some(libc::ENOTDIR));
}

#[test]
fn a_hard_link_is_made_between_open_directories() {
    needs!(FilesOfAllTypes);
    let dir = dir();
    let (from, to) = directories(dir.path());
    symlink("src", dir.path().join("from/link")).unwrap();
    let options = Options::new().hard_links(HardLinks::First);
    let done = options.copy_at(&from, "src", &to, "dst").unwrap();
    assert_eq!(done.method(), Method::HardLink);
    assert_eq!(dir.path().join("to/dst").metadata().unwrap().nlink(), 2);
    // The link's target is not the file that was named.
    let done = options.copy_at(&from, "link", &to, "copy").unwrap();
    assert_ne!(done.method(), Method::HardLink);
}
