//! Errors of entries, of the whole filesystem, and entries that change while they are copied.

use std::fs;
use std::ops::ControlFlow;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use reflink::Error;
use reflink::tree::{OnError, Options, Visit};

use crate::common::{MIB, Small, bytes, in_child, needs, other_dir};
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

#[test]
fn an_entry_that_vanishes_or_becomes_a_link_before_it_is_opened_fails_alone() {
    needs!(FilesOfAllTypes);
    let place = place();
    let secret = place.dir.path().join("secret");
    fs::create_dir(&secret).unwrap();
    fs::write(secret.join("file"), "secret").unwrap();
    for name in ["vanishes", "swapped", "stays"] {
        fs::write(place.src.join(name), "data").unwrap();
    }
    fs::create_dir(place.src.join("dir")).unwrap();
    let done = Options::new()
        .errors(OnError::GoOn)
        .each(|entry| {
            let path = place.src.join(entry.path);
            match entry.path.to_str() {
                Some("vanishes") => fs::remove_file(path).unwrap(),
                Some("swapped") => {
                    fs::remove_file(&path).unwrap();
                    symlink("../secret/file", path).unwrap();
                }
                Some("dir") => {
                    fs::remove_dir(&path).unwrap();
                    symlink("../secret", path).unwrap();
                }
                _ => {}
            }
            Visit::Copy
        })
        .copy(&place.src, &place.dst)
        .unwrap();
    let errno = |name: &str| {
        let failure = done.failed.iter().find(|failure| failure.path == Path::new(name));
        failure.and_then(|failure| failure.error.raw_os_error())
    };
    assert_eq!(errno("vanishes"), Some(libc::ENOENT));
    assert_eq!(errno("swapped"), Some(libc::ELOOP));
    assert_eq!(errno("dir"), Some(libc::ENOTDIR));
    assert_eq!((done.files, done.failed.len()), (1, 3), "{done:?}");
    let names: Vec<_> =
        fs::read_dir(&place.dst).unwrap().map(|it| it.unwrap().file_name()).collect();
    assert_eq!(names, ["stays"]);
}

/// A thread keeps swapping a directory for a link and back: nothing from behind the link may be
/// copied.
#[test]
fn a_directory_that_is_swapped_for_a_link_all_the_time_is_never_followed() {
    needs!(FilesOfAllTypes);
    let place = place();
    let (secret, dir) = (place.dir.path().join("secret"), place.src.join("dir"));
    fs::create_dir(&secret).unwrap();
    fs::create_dir_all(dir.join("below")).unwrap();
    for number in 0..50 {
        fs::write(secret.join(format!("file{number}")), "secret").unwrap();
        fs::write(dir.join(format!("file{number}")), "data").unwrap();
    }
    let (aside, link) = (place.dir.path().join("aside"), place.dir.path().join("link"));
    symlink(&secret, &link).unwrap();
    let is_done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !is_done.load(Ordering::Relaxed) {
                fs::rename(&dir, &aside).unwrap();
                fs::rename(&link, &dir).unwrap();
                fs::rename(&dir, &link).unwrap();
                fs::rename(&aside, &dir).unwrap();
            }
        });
        let copies = std::panic::catch_unwind(|| {
            for round in 0..200 {
                let dst = place.dst.with_extension(round.to_string());
                Options::new().errors(OnError::GoOn).copy(&place.src, &dst).unwrap();
                if dst.join("dir").is_symlink() {
                    // It was a link when its name was read.
                    continue;
                }
                for number in 0..50 {
                    let file = fs::read(dst.join(format!("dir/file{number}")));
                    assert!(file.is_err() || file.is_ok_and(|bytes| bytes == b"data"), "{round}");
                }
            }
        });
        is_done.store(true, Ordering::Relaxed);
        copies.unwrap();
    });
}

/// Moves a directory away from above the deepest file, while the directories above it are closed.
fn copy_while_moved(parent_stays: bool) -> (crate::tree::Place, reflink::Result<u64>) {
    let place = place();
    let deep: std::path::PathBuf = (0..40).map(|level| format!("d{level}")).collect();
    fs::create_dir_all(place.src.join(&deep)).unwrap();
    fs::write(place.src.join(&deep).join("file"), "data").unwrap();
    let move_away = Options::new().threads(1).errors(OnError::GoOn).each(|entry| {
        if entry.path.ends_with("file") {
            fs::rename(place.src.join("d0/d1/d2"), place.dir.path().join("aside")).unwrap();
            if !parent_stays {
                fs::remove_dir(place.src.join("d0/d1")).unwrap();
            }
        }
        Visit::Copy
    });
    let copied = move_away.copy(&place.src, &place.dst).map(|done| done.directories);
    drop(move_away);
    (place, copied)
}

#[test]
fn the_parent_of_a_directory_that_is_moved_away_is_found_from_the_root() {
    assert_eq!(copy_while_moved(true).1.unwrap(), 41);
}

#[test]
fn a_directory_that_cannot_be_found_again_stops_the_copy() {
    let (place, copied) = copy_while_moved(false);
    assert_eq!(copied.unwrap_err().raw_os_error(), Some(libc::ENOENT));
    fs::remove_dir_all(place.dir.path().join("aside")).unwrap();
    place.assert_nothing_left();
}
