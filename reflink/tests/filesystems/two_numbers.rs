//! One file that a FUSE program shows under a second number, and files that only look alike.

use std::fs::{File, Metadata};
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use reflink::{Mode, Options, Overwrite, Reason};

use crate::common::*;

/// A second view of a directory through bindfs, until dropped.
struct View(PathBuf);

impl View {
    fn new(of: &Path, at: &Path, options: &[&str]) -> Self {
        std::fs::create_dir(at).unwrap();
        tool(Command::new("bindfs").args(options).arg(of).arg(at));
        Self(at.to_owned())
    }
}

impl Drop for View {
    fn drop(&mut self) {
        tool(Command::new("umount").arg("--lazy").arg(&self.0));
    }
}

#[track_caller]
fn never_copied_onto_itself(src: &Path, dst: &Path, below: &Path) {
    let expected = std::fs::read(below).unwrap();
    let changed = || {
        let status = std::fs::metadata(below).unwrap();
        (status.ctime(), status.ctime_nsec())
    };
    let before = changed();
    for mode in COPYING {
        let in_place = Options::new().mode(mode).overwrite(Overwrite::InPlace).copy(src, dst);
        let [from, to] =
            [src, dst].map(|path| File::options().read(true).write(true).open(path).unwrap());
        let open = reflink::reflink(&from, &to, mode);
        let range = reflink::partial(&from, 3..40_000, &to, 8192, mode);
        let expect =
            [(in_place, Reason::SameFile), (open, Reason::SameFile), (range, Reason::Overlap)];
        for (done, reason) in expect {
            let error = done.expect_err("it is one file");
            assert_eq!(error.reason(), Some(&reason), "{mode:?}: {error:?}");
            assert_eq!(error.changed(), None, "{mode:?}: {error:?}");
        }
        assert_same(&std::fs::read(below).unwrap(), &expected, "the file");
        assert_eq!(changed(), before, "nothing is written to find out");
    }
}

#[test]
#[ignore = "needs root and bindfs; run cargo xtask test"]
fn a_file_is_not_copied_onto_itself_by_fuse() {
    for options in
        [&[][..], &["-o", "attr_timeout=3600"], &["-o", "kernel_cache"], &["-o", "direct_io"]]
    {
        let dir = dir();
        let below = dir.path().join("below");
        std::fs::create_dir(&below).unwrap();
        let open = file(&below.join("file"), &bytes(1, 100_001));
        let [one, two] =
            ["one", "two"].map(|name| View::new(&below, &dir.path().join(name), options));
        let [below, one, two] = [&below, &one.0, &two.0].map(|dir| dir.join("file"));
        for (src, dst) in [(&below, &one), (&one, &below), (&one, &two)] {
            // The kernel's cache of the views is outdated now.
            for path in [&one, &two] {
                std::fs::read(path).unwrap();
            }
            open.write_all_at(&bytes(2, 5000), 20_000).unwrap();
            never_copied_onto_itself(src, dst, &below);
        }
    }
}

/// Two files of one length that were written within one tick of the clock. A filesystem with finer
/// times needs more attempts.
fn twins(dir: &Path, contents: [&[u8]; 2]) -> [PathBuf; 2] {
    let times = |status: Metadata| {
        (status.created().ok(), status.modified().unwrap(), status.ctime(), status.ctime_nsec())
    };
    for number in 0..10_000 {
        let paths = ["a", "b"].map(|name| dir.join(format!("{name}{number}")));
        if paths[0].exists() {
            continue;
        }
        let files = [0, 1].map(|n| file(&paths[n], contents[n]));
        let [first, second] = files.map(|file| times(file.metadata().unwrap()));
        if first == second {
            return paths;
        }
        paths.iter().for_each(|path| std::fs::remove_file(path).unwrap());
    }
    panic!("no two files with the same times");
}

#[test]
#[ignore = "needs root and bindfs; run cargo xtask test"]
fn files_that_only_look_alike_are_copied() {
    let dir = dir();
    let below = dir.path().join("below");
    std::fs::create_dir(&below).unwrap();
    let view = View::new(&below, &dir.path().join("view"), &[]);
    let seen = |path: &Path| view.0.join(path.file_name().unwrap());
    for mode in COPYING {
        let (old, new) = (bytes(1, 300_000), [bytes(1, 299_999), b"x".to_vec()].concat());
        let [a, b] = twins(&below, [&new, &old]);
        let done = Options::new().mode(mode).overwrite(Overwrite::InPlace).copy(&a, seen(&b));
        assert_accounts(&done.unwrap(), mode, 300_000);
        assert_same(&std::fs::read(&b).unwrap(), &new, "b");
        // The same bytes and the same modification time, as after cp -p.
        tool(Command::new("cp").arg("-p").arg(&a).arg(&b));
        let done = Options::new().mode(mode).overwrite(Overwrite::InPlace).copy(&a, seen(&b));
        assert_accounts(&done.unwrap(), mode, 300_000);
    }
}

#[test]
#[ignore = "needs root, to mount; run cargo xtask test"]
fn files_that_only_look_alike_are_copied_from_an_overlay() {
    let lower = dir();
    let overlay = Overlay::new(lower.path());
    for mode in COPYING {
        let (old, new) = (bytes(1, 300_000), [bytes(1, 299_999), b"x".to_vec()].concat());
        let [a, b] = twins(&overlay.merged(), [&new, &old]);
        let b = overlay.upper().join(b.file_name().unwrap());
        let done = Options::new().mode(mode).overwrite(Overwrite::InPlace).copy(&a, &b);
        assert_accounts(&done.unwrap(), mode, 300_000);
        assert_same(&std::fs::read(&b).unwrap(), &new, "b");
    }
}

/// Up to the end of its data, if both filesystems can report it, or 1 GiB.
#[test]
#[ignore = "needs root and bindfs; run cargo xtask test"]
fn the_comparison_of_a_huge_file_ends() {
    let lower = dir();
    let overlay = Overlay::new(lower.path());
    let [merged, upper] = [overlay.merged(), overlay.upper()].map(|dir| dir.join("file"));
    sparse_file(&merged, 4 << 40, &[(1 << 40, 5000)]);
    let view = View::new(&overlay.upper(), &lower.path().join("view"), &[]);
    let seen = view.0.join("file");
    within_seconds(120, move || {
        for (src, dst) in [(&merged, &upper), (&seen, &upper), (&upper, &seen)] {
            let options = Options::new().mode(Mode::Never).overwrite(Overwrite::InPlace);
            let error = options.copy(src, dst).unwrap_err();
            assert_eq!(error.reason(), Some(&Reason::SameFile), "{error:?}");
        }
    });
}
