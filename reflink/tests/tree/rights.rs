//! Metadata of directories: set after their contents are complete, even if it forbids writing.

use std::fs::{self, Permissions};
use std::ops::ControlFlow;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, SystemTime};

use reflink::Permissions as Policy;
use reflink::tree::{Existing, Options};

use crate::common::{in_child, needs, tool};
use crate::tree::{POWERLESS, assert_copied, map, place};

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

/// Nested directories that their owner may not write to, including the root.
fn read_only_tree(src: &Path) {
    fs::create_dir_all(src.join("a/b")).unwrap();
    fs::write(src.join("a/file"), "data").unwrap();
    fs::write(src.join("a/b/file"), "data").unwrap();
    for (path, mode) in [("a/b/file", 0o400), ("a/b", 0o500), ("a", 0o555), ("", 0o555)] {
        set_mode(&src.join(path), mode);
    }
}

fn allow_removal(root: &Path) {
    for path in ["", "a", "a/b"] {
        if root.join(path).exists() {
            set_mode(&root.join(path), 0o700);
        }
    }
}

/// By root, too.
#[test]
fn read_only_directories_are_copied() {
    needs!(OwnersAndModes);
    let place = place();
    read_only_tree(&place.src);
    assert_copied(&place);
    allow_removal(&place.src);
    allow_removal(&place.dst);
}

#[test]
#[ignore = "needs root and setpriv; run cargo xtask test"]
fn read_only_directories_are_copied_without_rights_to_override() {
    needs!(OwnersAndModes);
    in_child("", &POWERLESS, || {
        let place = place();
        read_only_tree(&place.src);
        assert_copied(&place);
        allow_removal(&place.src);
        allow_removal(&place.dst);
    });
}

#[test]
#[ignore = "needs root and setpriv; run cargo xtask test"]
fn a_cancelled_tree_with_read_only_directories_vanishes() {
    needs!(Capabilities, OwnersAndModes);
    in_child("", &POWERLESS, || {
        let place = place();
        read_only_tree(&place.src);
        set_mode(&place.src, 0o700);
        // Fails after the directories before it are complete.
        fs::create_dir(place.src.join("z")).unwrap();
        set_mode(&place.src.join("z"), 0o000);
        for threads in [1, 3] {
            let error = Options::new().threads(threads).copy(&place.src, &place.dst).unwrap_err();
            assert_eq!(error.raw_os_error(), Some(libc::EACCES), "{error}");
            place.assert_nothing_left();
        }
        allow_removal(&place.src);
    });
}

/// Directories that others may read and their owner may not, as the copies belong to somebody else than the source.
#[test]
#[ignore = "needs root, unshare and setpriv; run cargo xtask test"]
fn a_cancelled_tree_with_unreadable_directories_vanishes_without_proc() {
    needs!(Capabilities, OwnersAndModes, OwnCalls);
    const FROM: &str = "REFLINK_TEST_FROM";
    let hidden =
        "mount -t tmpfs none /proc && exec setpriv --bounding-set=-all --inh-caps=-all \"$@\"";
    let setup = |src: &Path| {
        let dirs = "for dir in a b c; do mkdir $dir; touch $dir/file; chown 1234 $dir; chmod 077 $dir; done";
        format!("cd '{}' && {dirs}; export {FROM}=$PWD", src.display())
    };
    let place = place();
    in_child(&setup(&place.src), &["unshare", "--mount", "sh", "-c", hidden, "sh"], || {
        let src = std::env::var_os(FROM).unwrap();
        let options = Options::new().threads(1).on_progress(|progress| match progress.entries {
            // The root, two directories with their files, and the third.
            6.. => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
        });
        let error = options.copy(src, &place.dst).unwrap_err();
        assert!(matches!(error, reflink::Error::Cancelled { .. }), "{error}");
        place.assert_nothing_left();
    });
}

#[test]
fn the_times_of_a_directory_are_set_after_its_contents() {
    needs!(ExactTimes);
    let place = place();
    let before = SystemTime::UNIX_EPOCH + Duration::new(1_000_000_000, 123_456_789);
    fs::create_dir_all(place.src.join("a/b/c")).unwrap();
    for path in ["a/file", "a/b/file", "a/b/c/file"] {
        fs::write(place.src.join(path), "data").unwrap();
    }
    for path in ["a/b/c", "a/b", "a", ""] {
        let dir = fs::File::open(place.src.join(path)).unwrap();
        dir.set_times(fs::FileTimes::new().set_modified(before).set_accessed(before)).unwrap();
    }
    assert_copied(&place);
    assert_eq!(fs::metadata(place.dst.join("a/b")).unwrap().modified().unwrap(), before);
}

#[test]
fn attributes_of_directories_are_kept() {
    needs!(Xattrs);
    let place = place();
    fs::create_dir(place.src.join("dir")).unwrap();
    for path in ["", "dir"] {
        let flags = rustix::fs::XattrFlags::empty();
        rustix::fs::setxattr(place.src.join(path), "user.note", b"value", flags).unwrap();
    }
    assert_copied(&place);
}

#[test]
#[ignore = "needs setfacl; run cargo xtask test"]
fn default_access_lists_are_kept_and_not_inherited_from_elsewhere() {
    needs!(PosixAcls);
    let place = place();
    fs::create_dir(place.src.join("with")).unwrap();
    fs::create_dir(place.src.join("without")).unwrap();
    fs::write(place.src.join("without/file"), "data").unwrap();
    let acl =
        |path: &Path, entry| tool(Command::new("setfacl").args(["-d", "-m", entry]).arg(path));
    acl(&place.src.join("with"), "u:1234:rwx");
    acl(place.dir.path(), "u:4321:rwx");
    assert_copied(&place);
}

#[test]
#[ignore = "needs root; run cargo xtask test"]
fn a_directory_keeps_the_bit_that_passes_its_group_on() {
    needs!(OwnersAndModes);
    let place = place();
    fs::create_dir(place.src.join("shared")).unwrap();
    std::os::unix::fs::chown(place.src.join("shared"), Some(1234), Some(4321)).unwrap();
    set_mode(&place.src.join("shared"), 0o2775);
    fs::write(place.src.join("shared/file"), "data").unwrap();
    assert_copied(&place);
}

#[test]
fn the_umask_makes_the_modes_if_asked_to() {
    needs!(OwnersAndModes);
    in_child("umask 027", &[], || {
        let place = place();
        fs::create_dir(place.src.join("dir")).unwrap();
        set_mode(&place.src.join("dir"), 0o777);
        tool(Command::new("mkfifo").arg(place.src.join("fifo")));
        set_mode(&place.src.join("fifo"), 0o666);
        let files = reflink::Options::new().permissions(Policy::Umask);
        Options::new().files(files).copy(&place.src, &place.dst).unwrap();
        for (name, wanted) in [("dir", 0o750), ("fifo", 0o640)] {
            let mode = fs::metadata(place.dst.join(name)).unwrap().mode();
            assert_eq!(mode & 0o7777, wanted, "{name}: {mode:o}");
        }
    });
}

/// With contents that their owner has no right to add, as a user.
#[test]
#[ignore = "needs root and setpriv; run cargo xtask test"]
fn the_umask_makes_the_modes_of_directories_in_directories() {
    needs!(OwnersAndModes);
    const MODES: [u32; 5] = [0o777, 0o555, 0o1777, 0o701, 0o500];
    in_child("umask 027", &POWERLESS, || {
        let place = place();
        let files = reflink::Options::new().permissions(Policy::Umask);
        let dir = |mode: u32| format!("above/{mode:o}");
        for mode in MODES {
            fs::create_dir_all(place.src.join(dir(mode)).join("below")).unwrap();
            fs::write(place.src.join(dir(mode)).join("below/file"), "data").unwrap();
        }
        for mode in MODES {
            set_mode(&place.src.join(dir(mode)), mode);
        }
        let merge = Options::new().files(files).existing(Existing::Merge);
        let (new, merged) = (place.dst.join("new"), place.dst.join("merged"));
        fs::create_dir_all(&merged).unwrap();
        for dst in [new, merged] {
            let done = merge.copy(&place.src, &dst).unwrap();
            assert!(done.not_kept.is_empty(), "{done:?}");
            for mode in MODES {
                let path = dst.join(dir(mode));
                let found = fs::metadata(&path).unwrap().mode() & 0o7777;
                assert_eq!(found, mode & !0o027, "{path:?}: {found:o}");
                assert_eq!(fs::read(path.join("below/file")).unwrap(), b"data");
                set_mode(&path, 0o700);
            }
        }
        for mode in MODES {
            set_mode(&place.src.join(dir(mode)), 0o700);
        }
    });
}

/// The group bits of a directory with an ACL are the mask.
#[test]
#[ignore = "needs setfacl; run cargo xtask test"]
fn by_the_umask_the_mask_of_a_directorys_acl_does_not_become_the_groups_rights() {
    needs!(PosixAcls);
    let place = place();
    for dir in ["dir", "dir/dir"] {
        fs::create_dir(place.src.join(dir)).unwrap();
        let acl = ["-m", "u:1234:rwx,g::-,m::rwx"];
        tool(Command::new("setfacl").args(acl).arg(place.src.join(dir)));
    }
    let files = reflink::Options::new().permissions(Policy::Umask);
    Options::new().files(files).copy(&place.src, &place.dst).unwrap();
    for dir in ["dir", "dir/dir"] {
        let mode = fs::metadata(place.dst.join(dir)).unwrap().mode() & 0o777;
        assert_eq!(mode & 0o070, 0, "{dir}: {mode:o}");
    }
}

/// As mkdir(2) makes them: the default ACL takes the umask's place, and is inherited.
#[test]
#[ignore = "needs setfacl; run cargo xtask test"]
fn by_the_umask_a_default_acl_makes_the_rights_of_all_directories() {
    needs!(PosixAcls);
    let place = place();
    fs::create_dir_all(place.src.join("a/b/c")).unwrap();
    for dir in ["", "a", "a/b", "a/b/c"] {
        set_mode(&place.src.join(dir), 0o775);
    }
    let acl = ["-d", "-m", "u:1234:rwx,g::rx,m::rwx,o::-"];
    tool(Command::new("setfacl").args(acl).arg(place.dir.path()));
    let files = reflink::Options::new().permissions(Policy::Umask);
    Options::new().files(files).copy(&place.src, &place.dst).unwrap();
    let by_mkdir = place.dir.path().join("by mkdir");
    for dir in ["", "a", "a/b", "a/b/c"] {
        fs::create_dir(by_mkdir.join(dir)).unwrap();
    }
    let (found, expected) = (map(&place.dst), map(&by_mkdir));
    for dir in ["", "a", "a/b", "a/b/c"] {
        assert_eq!(found[Path::new(dir)].rights(), expected[Path::new(dir)].rights(), "{dir}");
    }
}

/// As mkdir(2) makes them: the group and the bit that passes it on are inherited.
#[test]
#[ignore = "needs root; run cargo xtask test"]
fn by_the_umask_directories_pass_on_the_group_that_they_have_inherited() {
    needs!(OwnersAndModes);
    let place = place();
    let dirs = ["", "a", "a/b"];
    fs::create_dir_all(place.src.join("a/b")).unwrap();
    std::os::unix::fs::chown(place.dir.path(), None, Some(4321)).unwrap();
    set_mode(place.dir.path(), 0o2755);
    for dir in dirs {
        set_mode(&place.src.join(dir), 0o700);
    }
    let files = reflink::Options::new().permissions(Policy::Umask);
    Options::new().files(files).copy(&place.src, &place.dst).unwrap();
    for dir in dirs {
        let found = fs::metadata(place.dst.join(dir)).unwrap();
        assert_eq!((found.mode() & 0o7777, found.gid()), (0o2700, 4321), "{dir}");
    }
}

/// The kernel cuts the name at 15 bytes, which can be within a character.
#[test]
fn the_umask_is_found_whatever_the_name_of_the_program() {
    needs!(OwnersAndModes);
    in_child("umask 027", &[], || {
        let place = place();
        set_mode(&place.src, 0o777);
        fs::write("/proc/self/comm", b"\xd0\xba\xd0\n\\").unwrap();
        let files = reflink::Options::new().permissions(Policy::Umask);
        let done = Options::new().files(files).copy(&place.src, &place.dst).unwrap();
        assert!(done.not_kept.is_empty(), "{done:?}");
        assert_eq!(fs::metadata(&place.dst).unwrap().mode() & 0o7777, 0o750);
    });
}

#[test]
#[ignore = "needs root; run cargo xtask test"]
fn symbolic_links_keep_their_own_owner_times_and_attributes() {
    needs!(FilesOfAllTypes, TrustedXattrs);
    let place = place();
    let link = place.src.join("link");
    std::os::unix::fs::symlink("nowhere", &link).unwrap();
    std::os::unix::fs::lchown(&link, Some(1234), Some(4321)).unwrap();
    let flags = rustix::fs::XattrFlags::empty();
    rustix::fs::lsetxattr(&link, "trusted.note", b"value", flags).unwrap();
    assert_copied(&place);
    assert!(format!("{:?}", map(&place.dst)).contains("1234"));
}
