//! Entries of the source that others change while they are copied.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use reflink::tree::{OnError, Options, Visit};
use rustix::fs::{CWD, FileType, Mode, mknodat};

use crate::common::{needs, within_seconds};
use crate::tree::{Place, place};

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

/// What becomes of the directory that a directory was moved out of.
#[derive(Clone, Copy, PartialEq)]
enum Parent {
    Stays,
    Goes,
    /// Another directory gets its name.
    Changes,
}

/// Moves a directory away from above the deepest file, while the directories above it are closed.
fn copy_while_moved(parent: Parent) -> (Place, reflink::Result<u64>) {
    let place = place();
    let deep: std::path::PathBuf = (0..40).map(|level| format!("d{level}")).collect();
    fs::create_dir_all(place.src.join(&deep)).unwrap();
    fs::write(place.src.join(&deep).join("file"), "data").unwrap();
    let move_away = Options::new().threads(1).errors(OnError::GoOn).each(|entry| {
        if entry.path.ends_with("file") {
            fs::rename(place.src.join("d0/d1/d2"), place.dir.path().join("aside")).unwrap();
            if parent != Parent::Stays {
                fs::rename(place.src.join("d0/d1"), place.dir.path().join("aside/d1")).unwrap();
            }
            if parent == Parent::Changes {
                fs::create_dir(place.src.join("d0/d1")).unwrap();
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
    assert_eq!(copy_while_moved(Parent::Stays).1.unwrap(), 41);
}

#[track_caller]
fn assert_stops(parent: Parent, errno: i32) {
    let (place, copied) = copy_while_moved(parent);
    assert_eq!(copied.unwrap_err().raw_os_error(), Some(errno));
    fs::remove_dir_all(place.dir.path().join("aside")).unwrap();
    place.assert_nothing_left();
}

#[test]
fn a_directory_that_cannot_be_found_again_stops_the_copy() {
    assert_stops(Parent::Goes, libc::ENOENT);
}

/// The copy of one directory must not go on with the entries of another.
#[test]
fn a_directory_whose_name_another_has_by_then_stops_the_copy() {
    assert_stops(Parent::Changes, libc::ESTALE);
}

/// Neither blocks, nor is copied as what it was.
#[test]
fn an_entry_that_becomes_of_another_type_before_it_is_opened_fails_alone() {
    needs!(FilesOfAllTypes);
    const ENTRIES: [(&str, i32); 6] = [
        ("file-fifo", libc::EINVAL),
        ("file-directory", libc::EISDIR),
        ("directory-file", libc::ENOTDIR),
        ("link-file", libc::EINVAL),
        ("fifo-file", libc::EINVAL),
        ("fifo-link", libc::EINVAL),
    ];
    let make = |path: &Path, kind: &str| match kind {
        "file" => fs::write(path, "data").unwrap(),
        "directory" => fs::create_dir(path).unwrap(),
        "link" => symlink("nowhere", path).unwrap(),
        _ => mknodat(CWD, path, FileType::Fifo, Mode::from_raw_mode(0o600), 0).unwrap(),
    };
    let place = place();
    for (name, _) in ENTRIES {
        make(&place.src.join(name), name.split('-').next().unwrap());
    }
    let (src, dst) = (place.src.clone(), place.dst.clone());
    let done = within_seconds(20, move || {
        let options = Options::new().errors(OnError::GoOn).each(|entry| {
            let (path, name) = (src.join(entry.path), entry.path.to_str().unwrap());
            if path.is_dir() { fs::remove_dir(&path) } else { fs::remove_file(&path) }.unwrap();
            make(&path, name.split('-').nth(1).unwrap());
            Visit::Copy
        });
        options.copy(&src, dst).unwrap()
    });
    let mut failed: Vec<_> = done
        .failed
        .iter()
        .map(|failure| (failure.path.to_str().unwrap(), failure.error.raw_os_error().unwrap()))
        .collect();
    failed.sort();
    let mut expected = ENTRIES;
    expected.sort();
    assert_eq!(failed, expected);
    assert_eq!(fs::read_dir(&place.dst).unwrap().count(), 0);
}
