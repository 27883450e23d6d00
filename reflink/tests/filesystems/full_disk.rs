//! A full disk: ENOSPC, the old destination, and no leftovers.

use std::fs::File;
use std::path::{Path, PathBuf};

use reflink::{Error, Mode, Options, Outcome, Overwrite, Result};
use rustix::fs::{FallocateFlags, fallocate, syncfs};
use rustix::io::Errno;

use crate::common::*;

/// Fills the filesystem except for about `left` bytes, until the result is dropped.
fn fill(dir: &Path, left: u64) -> Filler {
    // Beside the test's directory, of which every byte is compared.
    let dir = dir.parent().unwrap();
    let take = |most: u64, least: u64| {
        let filler = Filler::new(dir);
        let (mut end, mut piece) = (0, most);
        while piece >= least {
            match fallocate(filler.file(), FallocateFlags::empty(), end, piece) {
                Ok(()) => end += piece,
                Err(Errno::NOSPC) => piece /= 2,
                Err(error) => panic!("{error}"),
            }
            if end >= most {
                break;
            }
        }
        // btrfs frees the blocks of a failed attempt when it commits.
        syncfs(filler.file()).unwrap();
        filler
    };
    let reserve = take(left, left);
    assert_eq!(reserve.file().metadata().unwrap().len(), left);
    let filler = take(GIB, 4 * KIB);
    drop(reserve);
    filler
}

/// `Auto` and `Never` from another filesystem onto a full one.
fn check(overwrite: Overwrite, copy: impl Fn(&mut Options<'_>, &Path, &Path) -> Result<Outcome>) {
    let (small, there) = (Small::new(), other_dir());
    let (src, dst) = (there.path().join("src"), small.path().join("dst"));
    file(&src, &bytes(1, 12 * MIB));
    file(&dst, &bytes(2, 300_001)).sync_all().unwrap();
    let filler = fill(&small.on_server(), 4 * MIB);
    let before = entry(&dst);
    for mode in COPYING {
        for sync in [false, true] {
            let mut options = Options::new().mode(mode).overwrite(overwrite).sync(sync);
            let error = copy(&mut options, &src, &dst).expect_err("there is no room");
            assert_eq!(error.raw_os_error(), Some(libc::ENOSPC), "{mode:?}: {error:?}");
            assert!(matches!(error, Error::Io { .. }), "{error:?}");
            assert!(error.to_string().ends_with("No space left on device"), "{error}");
            let names: Vec<_> = snapshot(small.path()).into_keys().collect();
            assert_eq!(names, ["dst"], "after {error}");
            if overwrite != Overwrite::InPlace {
                assert_eq!(entry(&dst), before);
            }
        }
    }
    // With room the copy works: nothing of the failed copies is left on the disk.
    drop(filler);
    let new = dst.with_file_name("new");
    let made = if overwrite == Overwrite::Never { &new } else { &dst };
    copy(&mut Options::new().overwrite(overwrite).sync(true), &src, &dst).unwrap();
    assert_same_files(made, &src);
}

#[test]
#[ignore = "needs a small filesystem; run cargo xtask test"]
fn a_copy_that_finds_no_room_leaves_the_old_destination() {
    check(Overwrite::Replace, |options, src, dst| options.copy(src, dst));
}

#[test]
#[ignore = "needs a small filesystem; run cargo xtask test"]
fn a_copy_that_finds_no_room_leaves_nothing_at_a_new_name() {
    check(Overwrite::Never, |options, src, dst| options.copy(src, dst.with_file_name("new")));
}

#[test]
#[ignore = "needs a small filesystem; run cargo xtask test"]
fn a_copy_in_place_that_finds_no_room_says_so() {
    check(Overwrite::InPlace, |options, src, dst| options.copy(src, dst));
}

/// NFS accepts data that its server has no room for, and reports that later.
#[test]
#[ignore = "needs a small filesystem; run cargo xtask test"]
fn an_open_file_that_finds_no_room_says_so_when_it_is_closed_at_the_latest() {
    let (small, there) = (Small::new(), other_dir());
    let src = file(&there.path().join("src"), &bytes(1, 12 * MIB));
    let path = small.path().join("dst");
    file(&path, b"old");
    let _filler = fill(&small.on_server(), 4 * MIB);
    for mode in COPYING {
        for whole in [true, false] {
            let dst = File::create(&path).unwrap();
            let copied = if whole {
                reflink::reflink(&src, &dst, mode)
            } else {
                reflink::partial(&src, .., &dst, 0, mode)
            };
            let error = copied.and_then(|_| reflink::close(dst)).unwrap_err();
            println!("{mode:?}, whole {whole}: {error:?}");
            assert_eq!(error.raw_os_error(), Some(libc::ENOSPC), "{mode:?}: {error:?}");
        }
    }
}

/// A source of 5 MiB on a filesystem that has room for 2 more.
fn nearly_full() -> (Small, Filler, [PathBuf; 2]) {
    let small = Small::new();
    let [src, dst] = ["src", "dst"].map(|name| small.path().join(name));
    file(&src, &bytes(1, 5 * MIB)).sync_all().unwrap();
    let filler = fill(&small.on_server(), 2 * MIB);
    (small, filler, [src, dst])
}

#[track_caller]
fn finds_no_room(small: &Small, copy: impl FnOnce() -> Result<Outcome>) {
    let error = fails(small.path(), copy);
    assert_eq!(error.raw_os_error(), Some(libc::ENOSPC), "{error:?}");
}

#[test]
#[ignore = "needs a small filesystem; run cargo xtask test"]
fn a_clone_needs_no_room() {
    needs!(Clones);
    let (_small, _filler, [src, dst]) = nearly_full();
    assert_accounts(&reflink::auto(&src, &dst).unwrap(), Mode::Auto, 5 * MIB);
    assert_same_files(&dst, &src);
}

#[test]
#[ignore = "needs a small filesystem; run cargo xtask test"]
fn a_copy_without_clones_needs_room() {
    needs!(NoClones, CopiesThatTakeRoom);
    let (small, _filler, [src, dst]) = nearly_full();
    finds_no_room(&small, || reflink::auto(&src, &dst));
}

#[test]
#[ignore = "needs a small filesystem; run cargo xtask test"]
fn a_copy_that_must_not_clone_needs_room() {
    let (small, _filler, [src, dst]) = nearly_full();
    finds_no_room(&small, || Options::new().mode(Mode::Never).sync(true).copy(&src, &dst));
}
