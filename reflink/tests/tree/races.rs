//! Trees that another thread changes all the time, among other things by links to a directory outside: nothing
//! outside is read or written, and every copy is either there or gone.

use std::fs;
use std::ops::ControlFlow;
use std::os::unix::fs::symlink;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use reflink::tree::{Existing, OnError, Options};
use reflink::{Error, Reason};
use rustix::fs::{CWD, FileType, Mode, mknodat};
use tempfile::TempDir;

use crate::common::{dir, needs};
use crate::tree::{Place, archive, map, place};

/// How many copies each test makes.
const ROUNDS: u64 = 80;
/// The directories of the tree, in a random one of which the other thread changes an entry.
const DIRECTORIES: [&str; 6] = ["d0", "d0/below", "d1", "d1/below", "d2", "d2/below"];
const FILES: [&str; 6] = ["e0", "e1", "e2", "e3", "e4", "e5"];
/// All bytes of files inside, and of those outside.
const INSIDE: [u8; 5000] = [b'i'; 5000];
const OUTSIDE: [u8; 5000] = [b'O'; 5000];
/// What can become of a name while it is read: gone, a link, no directory, of another type.
const EXPECTED: [i32; 7] = [
    libc::ENOENT,
    libc::ELOOP,
    libc::ENOTDIR,
    libc::EINVAL,
    libc::EEXIST,
    libc::EISDIR,
    libc::ESTALE,
];

/// Another thread's view of a tree: where the tree is, and a directory outside with the same names.
struct Changer {
    root: PathBuf,
    elsewhere: TempDir,
    random: u64,
}

impl Changer {
    /// Makes the tree, and what is outside.
    fn new(root: &Path, seed: u64) -> Self {
        let elsewhere = dir();
        for (root, content) in [(root, INSIDE), (&elsewhere.path().join("outside"), OUTSIDE)] {
            for directory in DIRECTORIES {
                fs::create_dir_all(root.join(directory)).unwrap();
                for name in FILES {
                    fs::write(root.join(directory).join(name), content).unwrap();
                }
            }
        }
        fs::create_dir(elsewhere.path().join("spare")).unwrap();
        Self { root: root.to_owned(), elsewhere, random: seed }
    }

    fn outside(&self) -> PathBuf {
        self.elsewhere.path().join("outside")
    }

    fn below(&mut self, limit: usize) -> usize {
        self.random = self.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (self.random >> 33) as usize % limit
    }

    /// Changes one entry. The directory that has it is no link now: only this thread makes links.
    fn change(&mut self) {
        let directory = DIRECTORIES[self.below(DIRECTORIES.len())];
        let name = FILES[self.below(FILES.len())];
        let is_file = self.below(4) > 0;
        let path = if is_file { Path::new(directory).join(name) } else { directory.into() };
        let mut above = path.ancestors().skip(1).map(|above| self.root.join(above));
        if !above.all(|above| above.symlink_metadata().is_ok_and(|above| above.is_dir())) {
            return;
        }
        let kind = if is_file { self.below(6) } else { [1, 2, 2][self.below(3)] };
        let outside = self.outside();
        let make = |to: &Path| match kind {
            0 => symlink(outside.join(directory).join(name), to),
            1 => symlink(outside.join(directory), to),
            2 => fs::create_dir(to)
                .and_then(|()| FILES.iter().try_for_each(|name| fs::write(to.join(name), INSIDE))),
            3 => fs::write(to, INSIDE),
            4 => Ok(mknodat(CWD, to, FileType::Fifo, Mode::from_raw_mode(0o600), 0)?),
            _ => Ok(()),
        };
        let (path, spare) = (self.root.join(path), self.elsewhere.path().join("spare/name"));
        let aside = spare.with_extension("old");
        // In one step, or with a moment without the name. The copy may have made something there by then.
        if self.below(2) == 0 && make(&spare).is_ok() && fs::rename(&spare, &path).is_ok() {
            return;
        }
        let _ = fs::rename(&path, &aside);
        let _ = make(&path);
        for old in [spare, aside] {
            match old.symlink_metadata() {
                Ok(status) if status.is_dir() => remove(&old),
                Ok(_) => fs::remove_file(&old).unwrap(),
                Err(_) => {}
            }
        }
    }

    /// Calls `copy` a number of times while the tree changes, and checks that what is outside did not.
    fn run(mut self, copy: impl Fn(u64)) {
        let (outside, is_done) = (self.outside(), AtomicBool::new(false));
        let before = map(&outside);
        let changes = std::thread::scope(|scope| {
            let changing = scope.spawn(|| {
                let mut changes = 0;
                while !is_done.load(Ordering::Relaxed) {
                    self.change();
                    changes += 1;
                }
                changes
            });
            let copies = catch_unwind(AssertUnwindSafe(|| (0..ROUNDS).for_each(copy)));
            is_done.store(true, Ordering::Relaxed);
            let changes = changing.join().unwrap();
            copies.unwrap();
            changes
        });
        assert!(changes > ROUNDS, "{changes}");
        assert!(map(&outside) == before, "something outside was changed");
    }
}

/// Removes a directory to which a copy may still add.
fn remove(dir: &Path) {
    while fs::remove_dir_all(dir).is_err() && dir.exists() {}
}

/// Checks that the tree has nothing from outside, and no temporary name; returns how many entries it has.
#[track_caller]
fn assert_inside(root: &Path) -> u64 {
    let mut paths = vec![root.to_owned()];
    let mut entries = 0;
    while let Some(path) = paths.pop() {
        entries += 1;
        assert!(!path.to_string_lossy().contains(".reflink-"), "{path:?}");
        let kind = path.symlink_metadata().unwrap().file_type();
        if kind.is_dir() {
            paths.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        } else if kind.is_file() {
            let bytes = fs::read(&path).unwrap();
            // A file that was copied while it was written is shorter.
            assert!(INSIDE.starts_with(&bytes), "{path:?} has bytes from outside");
        }
    }
    entries
}

#[track_caller]
fn assert_expected(error: &Error) {
    let is_expected = error.raw_os_error().is_some_and(|errno| EXPECTED.contains(&errno))
        || error.reason() == Some(&Reason::DeletedDirectory);
    assert!(is_expected, "{error:?}");
}

/// The names beside the source.
fn beside(place: &Place) -> Vec<PathBuf> {
    let paths = fs::read_dir(place.dir.path()).unwrap().map(|entry| entry.unwrap().path());
    paths.filter(|path| *path != place.src).collect()
}

#[test]
fn nothing_outside_is_read_while_entries_become_links() {
    needs!(FilesOfAllTypes, NamelessFiles);
    let place = place();
    Changer::new(&place.src, 1).run(|round| {
        let options = if round % 2 == 0 { archive() } else { Options::new() };
        match options.threads(3).errors(OnError::GoOn).copy(&place.src, &place.dst) {
            Ok(done) => {
                assert_eq!(beside(&place), [place.dst.as_path()]);
                assert_eq!(assert_inside(&place.dst), done.entries(), "{done:?}");
                done.failed.iter().for_each(|failure| assert_expected(&failure.error));
                fs::remove_dir_all(&place.dst).unwrap();
            }
            // A directory on the way is not found again.
            Err(error) => assert_expected(&error),
        }
        place.assert_nothing_left();
    });
}

#[test]
fn a_copy_that_fails_or_is_cancelled_while_the_tree_changes_leaves_nothing() {
    needs!(FilesOfAllTypes, NamelessFiles);
    let place = place();
    Changer::new(&place.src, 2).run(|round| {
        let options = archive().threads(3).on_progress(|progress| {
            let is_enough = progress.entries > round % 60;
            if is_enough { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        match options.copy(&place.src, &place.dst) {
            // The tree had fewer entries.
            Ok(_) => {
                assert_inside(&place.dst);
                fs::remove_dir_all(&place.dst).unwrap();
            }
            Err(Error::Cancelled { .. }) => {}
            Err(error) => assert_expected(&error),
        }
        place.assert_nothing_left();
    });
}

#[test]
fn nothing_outside_is_written_while_entries_of_the_destination_become_links() {
    needs!(FilesOfAllTypes, NamelessFiles);
    let place = place();
    // Makes the source, too; what is outside of that is not used.
    Changer::new(&place.src, 3);
    let merge = archive().threads(3).existing(Existing::Merge).errors(OnError::GoOn);
    Changer::new(&place.dst, 4).run(|_| match merge.copy(&place.src, &place.dst) {
        Ok(done) => done.failed.iter().for_each(|failure| assert_expected(&failure.error)),
        Err(error) => assert_expected(&error),
    });
    assert_inside(&place.dst);
}
