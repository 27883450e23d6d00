//! A disk with more and more room, from none to enough: a copy that fails changes nothing.

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use reflink::{Mode, Options, Overwrite};
use rustix::fs::{FallocateFlags, fallocate};

use crate::common::{
    ALL_MODES, Filler, KIB, MIB, Small, assert_same_files, bytes, fs, needs, snapshot,
};

/// A file that takes all room except what it gives back.
struct Ballast(Filler);

impl Ballast {
    /// Fills the disk up, to the last block.
    fn new(dir: &Path) -> Self {
        let filler = Filler::new(dir);
        let file = filler.file();
        let mut len = 0;
        for step in [64 * MIB, MIB, 64 * KIB, 4 * KIB] {
            while fallocate(file, FallocateFlags::empty(), len, step).is_ok() {
                len += step;
            }
        }
        file.sync_all().unwrap();
        Self(filler)
    }

    fn give_back(&self, bytes: u64) {
        let file = self.0.file();
        let len = file.metadata().unwrap().len();
        file.set_len(len.saturating_sub(bytes)).unwrap();
        // btrfs and xfs reuse the blocks that a transaction has freed after it is on disk.
        file.sync_all().unwrap();
        assert!(len > 0, "the disk is empty, and the copy still fails");
    }
}

/// Copies with more and more room until it succeeds; returns the number of failures.
#[track_caller]
fn until_there_is_room(dir: &Path, mode: Mode, overwrite: Overwrite, step: u64) -> u32 {
    let [src, dst] = ["src", "dst"].map(|name| dir.join(name));
    let ballast = Ballast::new(dir.parent().unwrap());
    let old = snapshot(dir);
    let mut failures = 0;
    loop {
        match Options::new().mode(mode).overwrite(overwrite).copy(&src, &dst) {
            Ok(_) => break,
            Err(error) => {
                assert_eq!(error.raw_os_error(), Some(libc::ENOSPC), "{mode:?}: {error:?}");
                assert_eq!(snapshot(dir), old, "{mode:?}: after {error}");
                failures += 1;
            }
        }
        ballast.give_back(step);
    }
    assert_same_files(&dst, &src);
    assert_eq!(snapshot(dir).len(), 2);
    drop(ballast);
    std::fs::remove_file(dst).unwrap();
    failures
}

/// A directory for the two files; the ballast is beside it.
fn files(small: &Small) -> PathBuf {
    let dir = small.path().join("files");
    std::fs::create_dir(&dir).unwrap();
    dir
}

fn modes() -> impl Iterator<Item = Mode> {
    ALL_MODES.into_iter().filter(|mode| *mode != Mode::Always || fs().clones())
}

#[test]
#[ignore = "fills a small filesystem; run cargo xtask test"]
fn a_new_file() {
    let small = Small::new();
    let dir = files(&small);
    std::fs::write(dir.join("src"), bytes(1, 2 * MIB + 5)).unwrap();
    for mode in modes() {
        let failures = until_there_is_room(&dir, mode, Overwrite::Never, 128 * KIB);
        println!("{mode:?}: failed {failures} times for want of room");
        // 2 MiB in steps of 128 KiB, plus blocks of metadata.
        assert!(mode != Mode::Never || failures >= 16, "{mode:?}: {failures}");
    }
}

#[test]
#[ignore = "fills a small filesystem; run cargo xtask test"]
fn in_the_place_of_an_old_one() {
    let small = Small::new();
    let dir = files(&small);
    std::fs::write(dir.join("src"), bytes(1, MIB)).unwrap();
    for mode in modes() {
        std::fs::write(dir.join("dst"), bytes(2, 600 * KIB)).unwrap();
        let failures = until_there_is_room(&dir, mode, Overwrite::Replace, 64 * KIB);
        println!("{mode:?}: failed {failures} times for want of room");
        assert!(mode != Mode::Never || failures >= 10, "{mode:?}: {failures}");
    }
}

/// With one extent per block, so that a clone needs room, too, for the list of them.
#[test]
#[ignore = "fills a small filesystem; run cargo xtask test"]
fn a_file_in_many_pieces() {
    let small = Small::new();
    let dir = files(&small);
    let src = File::create(dir.join("src")).unwrap();
    let pieces = 1500;
    for at in 0..pieces {
        src.write_all_at(&bytes(at, 4 * KIB), at * 8 * KIB).unwrap();
    }
    src.sync_all().unwrap();
    for mode in modes() {
        let failures = until_there_is_room(&dir, mode, Overwrite::Replace, 256 * KIB);
        println!("{mode:?}: failed {failures} times for want of room");
        assert!(mode != Mode::Never || failures >= 10, "{mode:?}: {failures}");
    }
}

/// In place the old bytes are lost, and the error must report that correctly.
#[test]
#[ignore = "fills a small filesystem; run cargo xtask test"]
fn in_place() {
    needs!(ClonesIntoFiles);
    let small = Small::new();
    let dir = files(&small);
    let [src, dst] = ["src", "dst"].map(|name| dir.join(name));
    std::fs::write(&src, bytes(1, 2 * MIB)).unwrap();
    for mode in modes() {
        let old = bytes(2, 600 * KIB);
        std::fs::write(&dst, &old).unwrap();
        let ballast = Ballast::new(small.path());
        let mut failures = 0;
        while let Err(error) =
            Options::new().mode(mode).overwrite(Overwrite::InPlace).copy(&src, &dst)
        {
            assert_eq!(error.raw_os_error(), Some(libc::ENOSPC), "{mode:?}: {error:?}");
            let found = std::fs::read(&dst).unwrap();
            match error.changed() {
                None => assert_eq!(found.len(), old.len(), "{mode:?}: {error:?}"),
                Some(progress) => {
                    assert_eq!(progress.total, 2 * MIB);
                    assert!(progress.done < progress.total, "{mode:?}: {error:?}");
                    let done = progress.done as usize;
                    assert_eq!(&found[..done], &bytes(1, 2 * MIB)[..done], "{mode:?}: {error:?}");
                }
            }
            failures += 1;
            std::fs::write(&dst, "").unwrap();
            ballast.give_back(256 * KIB);
            std::fs::write(&dst, &old).unwrap();
        }
        println!("{mode:?}: failed {failures} times for want of room");
        assert!(mode != Mode::Never || failures >= 4, "{mode:?}: {failures}");
        assert_same_files(&dst, &src);
        drop(ballast);
        std::fs::remove_file(&dst).unwrap();
    }
}
