//! What happens if the destination's name is taken.

use std::fs::File;
use std::os::unix::fs::{MetadataExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use reflink::{Error, Mode, Options, Outcome, Overwrite, Reason, Result};
use tempfile::TempDir;

use crate::common::*;

/// A directory with a source.
struct Place {
    dir: TempDir,
    src: PathBuf,
    dst: PathBuf,
}

impl Place {
    fn new() -> Self {
        let dir = dir();
        let [src, dst] = ["src", "dst"].map(|name| dir.path().join(name));
        file(&src, &bytes(1, 50_001));
        Self { dir, src, dst }
    }

    fn copy(&self, mode: Mode, overwrite: Overwrite) -> Result<Outcome> {
        Options::new().mode(mode).overwrite(overwrite).copy(&self.src, &self.dst)
    }

    fn other(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }
}

fn ino(path: &Path) -> u64 {
    path.symlink_metadata().unwrap().ino()
}

#[test]
fn replace_makes_a_new_file_and_leaves_the_old_one_to_its_users() {
    needs!(NamelessFiles, ReplacedOpenFiles);
    for mode in COPYING {
        let place = Place::new();
        let old = bytes(2, 70_000);
        let open = file(&place.dst, &old);
        std::fs::hard_link(&place.dst, place.other("link")).unwrap();
        let before = ino(&place.dst);
        copy(mode, &place.src, &place.dst);
        assert_same_files(&place.dst, &place.src);
        assert_ne!(ino(&place.dst), before);
        assert_same(&content(&open), &old, "the open handle");
        assert_same(&std::fs::read(place.other("link")).unwrap(), &old, "the hard link");
        assert_eq!(ino(&place.other("link")), before);
        assert_eq!(names(&place.dir), ["dst", "link", "src"]);
    }
}

#[test]
fn replace_is_the_default() {
    let place = Place::new();
    file(&place.dst, b"old");
    let before = ino(&place.dst);
    reflink::auto(&place.src, &place.dst).unwrap();
    assert_ne!(ino(&place.dst), before);
}

#[test]
fn replace_takes_the_place_of_a_symbolic_link() {
    needs!(FilesOfAllTypes);
    for mode in COPYING {
        let place = Place::new();
        file(&place.other("target"), b"target");
        std::fs::create_dir(place.other("dir")).unwrap();
        for target in ["target", "dir", "nowhere", "dst", "/"] {
            std::fs::remove_file(&place.dst).ok();
            symlink(target, &place.dst).unwrap();
            copy(mode, &place.src, &place.dst);
            assert!(place.dst.symlink_metadata().unwrap().is_file(), "{target}");
            assert_same_files(&place.dst, &place.src);
        }
        assert_eq!(std::fs::read(place.other("target")).unwrap(), b"target");
        assert_eq!(names(&place.dir), ["dir", "dst", "src", "target"]);
    }
}

#[test]
fn replace_needs_no_right_to_write_the_old_file() {
    let place = Place::new();
    let old = file(&place.dst, b"old");
    old.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o000)).unwrap();
    drop(old);
    copy(Mode::Auto, &place.src, &place.dst);
    assert_same_files(&place.dst, &place.src);
}

#[test]
fn never_overwrite_fails_on_a_taken_name() {
    needs!(FilesOfAllTypes);
    let place = Place::new();
    let taken = ["file", "empty", "dangling", "link"];
    file(&place.other("file"), b"old");
    file(&place.other("empty"), b"");
    symlink("nowhere", place.other("dangling")).unwrap();
    symlink("file", place.other("link")).unwrap();
    for mode in ALL_MODES {
        for name in taken {
            let error = fails(place.dir.path(), || {
                let options = Options::new().mode(mode).overwrite(Overwrite::Never);
                options.copy(&place.src, place.other(name))
            });
            assert!(matches!(error, Error::Io { .. }), "{error:?}");
            assert_eq!(error.raw_os_error(), Some(libc::EEXIST), "{error:?}");
            assert_eq!(error.path(), Some(&*place.other(name)), "{error:?}");
        }
    }
}

#[test]
fn never_overwrite_copies_to_a_free_name() {
    for mode in COPYING {
        let place = Place::new();
        place.copy(mode, Overwrite::Never).unwrap();
        assert_same_files(&place.dst, &place.src);
        assert_eq!(names(&place.dir), ["dst", "src"]);
    }
}

#[test]
fn of_many_copies_to_one_free_name_exactly_one_succeeds() {
    let place = Place::new();
    let results: Vec<_> = std::thread::scope(|scope| {
        let copy = || place.copy(Mode::Auto, Overwrite::Never);
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(copy)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let (won, lost): (Vec<_>, Vec<_>) = results.into_iter().partition(Result::is_ok);
    assert_eq!((won.len(), lost.len()), (1, 7));
    for error in lost {
        assert_eq!(error.unwrap_err().raw_os_error(), Some(libc::EEXIST));
    }
    assert_same_files(&place.dst, &place.src);
    assert_eq!(names(&place.dir), ["dst", "src"]);
}

#[test]
fn many_copies_onto_one_taken_name_all_succeed() {
    let place = Place::new();
    file(&place.dst, b"old");
    std::thread::scope(|scope| {
        for mode in [Mode::Auto, Mode::Never].repeat(4) {
            let place = &place;
            scope.spawn(move || place.copy(mode, Overwrite::Replace).unwrap());
        }
        // A reader sees only a whole file, old or new.
        for _ in 0..50 {
            let len = File::open(&place.dst).unwrap().metadata().unwrap().len();
            assert!([3, 50_001].contains(&len), "{len}");
        }
    });
    assert_same_files(&place.dst, &place.src);
    assert_eq!(names(&place.dir), ["dst", "src"]);
}

#[test]
fn in_place_keeps_the_inode_and_all_its_names() {
    needs!(OpenedByTwoNames);
    for mode in COPYING {
        for old in [0, 10, 50_000, 50_001, 65_536, 200_003] {
            let place = Place::new();
            let open = file(&place.dst, &bytes(2, old));
            std::fs::hard_link(&place.dst, place.other("link")).unwrap();
            let before = ino(&place.dst);
            let done = place.copy(mode, Overwrite::InPlace).unwrap();
            assert_accounts(&done, mode, 50_001);
            assert_eq!(ino(&place.dst), before);
            for path in [&place.dst, &place.other("link")] {
                assert_same_files(path, &place.src);
            }
            assert_same(&content(&open), &bytes(1, 50_001), "the open handle");
            assert_eq!(names(&place.dir), ["dst", "link", "src"]);
        }
    }
}

#[test]
fn in_place_follows_a_symbolic_link() {
    needs!(FilesOfAllTypes);
    for mode in COPYING {
        let place = Place::new();
        file(&place.other("target"), b"target");
        symlink("target", &place.dst).unwrap();
        let before = ino(&place.other("target"));
        place.copy(mode, Overwrite::InPlace).unwrap();
        assert!(place.dst.is_symlink());
        assert_eq!(ino(&place.other("target")), before);
        assert_same_files(&place.other("target"), &place.src);
    }
}

#[test]
fn in_place_makes_a_file_where_there_is_none() {
    for mode in COPYING {
        let place = Place::new();
        place.copy(mode, Overwrite::InPlace).unwrap();
        assert_same_files(&place.dst, &place.src);
        assert_eq!(names(&place.dir), ["dst", "src"]);
    }
}

#[test]
fn an_always_in_place_that_cannot_clone_changes_nothing() {
    for old in [0, 10, 50_001, 65_536, 200_003] {
        let place = Place::new();
        file(&place.dst, &bytes(2, old));
        let before = snapshot(place.dir.path());
        match place.copy(Mode::Always, Overwrite::InPlace) {
            Ok(_) => assert_same_files(&place.dst, &place.src),
            Err(error) => {
                assert!(matches!(error, Error::NotReflinkable { .. }), "{error:?}");
                assert_eq!(snapshot(place.dir.path()), before, "after {error}");
            }
        }
    }
}

/// As with cp: otherwise anyone who can make the link could choose which file is created.
#[test]
fn in_place_does_not_write_through_a_dangling_symbolic_link() {
    needs!(FilesOfAllTypes);
    for mode in ALL_MODES {
        let place = Place::new();
        symlink("nowhere", &place.dst).unwrap();
        let error = fails(place.dir.path(), || place.copy(mode, Overwrite::InPlace));
        assert_eq!(error.raw_os_error(), Some(libc::ENOENT), "{error:?}");
        assert_eq!(error.reason(), Some(&Reason::DanglingLink), "{error:?}");
    }
}

#[test]
fn a_link_to_itself_at_the_destination_is_replaced_but_not_followed() {
    needs!(FilesOfAllTypes);
    let place = Place::new();
    symlink("dst", &place.dst).unwrap();
    let error = fails(place.dir.path(), || place.copy(Mode::Auto, Overwrite::InPlace));
    assert_eq!(error.raw_os_error(), Some(libc::ELOOP), "{error:?}");
    place.copy(Mode::Auto, Overwrite::Replace).unwrap();
    assert_same_files(&place.dst, &place.src);
}

#[test]
fn the_file_of_a_running_program_is_replaced_but_not_written() {
    needs!(ReplacedOpenFiles);
    let place = Place::new();
    // In another process, because no thread of this one may have the file open when it is run.
    tool(Command::new("cp").arg("/bin/sleep").arg(&place.dst));
    let mut child = Command::new(&place.dst).arg("60").spawn().unwrap();
    // QEMU's user mode does not wait until the child runs the program.
    let program = format!("/proc/{}/exe", child.id());
    eventually(|| std::fs::read_link(&program).is_ok_and(|path| path.ends_with("dst")));
    let error = fails(place.dir.path(), || place.copy(Mode::Auto, Overwrite::InPlace));
    assert_eq!(error.raw_os_error(), Some(libc::ETXTBSY), "{error:?}");
    let replaced = place.copy(Mode::Auto, Overwrite::Replace);
    child.kill().unwrap();
    child.wait().unwrap();
    replaced.unwrap();
    assert_same_files(&place.dst, &place.src);
}
