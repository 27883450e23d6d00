//! A destination that exists.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, symlink};
use std::process::Command;
use std::time::UNIX_EPOCH;

use reflink::tree::{Existing, OnError, Options, Visit};
use reflink::{Attribute, Overwrite, Preserve, Reason};

use crate::common::{in_child, needs, tool};
use crate::tree::{archive, map, place};

#[test]
fn a_name_that_is_taken_is_refused() {
    needs!(FilesOfAllTypes);
    let place = place();
    fs::write(place.src.join("file"), "new").unwrap();
    let check = || {
        let error = Options::new().copy(&place.src, &place.dst).unwrap_err();
        assert_eq!(error.raw_os_error(), Some(libc::EEXIST), "{error}");
    };
    fs::write(&place.dst, "old").unwrap();
    check();
    fs::remove_file(&place.dst).unwrap();
    symlink("nowhere", &place.dst).unwrap();
    check();
    fs::remove_file(&place.dst).unwrap();
    fs::create_dir(&place.dst).unwrap();
    check();
    assert_eq!(fs::read_dir(&place.dst).unwrap().count(), 0);
}

#[test]
fn a_name_that_is_taken_during_the_copy_is_refused() {
    let place = place();
    fs::write(place.src.join("file"), "new").unwrap();
    let error = Options::new()
        .each(|_| {
            fs::create_dir(&place.dst).unwrap();
            Visit::Copy
        })
        .copy(&place.src, &place.dst)
        .unwrap_err();
    assert_eq!(error.raw_os_error(), Some(libc::EEXIST), "{error}");
    fs::remove_dir(&place.dst).unwrap();
    place.assert_nothing_left();
}

/// Kernels and filesystems without the flag of renameat2(2) return EINVAL.
#[test]
#[ignore = "needs strace; run cargo xtask test"]
fn without_a_rename_that_never_replaces_a_name_that_is_taken_is_refused_too() {
    const WITHOUT: [&str; 6] =
        ["strace", "-f", "-o", "/dev/null", "-e", "inject=renameat2:error=EINVAL"];
    in_child("", &WITHOUT, || {
        let place = place();
        fs::write(place.src.join("file"), "new").unwrap();
        let copy = |is_taken: bool| {
            let options = Options::new().each(|_| {
                if is_taken {
                    fs::create_dir(&place.dst).unwrap();
                }
                Visit::Copy
            });
            options.copy(&place.src, &place.dst).map(|done| done.files)
        };
        assert_eq!(copy(true).unwrap_err().raw_os_error(), Some(libc::EEXIST));
        fs::remove_dir(&place.dst).unwrap();
        place.assert_nothing_left();
        assert_eq!(copy(false).unwrap(), 1);
        assert_eq!(fs::read(place.dst.join("file")).unwrap(), b"new");
    });
}

#[test]
fn merging_replaces_what_both_have_and_leaves_the_rest() {
    needs!(FilesOfAllTypes);
    let place = place();
    fs::create_dir(place.src.join("dir")).unwrap();
    for (path, content) in [("dir/both", "new"), ("dir/new", "new")] {
        fs::write(place.src.join(path), content).unwrap();
    }
    symlink("new", place.src.join("link")).unwrap();
    fs::hard_link(place.src.join("dir/both"), place.src.join("zz")).unwrap();
    fs::create_dir_all(place.dst.join("dir")).unwrap();
    for (path, content) in [("dir/both", "old"), ("dir/old", "old"), ("zz", "old")] {
        fs::write(place.dst.join(path), content).unwrap();
    }
    symlink("old", place.dst.join("link")).unwrap();
    let merge = archive().existing(Existing::Merge);
    // The second time everything exists already.
    for _ in 0..2 {
        merge.copy(&place.src, &place.dst).unwrap();
        let mut found = map(&place.dst);
        assert_eq!(fs::read(place.dst.join("dir/old")).unwrap(), b"old");
        assert!(found.remove(std::path::Path::new("dir/old")).is_some());
        assert_eq!(found, map(&place.src));
    }
}

#[test]
fn merging_follows_no_link_in_the_destination() {
    needs!(FilesOfAllTypes);
    let place = place();
    fs::create_dir(place.src.join("dir")).unwrap();
    fs::write(place.src.join("dir/file"), "new").unwrap();
    let outside = place.dir.path().join("outside");
    fs::create_dir(&outside).unwrap();
    fs::create_dir(&place.dst).unwrap();
    symlink("../outside", place.dst.join("dir")).unwrap();
    Options::new().existing(Existing::Merge).copy(&place.src, &place.dst).unwrap_err();
    assert_eq!(fs::read_dir(&outside).unwrap().count(), 0);
}

#[test]
fn merging_into_nothing_makes_a_new_tree() {
    let place = place();
    fs::write(place.src.join("file"), "data").unwrap();
    archive().existing(Existing::Merge).copy(&place.src, &place.dst).unwrap();
    assert_eq!(map(&place.dst), map(&place.src));
}

#[test]
fn a_name_that_only_a_directory_can_have_is_merged_into_and_its_link_followed() {
    needs!(FilesOfAllTypes);
    let place = place();
    fs::write(place.src.join("file"), "new").unwrap();
    symlink("dst", place.dir.path().join("link")).unwrap();
    let merge = Options::new().existing(Existing::Merge);
    for name in ["dst/", "dst/.", "dst/sub/..", "link/", "link/."] {
        fs::create_dir_all(place.dst.join("sub")).unwrap();
        merge.copy(&place.src, place.dir.path().join(name)).unwrap();
        assert_eq!(fs::read(place.dst.join("file")).unwrap(), b"new", "{name}");
        fs::remove_dir_all(&place.dst).unwrap();
    }
    fs::create_dir(&place.dst).unwrap();
    let dir = fs::File::open(&place.dst).unwrap();
    merge.copy_at(&dir, "../src", &dir, ".").unwrap();
    assert_eq!(fs::read(place.dst.join("file")).unwrap(), b"new");
    // A name that is free may have a slash, and what is there is no less the source for a dot.
    merge.copy(&place.src, place.dir.path().join("other/")).unwrap();
    assert_eq!(fs::read(place.dir.path().join("other/file")).unwrap(), b"new");
    for name in ["src/", "src/."] {
        let error = merge.copy(&place.src, place.dir.path().join(name)).unwrap_err();
        assert_eq!(error.raw_os_error(), Some(libc::EINVAL), "{error}");
    }
}

#[test]
fn merging_twice_replaces_links_and_special_files_by_their_like() {
    needs!(FilesOfAllTypes);
    let place = place();
    symlink("/dev/null", place.src.join("masked")).unwrap();
    symlink("/proc/self/fd/1", place.src.join("stdout")).unwrap();
    tool(Command::new("mkfifo").arg(place.src.join("fifo")));
    fs::hard_link(place.src.join("fifo"), place.src.join("same")).unwrap();
    fs::create_dir(&place.dst).unwrap();
    let merge = archive().existing(Existing::Merge);
    for overwrite in [Overwrite::Replace, Overwrite::InPlace] {
        let files = reflink::Options::new().preserve(Preserve::ALL).overwrite(overwrite);
        merge.clone().files(files).copy(&place.src, &place.dst).unwrap();
        assert_eq!(map(&place.dst), map(&place.src), "{overwrite:?}");
    }
    fs::remove_file(place.dst.join("masked")).unwrap();
    tool(Command::new("mkfifo").arg(place.dst.join("masked")));
    let done = merge.errors(OnError::GoOn).copy(&place.src, &place.dst).unwrap();
    let [failure] = &done.failed[..] else { panic!("{done:?}") };
    assert_eq!(failure.error.raw_os_error(), Some(libc::EINVAL), "{failure:?}");
    assert_eq!((done.symlinks, done.specials, done.links), (1, 1, 1));
}

/// A temporary name could neither be renamed nor removed there.
#[test]
#[ignore = "needs root and chattr; run cargo xtask test"]
fn a_link_in_an_append_only_directory_is_not_replaced() {
    needs!(FilesOfAllTypes);
    let place = place();
    symlink("new", place.src.join("link")).unwrap();
    fs::create_dir(&place.dst).unwrap();
    symlink("old", place.dst.join("link")).unwrap();
    tool(Command::new("chattr").arg("+a").arg(&place.dst));
    for atomic in [true, false] {
        let files = reflink::Options::new().atomic(atomic);
        let merge = Options::new().existing(Existing::Merge).files(files);
        let copied = merge.copy(&place.src, &place.dst);
        let names = fs::read_dir(&place.dst).unwrap().count();
        if names != 1 || copied.is_ok() {
            tool(Command::new("chattr").arg("-a").arg(&place.dst));
        }
        assert_eq!(names, 1, "{atomic}: {copied:?}");
        let error = copied.unwrap_err();
        assert_eq!(error.reason(), Some(&Reason::AppendOnlyDirectory), "{atomic}: {error:?}");
    }
    tool(Command::new("chattr").arg("-a").arg(&place.dst));
}

/// Its times cannot be set; what it has already need not be.
#[test]
#[ignore = "needs root, chattr and setfacl; run cargo xtask test"]
fn of_an_immutable_directory_only_what_differs_is_not_kept() {
    needs!(OwnersAndModes, ExactTimes, PosixAcls);
    let place = place();
    for dir in [&place.src, &place.dst] {
        fs::create_dir_all(dir.join("dir")).unwrap();
        for entry in ["user:1234:rwx", "default:user:1234:rwx"] {
            tool(Command::new("setfacl").args(["-m", entry]).arg(dir.join("dir")));
        }
    }
    fs::File::open(place.src.join("dir"))
        .unwrap()
        .set_times(fs::FileTimes::new().set_modified(UNIX_EPOCH))
        .unwrap();
    tool(Command::new("chattr").arg("+i").arg(place.dst.join("dir")));
    let files = reflink::Options::new().preserve_if_possible(Preserve::ALL);
    let copied = Options::new().existing(Existing::Merge).files(files).copy(&place.src, &place.dst);
    tool(Command::new("chattr").arg("-i").arg(place.dst.join("dir")));
    let done = copied.unwrap();
    let lost: Vec<_> = done.not_kept.iter().map(|lost| &lost.attribute).collect();
    assert_eq!(lost, [&Attribute::Times]);
}

#[test]
fn in_place_a_name_that_is_taken_keeps_its_inode() {
    let place = place();
    fs::write(place.src.join("a"), "new").unwrap();
    fs::hard_link(place.src.join("a"), place.src.join("b")).unwrap();
    fs::create_dir(&place.dst).unwrap();
    for name in ["a", "b"] {
        fs::write(place.dst.join(name), "older").unwrap();
    }
    let inodes = || ["a", "b"].map(|name| fs::metadata(place.dst.join(name)).unwrap().ino());
    let before = inodes();
    let files = reflink::Options::new().overwrite(Overwrite::InPlace);
    let merge = Options::new().existing(Existing::Merge).files(files);
    merge.copy(&place.src, &place.dst).unwrap();
    assert_eq!(inodes(), before);
    for name in ["a", "b"] {
        assert_eq!(fs::read(place.dst.join(name)).unwrap(), b"new");
    }
}
