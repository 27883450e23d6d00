//! What others can see, and change, of a tree while it is copied into a directory that they have access to.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs::{self, Permissions};
use std::ops::ControlFlow;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, lchown, symlink};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

use reflink::tree::{Existing, OnError, Visit};
use reflink::{Error, Mode, Options, Preserve};
use rustix::fs::FileType;

use crate::common::{MIB, bytes, eventually, in_child, needs, tool};
use crate::tree::{Place, archive, map, place};

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

/// Others get into the directory around it.
#[test]
fn by_the_umask_a_new_directory_in_an_existing_one_is_closed_until_it_is_complete() {
    needs!(OwnersAndModes);
    in_child("umask 0", &[], || {
        let place = place();
        fs::create_dir_all(place.src.join("dir/below")).unwrap();
        fs::create_dir(&place.dst).unwrap();
        let mode = || fs::metadata(place.dst.join("dir")).unwrap().mode() & 0o7777;
        let files = Options::new().permissions(reflink::Permissions::Umask);
        let options = archive().files(files).existing(Existing::Merge).each(|entry| {
            if entry.path.ends_with("below") {
                assert_eq!(mode(), 0o700);
            }
            Visit::Copy
        });
        options.copy(&place.src, &place.dst).unwrap();
        assert_eq!(mode(), 0o777);
    });
}

/// What runs a copy under strace, which holds it up after some call.
fn held_up(trace: &'static str, inject: &'static str) -> [&'static str; 8] {
    ["strace", "-f", "-o", "/dev/null", "-e", trace, "-e", inject]
}

/// Under its temporary name, before its owner and its mode are set. strace holds the copy up there.
#[test]
#[ignore = "needs root and strace; run cargo xtask test"]
fn before_it_has_its_mode_a_special_file_is_open_to_nobody() {
    needs!(OwnersAndModes, FilesOfAllTypes);
    let held_up = held_up("trace=mknodat", "inject=mknodat:delay_exit=2000000");
    in_child("umask 0", &held_up, || {
        let place = place();
        let fifo = place.src.join("fifo");
        rustix::fs::mknodat(rustix::fs::CWD, &fifo, FileType::Fifo, 0o666.into(), 0).unwrap();
        fs::create_dir(&place.dst).unwrap();
        let made = || without_owner(&place.dst).pop();
        std::thread::scope(|scope| {
            let options = archive().existing(Existing::Merge);
            let (src, dst) = (&place.src, &place.dst);
            let copy = scope.spawn(move || options.copy(src, dst).unwrap());
            eventually(|| made().is_some());
            assert_eq!(made().map(|(_, others)| others), Some(0));
            copy.join().unwrap();
        });
        assert_eq!(fs::metadata(place.dst.join("fifo")).unwrap().mode() & 0o7777, 0o666);
    });
}

/// A link of another user, put into the place of the one that was just made. strace holds the copy up in between.
#[test]
#[ignore = "needs root and strace; run cargo xtask test"]
fn what_takes_the_place_of_a_new_link_does_not_get_its_owner() {
    needs!(OwnersAndModes, FilesOfAllTypes, LinkCounts);
    // The test itself makes links with symlink(2) or before the copy.
    let held_up = held_up("trace=symlinkat", "inject=symlinkat:delay_exit=2000000");
    in_child("", &held_up, || {
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

/// The directory beside the source that is no destination: its name, and its mode.
fn unfinished(place: &Place) -> (String, u32) {
    let mut entries = fs::read_dir(place.dir.path()).unwrap().map(|entry| entry.unwrap());
    let found =
        entries.find(|entry| !["src", "dst"].map(OsStr::new).contains(&&*entry.file_name()));
    let found = found.unwrap();
    (found.file_name().into_string().unwrap(), found.metadata().unwrap().mode() & 0o7777)
}

#[track_caller]
fn assert_temporary(name: &str) {
    let digits = name.strip_prefix(".reflink-").and_then(|name| name.strip_suffix(".tmp"));
    let is_right = |it: &str| it.len() == 16 && it.chars().all(|it| it.is_ascii_hexdigit());
    assert!(digits.is_some_and(is_right), "{name}");
}

/// Its directories may have the modes that the umask leaves them: nobody else gets there.
#[test]
fn a_new_tree_is_built_beside_its_name_and_closed_to_others() {
    needs!(OwnersAndModes);
    let place = place();
    fs::create_dir(place.src.join("dir")).unwrap();
    fs::write(place.src.join("dir/file"), "data").unwrap();
    fs::set_permissions(&place.src, Permissions::from_mode(0o755)).unwrap();
    for policy in [reflink::Permissions::Source, reflink::Permissions::Umask] {
        let options = archive().files(Options::new().permissions(policy)).each(|_| {
            let (name, mode) = unfinished(&place);
            assert_temporary(&name);
            assert_eq!(mode, 0o700);
            assert!(!place.dst.exists());
            Visit::Copy
        });
        options.copy(&place.src, &place.dst).unwrap();
        assert_eq!(fs::metadata(&place.dst).unwrap().mode() & 0o700, 0o700);
        fs::remove_dir_all(&place.dst).unwrap();
    }
}

#[test]
fn a_callback_that_panics_leaves_a_temporary_directory_that_disturbs_no_later_copy() {
    let place = place();
    for number in 0..300 {
        fs::create_dir(place.src.join(number.to_string())).unwrap();
        fs::write(place.src.join(format!("{number}/file")), "data").unwrap();
    }
    let options = archive().threads(4).each(|entry| {
        assert!(!entry.path.ends_with("77/file"), "as the test wants it");
        Visit::Copy
    });
    catch_unwind(AssertUnwindSafe(|| options.copy(&place.src, &place.dst))).unwrap_err();
    assert!(!place.dst.exists());
    let (left, _) = unfinished(&place);
    assert_temporary(&left);
    let done = archive().copy(&place.src, &place.dst).unwrap();
    assert_eq!((done.files, unfinished(&place).0), (300, left));
}

#[test]
#[ignore = "needs root and chattr; run cargo xtask test"]
fn what_cannot_be_removed_after_an_error_is_named() {
    let place = place();
    fs::create_dir(place.src.join("dir")).unwrap();
    fs::write(place.src.join("dir/file"), "data").unwrap();
    let chattr = |flag: &str, dir: &Path| tool(Command::new("chattr").arg(flag).arg(dir));
    let options = archive().threads(1).on_progress(|progress| {
        if progress.entries < 3 {
            return ControlFlow::Continue(());
        }
        chattr("+i", &place.dir.path().join(unfinished(&place).0).join("dir"));
        ControlFlow::Break(())
    });
    let copied = options.copy(&place.src, &place.dst);
    let left = place.dir.path().join(unfinished(&place).0);
    chattr("-i", &left.join("dir"));
    let error = copied.unwrap_err();
    let Error::LeftBehind { error, path, removal, .. } = &error else { panic!("{error:?}") };
    assert!(matches!(**error, Error::Cancelled { .. }), "{error:?}");
    assert_eq!((path, removal.raw_os_error()), (&left, Some(libc::EPERM)));
}
