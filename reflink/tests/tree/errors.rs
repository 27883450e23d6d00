//! Errors of entries and of the whole filesystem.

use std::fs;
use std::ops::ControlFlow;
use std::os::unix::fs::{MetadataExt as _, symlink};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use reflink::Error;
use reflink::tree::{Existing, OnError, Options, Progress, Visit};

use crate::common::{MIB, Small, bytes, in_child, needs, other_dir, tool};
use crate::tree::{POWERLESS, archive, place};

#[test]
#[ignore = "needs root and setpriv; run cargo xtask test"]
fn an_unreadable_entry_stops_the_copy_or_is_left_out() {
    needs!(Capabilities, OwnersAndModes);
    in_child("", &POWERLESS, || {
        let place = place();
        for path in ["a", "b", "dir/c"] {
            fs::create_dir_all(place.src.join(path).parent().unwrap()).unwrap();
            fs::write(place.src.join(path), "data").unwrap();
        }
        let mode = |path: &str, mode| {
            let mode = std::os::unix::fs::PermissionsExt::from_mode(mode);
            fs::set_permissions(place.src.join(path), mode).unwrap();
        };
        mode("b", 0);
        mode("dir", 0);
        let error = Options::new().copy(&place.src, &place.dst).unwrap_err();
        assert_eq!(error.raw_os_error(), Some(libc::EACCES), "{error}");
        place.assert_nothing_left();
        let done = Options::new().errors(OnError::GoOn).copy(&place.src, &place.dst).unwrap();
        mode("dir", 0o755);
        let mut failed: Vec<_> = done.failed.iter().map(|failure| failure.path.as_path()).collect();
        failed.sort();
        assert_eq!((failed, done.files), (vec![Path::new("b"), Path::new("dir")], 1));
        let path = place.src.join("b");
        let text = format!("cannot open '{}': Permission denied", path.display());
        assert!(done.failed.iter().any(|failure| failure.error.to_string() == text), "{done:?}");
    });
}

/// Once, among those that failed.
#[test]
#[ignore = "needs root and setpriv; run cargo xtask test"]
fn a_directory_whose_metadata_is_refused_is_counted_once() {
    needs!(Capabilities, OwnersAndModes);
    const FROM: &str = "REFLINK_TEST_FROM";

    let place = place();
    let src = place.src.display();
    let setup = format!(
        "cd '{src}' && mkdir own other && touch own/file other/file && chown 1234:4321 . other && export {FROM}=$PWD"
    );
    in_child(&setup, &POWERLESS, || {
        let src = std::env::var_os(FROM).unwrap();
        let files = reflink::Options::new().preserve(reflink::Preserve::OWNER);
        let options = Options::new().files(files).errors(OnError::GoOn);
        let done = options.copy(src, &place.dst).unwrap();
        let mut failed: Vec<_> = done.failed.iter().map(|failure| &failure.path).collect();
        failed.sort();
        assert_eq!(failed, [Path::new(""), Path::new("other")]);
        assert_eq!((done.files, done.directories), (2, 1), "{done:?}");
        assert_eq!(fs::read_dir(place.dst.join("other")).unwrap().count(), 1);
    });
}

#[test]
#[ignore = "needs root; run cargo xtask test"]
fn a_full_disk_is_one_error_and_nothing_is_left() {
    let (small, there) = (Small::new(), other_dir());
    let src = there.path().join("src");
    fs::create_dir(&src).unwrap();
    for number in 0..64 {
        let dir = src.join(format!("dir{number}"));
        fs::create_dir(&dir).unwrap();
        for file in 0..4 {
            fs::write(dir.join(format!("file{file}")), bytes(number, 8 * MIB)).unwrap();
        }
    }
    for errors in [OnError::Stop, OnError::GoOn] {
        let error = Options::new().errors(errors).copy(&src, small.path().join("dst")).unwrap_err();
        assert_eq!(error.raw_os_error(), Some(libc::ENOSPC), "{error}");
        let names = fs::read_dir(small.path()).unwrap().map(|entry| entry.unwrap().file_name());
        assert!(!names.into_iter().any(|name| name.to_string_lossy().contains("reflink")));
        assert!(!small.path().join("dst").exists());
    }
}

/// ext4 and btrfs refuse it as a full disk does.
#[test]
#[ignore = "needs another filesystem; run cargo xtask test"]
fn an_attribute_that_is_too_large_for_the_destination_concerns_its_file_alone() {
    needs!(SmallXattrs);
    let (there, place) = (other_dir(), place());
    let src = there.path().join("src");
    fs::create_dir(&src).unwrap();
    for name in ["a", "b", "c"] {
        fs::write(src.join(name), name).unwrap();
    }
    let flags = rustix::fs::XattrFlags::empty();
    rustix::fs::setxattr(src.join("b"), "user.large", &[1; 60_000], flags).unwrap();

    let files = reflink::Options::new().preserve_if_possible(reflink::Preserve::ALL);
    let done = Options::new().files(files).copy(&src, &place.dst).unwrap();
    let [lost] = &done.not_kept[..] else { panic!("{done:?}") };
    assert_eq!((&*lost.path, lost.errno), (Path::new("b"), Some(libc::ENOSPC)));
    assert_eq!(fs::read(place.dst.join("b")).unwrap(), b"b");
    fs::remove_dir_all(&place.dst).unwrap();

    let done = archive().errors(OnError::GoOn).copy(&src, &place.dst).unwrap();
    let [failure] = &done.failed[..] else { panic!("{done:?}") };
    assert_eq!(failure.error.raw_os_error(), Some(libc::ENOSPC), "{failure:?}");
    assert_eq!((&*failure.path, done.files), (Path::new("b"), 2), "{done:?}");
    assert!(!place.dst.join("b").exists());
}

/// The group's bits of the source are the ACL's mask, which gives the group nothing.
#[test]
#[ignore = "needs another filesystem and setfacl; run cargo xtask test"]
fn a_directory_that_cannot_get_its_metadata_is_its_owners_alone() {
    needs!(SmallXattrs, PosixAcls, OwnersAndModes);
    let (there, place) = (other_dir(), place());
    let src = there.path().join("src");
    let dir = src.join("dir");
    fs::create_dir_all(&dir).unwrap();
    let acl = ["-m", "user:1234:rwx,group::---,mask::rwx"];
    tool(std::process::Command::new("setfacl").args(acl).arg(&dir));
    let flags = rustix::fs::XattrFlags::empty();
    rustix::fs::setxattr(&dir, "user.large", &[1; 60_000], flags).unwrap();

    let files = reflink::Options::new()
        .permissions(reflink::Permissions::Umask)
        .preserve(reflink::Preserve::XATTRS);
    let done = Options::new().files(files).errors(OnError::GoOn).copy(&src, &place.dst).unwrap();
    let [failure] = &done.failed[..] else { panic!("{done:?}") };
    assert_eq!(failure.error.raw_os_error(), Some(libc::ENOSPC), "{failure:?}");
    let mode = fs::metadata(place.dst.join("dir")).unwrap().mode();
    assert_eq!(mode & 0o7777, 0o700, "{mode:o}");
}

#[test]
#[ignore = "needs another filesystem; run cargo xtask test"]
fn a_file_that_always_cannot_clone_is_one_error_and_nothing_is_left() {
    let (place, there) = (place(), other_dir());
    for name in ["a", "b", "c"] {
        fs::write(place.src.join(name), "data").unwrap();
    }
    let files = reflink::Options::new().mode(reflink::Mode::Always);
    for errors in [OnError::Stop, OnError::GoOn] {
        let options = Options::new().files(files.clone()).errors(errors);
        let error = options.copy(&place.src, there.path().join("dst")).unwrap_err();
        assert!(matches!(error, Error::NotReflinkable { .. }), "{error:?}");
        assert_eq!(fs::read_dir(there.path()).unwrap().count(), 0);
    }
}

#[test]
fn a_cancelled_copy_leaves_nothing() {
    let place = place();
    for number in 0..200 {
        fs::create_dir(place.src.join(format!("dir{number}"))).unwrap();
        fs::write(place.src.join(format!("dir{number}/file")), "data").unwrap();
    }
    let stop = AtomicBool::new(false);
    let by_flag = Options::new().cancel(&stop).each(|_| {
        stop.store(true, Ordering::Relaxed);
        Visit::Copy
    });
    let error = by_flag.copy(&place.src, &place.dst).unwrap_err();
    assert!(matches!(error, Error::Cancelled { .. }), "{error:?}");
    place.assert_nothing_left();

    let mut calls = 0;
    let by_callback = Options::new().on_progress(|progress| {
        calls += 1;
        if progress.entries > 100 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    let error = by_callback.copy(&place.src, &place.dst).unwrap_err();
    assert!(matches!(error, Error::Cancelled { .. }), "{error:?}");
    place.assert_nothing_left();
}

#[test]
fn a_copy_that_is_cancelled_within_a_file_does_not_finish_it() {
    const LEN: u64 = 256 * MIB;

    let place = place();
    fs::write(place.src.join("file"), bytes(1, LEN)).unwrap();
    let files = reflink::Options::new().mode(reflink::Mode::Never);
    let mut reached = 0;
    let stop_at_once = |progress: Progress| {
        reached = progress.bytes;
        if reached > 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let options = Options::new().files(files);
    let error = options.on_progress(stop_at_once).copy(&place.src, &place.dst).unwrap_err();
    assert!(matches!(error, Error::Cancelled { .. }), "{error:?}");
    assert!((1..LEN).contains(&reached), "{reached}");
    place.assert_nothing_left();
}

/// Every entry after it would fail in the same way, so that going on makes no sense.
#[test]
fn too_few_descriptors_stop_a_copy_that_goes_on_after_errors() {
    in_child("ulimit -n 64", &[], || {
        let place = place();
        for name in ["a", "b"] {
            fs::create_dir_all(place.src.join(name)).unwrap();
            fs::write(place.src.join(name).join("file"), "data").unwrap();
        }
        let options = Options::new().errors(OnError::GoOn);
        let mut refused = 0;
        for free in 0..32 {
            let mut open = Vec::new();
            while let Ok(file) = fs::File::open("/") {
                open.push(file);
            }
            open.truncate(open.len() - free);
            let copied = options.copy(&place.src, &place.dst);
            drop(open);
            match copied {
                Ok(done) => {
                    assert_eq!((done.files, done.failed.len()), (2, 0), "{free}: {done:?}");
                    fs::remove_dir_all(&place.dst).unwrap();
                }
                Err(error) => {
                    refused += 1;
                    assert_eq!(error.raw_os_error(), Some(libc::EMFILE), "{free}: {error}");
                    place.assert_nothing_left();
                }
            }
        }
        assert!((1..32).contains(&refused), "{refused}");
    });
}

#[test]
fn progress_ends_with_all_entries_and_bytes() {
    needs!(FilesOfAllTypes);
    let place = place();
    fs::create_dir(place.src.join("dir")).unwrap();
    fs::write(place.src.join("dir/file"), bytes(1, 3 * MIB)).unwrap();
    fs::write(place.src.join("file"), "data").unwrap();
    symlink("x", place.src.join("link")).unwrap();
    let last = std::sync::Mutex::new((0, 0));
    let done = Options::new()
        .on_progress(|progress| {
            let mut last = last.lock().unwrap();
            assert!(progress.entries >= last.0 && progress.bytes >= last.1);
            *last = (progress.entries, progress.bytes);
            ControlFlow::Continue(())
        })
        .copy(&place.src, &place.dst)
        .unwrap();
    assert_eq!(*last.lock().unwrap(), (done.entries(), done.total()));
}

/// What others read first is which of the two trees an error is about.
#[test]
#[ignore = "needs root and setpriv; run cargo xtask test"]
fn an_error_names_the_tree_that_it_is_about() {
    needs!(Capabilities, OwnersAndModes);
    in_child("", &POWERLESS, || {
        let place = place();
        for name in ["closed", "open"] {
            fs::create_dir_all(place.src.join(name)).unwrap();
            fs::create_dir_all(place.dst.join(name)).unwrap();
            fs::write(place.src.join(name).join("file"), "data").unwrap();
        }
        let mode = |path: &Path, mode| {
            let mode = std::os::unix::fs::PermissionsExt::from_mode(mode);
            fs::set_permissions(path, mode).unwrap();
        };
        let (unreadable, unwritable) = (place.src.join("open/file"), place.dst.join("closed"));
        mode(&unreadable, 0);
        mode(&unwritable, 0o500);
        let merge = Options::new().existing(Existing::Merge).errors(OnError::GoOn);
        let done = merge.copy(&place.src, &place.dst).unwrap();
        let mut texts: Vec<_> = done.failed.iter().map(|it| it.error.to_string()).collect();
        texts.sort();
        let created =
            format!("cannot create '{}': Permission denied", unwritable.join("file").display());
        let opened = format!("cannot open '{}': Permission denied", unreadable.display());
        assert_eq!(texts, [created, opened]);
        let mut sides: Vec<_> = done
            .failed
            .iter()
            .map(|it| match &it.error {
                Error::Io { side, .. } => format!("{side:?}"),
                error => panic!("{error:?}"),
            })
            .collect();
        sides.sort();
        assert_eq!(sides, ["Destination", "Source"]);
    });
}

/// The parent makes what only root can make, and a child without root's rights copies it.
#[test]
#[ignore = "needs root and setpriv; run cargo xtask test"]
fn of_the_entries_that_lack_metadata_a_thousand_are_listed_and_all_are_counted() {
    needs!(Capabilities, OwnersAndModes);
    const FROM: &str = "REFLINK_TEST_FROM";
    let place = place();
    let src = place.src.display();
    let setup =
        format!("cd '{src}' && touch $(seq 1200) && chown 1234:4321 * && export {FROM}=$PWD");
    in_child(&setup, &POWERLESS, || {
        let src = std::env::var_os(FROM).unwrap();
        let files = reflink::Options::new().preserve_if_possible(reflink::Preserve::OWNER);
        for threads in [1, 3] {
            let dst = place.dst.with_extension(threads.to_string());
            let options = Options::new().files(files.clone()).threads(threads);
            let done = options.copy(&src, dst).unwrap();
            assert_eq!((done.files, done.not_kept.len()), (1200, 1000), "{threads} threads");
            assert_eq!(done.not_kept_unlisted, 200, "{threads} threads");
        }
    });
}
