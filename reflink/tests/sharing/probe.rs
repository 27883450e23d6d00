//! Whether a place can clone: the result for each filesystem, and that nothing is left behind.

use std::fs::File;
use std::os::unix::fs::{FileExt as _, PermissionsExt as _, symlink};
use std::path::Path;
use std::process::Command;

use reflink::{Error, Evidence, Inconclusive, Probe, Reason, Side, Support, probe, probe_between};

use crate::common::*;
use crate::place::*;

#[track_caller]
fn assert_not_tried(found: &Probe, errno: i32) {
    let inconclusive = Inconclusive::NotTried { errno: Some(errno) };
    let expected = (Support::Unknown(inconclusive), Evidence::NotTried);
    assert_eq!((found.support, found.evidence), expected);
}

#[test]
#[ignore = "needs the table of filesystems; run cargo xtask test"]
fn every_filesystem_answers_as_it_must() {
    let dir = dir();
    file(&dir.path().join("file"), b"data");
    let before = snapshot(dir.path());
    let found = probe(dir.path()).unwrap();
    assert_eq!(snapshot(dir.path()), before);

    let answer = match found.support {
        Support::Yes => "yes".to_owned(),
        Support::No(reason) => reason.to_string(),
        other => panic!("{other:?}"),
    };
    let filesystem = found.filesystem.unwrap().to_string();
    let expected = match fs() {
        Fs::Xfs => ("xfs", "yes"),
        Fs::Btrfs => ("btrfs", "yes"),
        Fs::Overlay => ("overlayfs", "yes"),
        Fs::Ocfs2 => ("ocfs2", "yes"),
        Fs::XfsNoReflink => ("xfs", "this xfs was made without reflinks"),
        Fs::Ext4 => ("ext4", "ext4 cannot clone files"),
        Fs::Tmpfs => ("tmpfs", "tmpfs cannot clone files"),
        place => panic!("this suite does not run on {place:?}"),
    };
    assert_eq!((&*filesystem, &*answer), expected);
    let evidence = if fs().clones() { Evidence::SharedExtents } else { Evidence::CloneRefused };
    assert_eq!(found.evidence, evidence);
    assert_eq!(found.block_size, Some(fs().block()));
    // A second probe has the same result, and so has a probe of a pair.
    assert_eq!(probe(dir.path()).unwrap(), found);
    std::fs::create_dir(dir.path().join("below")).unwrap();
    assert_eq!(probe_between(dir.path(), dir.path().join("below")).unwrap(), found);
}

#[test]
#[ignore = "needs a filesystem that clones; run cargo xtask test"]
fn the_block_size_is_that_of_the_filesystem() {
    let btrfs = Volume::btrfs();
    assert_eq!(probe(btrfs.path("")).unwrap().block_size, Some(4096));
    let xfs = Volume::new(&["mkfs.xfs", "-q", "-m", "reflink=1", "-b", "size=1024"]);
    let found = probe(xfs.path("")).unwrap();
    assert_eq!((found.support, found.block_size), (Support::Yes, Some(1024)));
}

#[test]
#[ignore = "needs two filesystems; run cargo xtask test"]
fn a_file_stands_for_the_directory_that_it_is_in() {
    let (dir, other) = (dir(), other_dir());
    let (path, link) = (dir.path().join("file"), dir.path().join("link"));
    file(&path, b"data");
    assert_eq!(probe(&path).unwrap(), probe(dir.path()).unwrap());

    // Not for the directory of a symbolic link to it.
    file(&other.path().join("file"), b"data");
    symlink(other.path().join("file"), &link).unwrap();
    let found = probe(&link).unwrap();
    assert_eq!(found, probe(other.path()).unwrap());
    assert_eq!(found.filesystem.unwrap().to_string(), "xfs");
    assert_eq!(found.support, Support::Yes);
}

#[test]
#[ignore = "needs root, to mount; run cargo xtask test"]
fn a_file_in_a_lower_layer_of_another_filesystem_cannot_be_cloned() {
    needs!(UpperLayers);
    let lower = Volume::new(&["mkfs.xfs", "-q"]);
    file(&lower.path("file"), &bytes(1, 100_000));
    file(&lower.path("empty"), b"");
    let overlay = Overlay::new(&lower.path(""));
    let path = |name| overlay.merged().join(name);
    file(&path("new"), &bytes(2, 100_000));
    let place = probe(overlay.merged()).unwrap();
    assert_eq!(probe(path("new")).unwrap(), place);
    assert_eq!(probe(path("empty")).unwrap(), place);
    let found = probe(path("file")).unwrap();
    if place.support == Support::Yes {
        assert_eq!(found.support, Support::No(Reason::LowerLayer));
        assert_eq!(found.evidence, Evidence::CloneRefused);
        assert_eq!(probe_between(path("file"), overlay.merged()).unwrap(), found);
        assert_eq!(probe_between(overlay.merged(), path("file")).unwrap(), place);
    } else {
        assert!(!must_clone(), "{place:?}");
        assert_eq!(found, place);
    }
    // A file that is written to moves to the upper layer.
    File::options().append(true).open(path("file")).unwrap();
    assert_eq!(probe(path("file")).unwrap(), place);
}

#[test]
#[ignore = "needs a filesystem that clones; run cargo xtask test"]
fn a_file_answers_for_itself() {
    let btrfs = Volume::btrfs();
    let path = |name| btrfs.path(name);
    file(&path("nocow"), b"");
    tool(Command::new("chattr").arg("+C").arg(path("nocow")));
    let nocow = File::options().write(true).open(path("nocow")).unwrap();
    // The first block of data, after a hole.
    nocow.write_all_at(&bytes(1, 5000), MIB + 5).unwrap();
    let reason = Reason::NoCow { side: Side::Source };
    assert_eq!(probe(path("nocow")).unwrap().support, Support::No(reason));
    for (name, len) in [("small", 5), ("odd", 5000), ("large", MIB)] {
        file(&path(name), &bytes(2, len));
        assert_eq!(probe(path(name)).unwrap().support, Support::Yes, "{name}");
    }
    file(&path("hole"), b"").set_len(MIB).unwrap();
    assert_eq!(probe(path("hole")).unwrap().support, Support::Yes);
}

#[test]
fn a_relative_path_is_relative_to_the_working_directory() {
    in_child("cd /", &[], || {
        assert_eq!(probe("tmp").unwrap(), probe("/tmp").unwrap());
        assert_eq!(probe(".").unwrap(), probe("/").unwrap());
    });
}

#[test]
fn a_missing_file_is_an_error() {
    let dir = dir();
    let path = |name| dir.path().join(name);
    file(&path("file"), b"data");
    symlink("nowhere", path("dangling")).unwrap();
    for (name, errno) in [
        ("missing", libc::ENOENT),
        ("missing/below", libc::ENOENT),
        ("dangling", libc::ENOENT),
        ("file/below", libc::ENOTDIR),
    ] {
        let error = probe(path(name)).unwrap_err();
        assert_eq!(error.raw_os_error(), Some(errno), "{error:?}");
        let text = format!("cannot open '{}'", path(name).display());
        assert!(error.to_string().starts_with(&text), "{error}");
    }
    let error = probe("").unwrap_err();
    assert_eq!(error.raw_os_error(), Some(libc::ENOENT), "{error:?}");
    for (src, dst, blamed) in
        [("missing", "file", Side::Source), ("file", "missing", Side::Destination)]
    {
        let error = probe_between(path(src), path(dst)).unwrap_err();
        let Error::Io { side, .. } = error else { panic!("{error:?}") };
        assert_eq!((side, error.path()), (blamed, Some(&*path("missing"))));
    }
}

#[test]
#[ignore = "needs two filesystems; run cargo xtask test"]
fn two_filesystems_cannot_clone_between_them() {
    let (here, there) = (dir(), other_dir());
    let mut pairs = vec![(here.path().to_owned(), there.path().to_owned())];
    if fs() == Fs::Overlay {
        // The overlay and the filesystem below it are two.
        pairs.push((here.path().to_owned(), lower_dir().keep()));
    }
    for (here, there) in pairs {
        for (src, dst) in [(&here, &there), (&there, &here)] {
            let found = probe_between(src, dst).unwrap();
            let Support::No(Reason::DifferentFilesystems { source, destination }) = found.support
            else {
                panic!("{found:?}")
            };
            assert_eq!(probe(src).unwrap().filesystem, Some(source));
            assert_eq!(probe(dst).unwrap().filesystem, Some(destination));
            assert_eq!(found.filesystem, Some(destination));
            assert_eq!(found.evidence, Evidence::CloneRefused);
        }
    }
}

#[test]
#[ignore = "needs root, and mkfs.btrfs; run cargo xtask test"]
fn subvolumes_clone_between_them() {
    let btrfs = Volume::btrfs();
    for name in ["a", "b"] {
        tool(Command::new("btrfs").args(["subvolume", "create"]).arg(btrfs.path(name)));
    }
    assert_eq!(probe_between(btrfs.path("a"), btrfs.path("b")).unwrap().support, Support::Yes);
}

#[test]
#[ignore = "needs root, to mount; run cargo xtask test"]
fn a_read_only_mount_is_not_tried() {
    let dir = dir();
    let point = tempfile::tempdir_in(dir.path()).unwrap();
    let _bound = Mount::new(&["-o", "bind,ro", dir.path().to_str().unwrap()], point.path());
    let found = probe(point.path()).unwrap();
    assert_not_tried(&found, libc::EROFS);
    assert_eq!(found.filesystem, probe(dir.path()).unwrap().filesystem);
}

#[test]
#[ignore = "needs root, to give it up; run cargo xtask test"]
fn a_directory_that_may_not_be_written_is_not_tried() {
    in_child(&open_to_all("REFLINK_TEST_DIR"), &AS_A_USER, || {
        let dir = dir();
        let [locked, hidden] = ["locked", "hidden"].map(|name| dir.path().join(name));
        let chmod = |path: &Path, mode| {
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
        };
        for path in [&locked, &hidden] {
            std::fs::create_dir(path).unwrap();
            file(&path.join("file"), b"data");
        }
        chmod(&locked, 0o555);
        assert_not_tried(&probe(&locked).unwrap(), libc::EACCES);
        assert_not_tried(&probe(locked.join("file")).unwrap(), libc::EACCES);
        assert_not_tried(&probe_between(dir.path(), &locked).unwrap(), libc::EACCES);
        // An unreadable directory can be probed, an unreachable one cannot.
        chmod(&locked, 0o333);
        assert_eq!(probe(&locked).unwrap(), probe(dir.path()).unwrap());
        chmod(&hidden, 0o000);
        assert_eq!(probe(hidden.join("file")).unwrap_err().raw_os_error(), Some(libc::EACCES));
        chmod(&hidden, 0o700);
        chmod(&locked, 0o700);
    });
}

#[test]
#[ignore = "needs a small filesystem; run cargo xtask test"]
fn a_full_filesystem_is_not_tried() {
    let small = Small::new();
    let filler = std::fs::File::create(small.path().join("filler")).unwrap();
    for chunk in [MIB, 64 * KIB, 4096] {
        let chunk = bytes(1, chunk);
        // xfs and btrfs find a little more room after each sync.
        for _ in 0..5 {
            while std::io::Write::write_all(&mut &filler, &chunk).is_ok() {}
            let _ = filler.sync_all();
        }
    }
    assert_not_tried(&probe(small.path()).unwrap(), libc::ENOSPC);
    drop(filler);
    std::fs::remove_file(small.path().join("filler")).unwrap();
    eventually(|| !matches!(probe(small.path()).unwrap().support, Support::Unknown(_)));
}

#[test]
#[ignore = "needs root, and mkfs.btrfs; run cargo xtask test"]
fn a_directory_for_files_without_copy_on_write_clones() {
    // The files of the trial inherit chattr +C, both of them.
    let btrfs = Volume::btrfs();
    std::fs::create_dir(btrfs.path("nocow")).unwrap();
    tool(Command::new("chattr").arg("+C").arg(btrfs.path("nocow")));
    assert_eq!(probe(btrfs.path("nocow")).unwrap().support, Support::Yes);
    let found = probe_between(btrfs.path("nocow"), btrfs.path("")).unwrap();
    assert_eq!(found.support, Support::No(Reason::NoCow { side: Side::Source }));
}

#[test]
#[ignore = "needs the table of filesystems; run cargo xtask test"]
fn a_hundred_probes_at_once_leave_nothing_behind() {
    let dir = dir();
    let before = snapshot(dir.path());
    let first = probe(dir.path()).unwrap();

    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..25 {
                    assert_eq!(probe(dir.path()).unwrap(), first);
                }
            });
        }
    });
    assert_eq!(snapshot(dir.path()), before);
}
