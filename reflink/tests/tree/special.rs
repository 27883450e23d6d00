//! Entries that are neither files nor directories; names of any bytes; sparse files.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{FileExt as _, MetadataExt as _, symlink};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::Command;

use reflink::Mode;
use reflink::tree::{Existing, Follow, OnError, Options, Visit};
use rustix::fs::{CWD, FileType, Mode as Bits, XattrFlags, mknodat};

use crate::common::{assert_independent, bytes, in_child, needs, tool};
use crate::tree::{POWERLESS, Place, archive, assert_copied, map, place};

fn node(place: &Place, name: &str, kind: FileType, device: u64) {
    mknodat(CWD, place.src.join(name), kind, Bits::from_raw_mode(0o640), device).unwrap();
}

#[test]
fn fifos_and_sockets_are_made_and_never_opened() {
    needs!(FilesOfAllTypes);
    let place = place();
    node(&place, "fifo", FileType::Fifo, 0);
    UnixListener::bind(place.src.join("socket")).unwrap();
    assert_eq!(assert_copied(&place).specials, 2);
}

#[test]
#[ignore = "needs root; run cargo xtask test"]
fn devices_are_made_with_their_numbers() {
    needs!(FilesOfAllTypes);
    let place = place();
    node(&place, "null", FileType::CharacterDevice, rustix::fs::makedev(1, 3));
    assert_eq!(assert_copied(&place).specials, 1);
}

#[test]
#[ignore = "needs root; run cargo xtask test"]
fn a_device_that_may_not_be_made_is_a_failure_with_its_name() {
    let device = Path::new("/dev");
    let place = place();
    let dst = place.dst.clone();
    in_child("", &POWERLESS, || {
        let done = Options::new()
            .errors(OnError::GoOn)
            .each(|entry| {
                let is_wanted = entry.path == Path::new("null");
                if is_wanted { Visit::Copy } else { Visit::Skip }
            })
            .copy(device, &dst)
            .unwrap();
        assert_eq!((done.specials, done.failed.len()), (0, 1), "{done:?}");
        assert_eq!(done.failed[0].path, Path::new("null"));
        assert_eq!(done.failed[0].error.raw_os_error(), Some(libc::EPERM));
    });
}

/// The group bits of a FIFO with an ACL are the mask.
#[test]
#[ignore = "needs setfacl; run cargo xtask test"]
fn the_mask_of_a_special_files_acl_does_not_become_the_groups_rights() {
    needs!(PosixAcls, OwnCalls);
    let place = place();
    node(&place, "fifo", FileType::Fifo, 0);
    let acl = |args: &[&str], path: &Path| tool(Command::new("setfacl").args(args).arg(path));
    acl(&["-m", "u:1234:rw,g::-,m::rw"], &place.src.join("fifo"));
    assert_copied(&place);
    fs::remove_dir_all(&place.dst).unwrap();

    let mode = |path: &Path| fs::symlink_metadata(path).unwrap().mode() & 0o7777;
    let done = Options::new().copy(&place.src, &place.dst).unwrap();
    assert_eq!(mode(&place.dst.join("fifo")), 0o600);
    assert_eq!(done.not_kept.len(), 1, "{done:?}");
    let files = reflink::Options::new().permissions(reflink::Permissions::Umask);
    Options::new().files(files).copy_node(place.src.join("fifo"), place.dst.join("one")).unwrap();
    assert_eq!(mode(&place.dst.join("one")) & 0o070, 0);
}

#[test]
#[ignore = "needs setfacl; run cargo xtask test"]
fn a_special_file_inherits_no_access_list_from_an_existing_directory() {
    needs!(PosixAcls, OwnCalls);
    let place = place();
    node(&place, "fifo", FileType::Fifo, 0);
    fs::create_dir(&place.dst).unwrap();
    let acl = Command::new("setfacl").args(["-d", "-m", "u:1234:rwx"]).arg(&place.dst).status();
    assert!(acl.unwrap().success());
    for options in [archive(), Options::new()] {
        options.existing(Existing::Merge).copy(&place.src, &place.dst).unwrap();
        let (source, copy) = (map(&place.src), map(&place.dst));
        assert_eq!(copy[Path::new("fifo")].rights(), source[Path::new("fifo")].rights());
    }
    archive().copy_node(place.src.join("fifo"), place.dst.join("one")).unwrap();
    assert_eq!(map(&place.dst)[Path::new("one")], map(&place.src)[Path::new("fifo")]);
}

#[test]
#[ignore = "needs root; run cargo xtask test"]
fn a_followed_link_brings_the_attributes_of_the_special_file_behind_it() {
    needs!(TrustedXattrs, FilesOfAllTypes);
    let place = place();
    let fifo = place.dir.path().join("fifo");
    mknodat(CWD, &fifo, FileType::Fifo, Bits::from_raw_mode(0o640), 0).unwrap();
    symlink("../fifo", place.src.join("name")).unwrap();
    for (path, value) in [(&fifo, b"fifo"), (&place.src.join("name"), b"link")] {
        rustix::fs::lsetxattr(path, "trusted.note", value, XattrFlags::empty()).unwrap();
    }
    archive().follow(Follow::Always).copy(&place.src, &place.dst).unwrap();
    let (copy, expected) = (map(&place.dst.join("name")), map(&fifo));
    assert_eq!(copy, expected);
}

/// The parent makes what only root can make, and a child without root's rights copies it.
#[test]
#[ignore = "needs root and setpriv; run cargo xtask test"]
fn what_cannot_get_the_metadata_that_is_required_is_not_there() {
    needs!(Capabilities, OwnersAndModes, FilesOfAllTypes);
    const SOURCE: &str = "REFLINK_TEST_TREE";
    let place = place();
    if std::env::var_os(SOURCE).is_none() {
        node(&place, "fifo", FileType::Fifo, 0);
        symlink("nowhere", place.src.join("link")).unwrap();
        for name in ["fifo", "link"] {
            std::os::unix::fs::lchown(place.src.join(name), Some(1234), None).unwrap();
        }
    }
    in_child(&format!("export {SOURCE}={}", place.src.display()), &POWERLESS, || {
        let src = std::env::var_os(SOURCE).map(std::path::PathBuf::from).unwrap();
        let files = reflink::Options::new().preserve(reflink::Preserve::OWNER);
        let options = Options::new().files(files).errors(OnError::GoOn);
        fs::create_dir_all(place.dst.join("existing")).unwrap();
        let (new, existing) = (place.dst.join("new"), place.dst.join("existing"));
        for dst in [new, existing] {
            let done = options.clone().existing(Existing::Merge).copy(&src, &dst).unwrap();
            assert_eq!((done.symlinks, done.specials, done.failed.len()), (0, 0, 2), "{done:?}");
            assert_eq!(fs::read_dir(&dst).unwrap().count(), 0);
        }
    });
}

#[test]
fn names_are_any_bytes() {
    needs!(AnyName);
    let place = place();
    let long = [b'x'; 255];
    for name in [&b"with\nnewline"[..], b"\xff\xfe", b"-rf", b" ", b"...", &long] {
        fs::write(place.src.join(OsStr::from_bytes(name)), name).unwrap();
    }
    assert_eq!(assert_copied(&place).files, 6);
}

#[test]
fn a_sparse_file_stays_sparse() {
    needs!(VisibleHoles);
    let place = place();
    let src = File::create(place.src.join("sparse")).unwrap();
    src.set_len(8 << 40).unwrap();
    src.write_all_at(b"beyond 4 GiB", 5 << 30).unwrap();
    src.sync_all().unwrap();
    let done = archive().copy(&place.src, &place.dst).unwrap();
    let copy = fs::metadata(place.dst.join("sparse")).unwrap();
    assert_eq!((copy.len(), done.total()), (8 << 40, 8 << 40));
    assert!(copy.blocks() < 1024, "{} blocks", copy.blocks());
    let mut bytes = [0; 12];
    File::open(place.dst.join("sparse")).unwrap().read_exact_at(&mut bytes, 5 << 30).unwrap();
    assert_eq!(&bytes, b"beyond 4 GiB");
}

#[test]
fn never_shares_nothing() {
    let place = place();
    fs::write(place.src.join("file"), bytes(1, 300_001)).unwrap();
    let files = reflink::Options::new().mode(Mode::Never);
    let done = Options::new().files(files).copy(&place.src, &place.dst).unwrap();
    assert_eq!((done.cloned, done.offloaded, done.copied), (0, 0, 300_001));
    assert_independent(&place.src.join("file"), &place.dst.join("file"));
}

#[test]
fn an_entry_that_the_callback_skips_is_left_out_with_all_below_it() {
    let place = place();
    fs::create_dir_all(place.src.join("target/debug")).unwrap();
    fs::create_dir_all(place.src.join("src/target")).unwrap();
    let done = Options::new()
        .each(|entry| match entry.path.to_str() {
            Some("target") => Visit::Skip,
            _ => Visit::Copy,
        })
        .copy(&place.src, &place.dst)
        .unwrap();
    assert_eq!((done.skipped, done.directories), (1, 3));
    assert!(!place.dst.join("target").exists() && place.dst.join("src/target").exists());
}
