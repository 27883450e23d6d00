//! Entries that are neither files nor directories; names of any bytes; sparse files.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::net::UnixListener;
use std::path::Path;

use reflink::Mode;
use reflink::tree::{OnError, Options, Visit};
use rustix::fs::{CWD, FileType, Mode as Bits, mknodat};

use crate::common::{assert_independent, bytes, in_child};
use crate::tree::{POWERLESS, Place, archive, assert_copied, place};

fn node(place: &Place, name: &str, kind: FileType, device: u64) {
    mknodat(CWD, place.src.join(name), kind, Bits::from_raw_mode(0o640), device).unwrap();
}

#[test]
fn fifos_and_sockets_are_made_and_never_opened() {
    let place = place();
    node(&place, "fifo", FileType::Fifo, 0);
    UnixListener::bind(place.src.join("socket")).unwrap();
    assert_eq!(assert_copied(&place).specials, 2);
}

#[test]
#[ignore = "needs root; run cargo xtask test"]
fn devices_are_made_with_their_numbers() {
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

#[test]
fn names_are_any_bytes() {
    let place = place();
    let long = [b'x'; 255];
    for name in [&b"with\nnewline"[..], b"\xff\xfe", b"-rf", b" ", b"...", &long] {
        fs::write(place.src.join(OsStr::from_bytes(name)), name).unwrap();
    }
    assert_eq!(assert_copied(&place).files, 6);
}

#[test]
fn a_sparse_file_stays_sparse() {
    let place = place();
    let src = File::create(place.src.join("sparse")).unwrap();
    src.set_len(8 << 40).unwrap();
    src.sync_all().unwrap();
    let done = archive().copy(&place.src, &place.dst).unwrap();
    let copy = fs::metadata(place.dst.join("sparse")).unwrap();
    assert_eq!((copy.len(), done.total()), (8 << 40, 8 << 40));
    assert!(copy.blocks() < 64, "{} blocks", copy.blocks());
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
