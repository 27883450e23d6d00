//! What others can see, and change, of a tree while it is copied into a directory that they have access to.

use std::collections::BTreeSet;
use std::fs::{self, Permissions};
use std::ops::ControlFlow;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, lchown, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

use reflink::tree::{Existing, OnError, Visit};
use reflink::{Mode, Options, Preserve};

use crate::common::{MIB, bytes, eventually, in_child, needs, tool};
use crate::tree::{archive, map, place};

const OWNER: u32 = 1234;

/// The entries below `dir` that do not have their owner yet, and what their modes allow to others than root.
fn without_owner(dir: &Path) -> Vec<(PathBuf, u32)> {
    let mut found = Vec::new();
    let mut left = vec![dir.to_owned()];
    while let Some(dir) = left.pop() {
        for path in fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()) {
            // A temporary name can vanish meanwhile.
            let Ok(status) = path.symlink_metadata() else { continue };
            if status.uid() != OWNER && !status.is_symlink() {
                found.push((path.clone(), status.mode() & 0o077));
            }
            if status.is_dir() {
                left.push(path);
            }
        }
    }
    found
}

/// The earlier group, and all others, can have members without the right to read the finished entry.
#[test]
#[ignore = "needs root; run cargo xtask test"]
fn before_it_has_its_owner_an_entry_is_open_to_nobody() {
    needs!(OwnersAndModes, FilesOfAllTypes);
    let place = place();
    fs::create_dir_all(place.src.join("dir/below")).unwrap();
    fs::write(place.src.join("dir/below/large"), bytes(1, 9 * MIB)).unwrap();
    fs::write(place.src.join("dir/file"), "data").unwrap();
    tool(Command::new("mkfifo").arg(place.src.join("dir/fifo")));
    for path in ["dir/below/large", "dir/below", "dir/file", "dir/fifo", "dir"] {
        let path = place.src.join(path);
        lchown(&path, Some(OWNER), Some(OWNER)).unwrap();
        fs::set_permissions(path, Permissions::from_mode(0o777)).unwrap();
    }
    fs::create_dir(&place.dst).unwrap();
    let seen = Mutex::new(BTreeSet::new());
    let look = || seen.lock().unwrap().extend(without_owner(&place.dst));
    let files = Options::new().mode(Mode::Never).preserve(Preserve::ALL);
    let options = archive().files(files).threads(1).existing(Existing::Merge);
    let options = options
        .each(|_| {
            look();
            Visit::Copy
        })
        .on_progress(|_| {
            look();
            ControlFlow::Continue(())
        });
    options.copy(&place.src, &place.dst).unwrap();
    drop(options);
    let seen = seen.into_inner().unwrap();
    assert!(seen.iter().any(|(path, _)| path.ends_with("dir/below")), "{seen:?}");
    assert!(seen.iter().all(|(_, others)| *others == 0), "{seen:?}");
    assert_eq!(map(&place.dst)[Path::new("dir")], map(&place.src)[Path::new("dir")]);
    assert_eq!(without_owner(&place.dst), []);
}

/// A link of another user, put into the place of the one that was just made. strace holds the copy up in between.
#[test]
#[ignore = "needs root and strace; run cargo xtask test"]
fn what_takes_the_place_of_a_new_link_does_not_get_its_owner() {
    needs!(OwnersAndModes, FilesOfAllTypes, LinkCounts);
    // The test itself makes links with symlink(2) or before the copy.
    const HELD_UP: [&str; 8] = [
        "strace",
        "-f",
        "-o",
        "/dev/null",
        "-e",
        "trace=symlinkat",
        "-e",
        "inject=symlinkat:delay_exit=2000000",
    ];
    in_child("", &HELD_UP, || {
        let place = place();
        symlink("nowhere", place.src.join("link")).unwrap();
        lchown(place.src.join("link"), Some(OWNER), None).unwrap();
        let victim = place.dir.path().join("victim");
        symlink("elsewhere", &victim).unwrap();
        let before = victim.symlink_metadata().unwrap().uid();
        fs::create_dir(&place.dst).unwrap();
        let made = || {
            let mut paths = fs::read_dir(&place.dst).unwrap().map(|entry| entry.unwrap().path());
            paths.find(|path| path.to_string_lossy().contains("/.reflink-"))
        };
        let done = std::thread::scope(|scope| {
            let options = archive().existing(Existing::Merge).errors(OnError::GoOn);
            let (src, dst) = (&place.src, &place.dst);
            let copy = scope.spawn(move || options.copy(src, dst).unwrap());
            eventually(|| made().is_some());
            let planted = place.dst.join("planted");
            fs::hard_link(&victim, &planted).unwrap();
            fs::rename(&planted, made().unwrap()).unwrap();
            copy.join().unwrap()
        });
        let [failure] = &done.failed[..] else { panic!("{done:?}") };
        assert_eq!(failure.error.raw_os_error(), Some(libc::ESTALE), "{failure:?}");
        assert_eq!(victim.symlink_metadata().unwrap().uid(), before);
        assert!(!place.dst.join("link").is_symlink());
    });
}
