//! Who may dedupe which file, and how the file must be open.

use std::fs::File;
use std::path::Path;
use std::process::Command;

use reflink::{Deduped, Reason, dedupe};

use crate::common::*;
use crate::dedupe::{assert_shared, one};
use crate::dedupe_refused::{assert_error, failed, pair};
use crate::place::*;

#[test]
#[ignore = "needs a filesystem that clones; run cargo xtask test"]
fn a_destination_opened_for_reading_will_do_for_its_owner() {
    in_child(&open_to_all(cloning_base()), &AS_A_USER, || {
        let dir = cloning_dir();
        let (src, _) = pair(dir.path(), 64 * KIB);
        tool(Command::new("chmod").arg("400").arg(dir.path().join("dst")));
        let dst = File::open(dir.path().join("dst")).unwrap();
        assert_shared(&one(dedupe(&src, .., [(&dst, 0)])), 64 * KIB);
    });
}

#[test]
#[ignore = "needs a filesystem that clones, and root to give it up; run cargo xtask test"]
fn a_file_of_another_owner_is_refused_unless_it_is_writable() {
    let base = cloning_base();
    let theirs = format!(
        "{}; umask 022; THEIRS=$(mktemp -d \"${base}/XXXXXX\") && chmod 755 $THEIRS && \
         export THEIRS && head -c 65536 /dev/zero | tee $THEIRS/read >$THEIRS/write && \
         chmod 666 $THEIRS/write",
        open_to_all(base),
    );
    in_child(&theirs, &AS_A_USER, || {
        let dir = cloning_dir();
        let src = file(&dir.path().join("src"), &[0; 65536]);
        let theirs = Path::new(&std::env::var_os("THEIRS").unwrap()).to_owned();
        let end = one(dedupe(&src, .., [(&File::open(theirs.join("read")).unwrap(), 0)]));
        let Deduped::Failed { bytes: 0, error, .. } = end else { panic!("{end:?}") };
        assert_error(&error, libc::EPERM, Reason::NotWritable);
        let end = one(dedupe(&src, .., [(&File::open(theirs.join("write")).unwrap(), 0)]));
        assert_shared(&end, 64 * KIB);
    });
}

#[test]
#[ignore = "needs a filesystem that clones, and root; run cargo xtask test"]
fn an_immutable_destination_is_refused_however_it_is_opened() {
    needs!(FlagsOfOpenFiles);
    let dir = cloning_dir();
    let (src, writable) = pair(dir.path(), 64 * KIB);
    let dst = dir.path().join("dst");
    tool(Command::new("chattr").arg("+i").arg(&dst));
    for dst in [&File::open(&dst).unwrap(), &writable] {
        let error = failed(dir.path(), || dedupe(&src, .., [(dst, 0)]));
        assert_error(&error, libc::EPERM, Reason::Immutable);
    }
    tool(Command::new("chattr").arg("-i").arg(&dst));
    assert_shared(&one(dedupe(&src, .., [(&writable, 0)])), 64 * KIB);
}

/// overlayfs dedupes by itself, and does not look at the flag.
#[test]
#[ignore = "needs a filesystem that clones, and root; run cargo xtask test"]
fn an_immutable_destination_on_an_overlay_is_shared() {
    needs!(Overlay);
    let dir = cloning_dir();
    let (src, writable) = pair(dir.path(), 64 * KIB);
    let dst = dir.path().join("dst");
    tool(Command::new("chattr").arg("+i").arg(&dst));
    let read_only = File::open(&dst).unwrap();
    let ends = [&read_only, &writable].map(|dst| one(dedupe(&src, .., [(dst, 0)])));
    tool(Command::new("chattr").arg("-i").arg(&dst));
    ends.iter().for_each(|end| assert_shared(end, 64 * KIB));
}

#[test]
#[ignore = "needs a filesystem that clones, and root; run cargo xtask test"]
fn a_read_only_filesystem_is_named() {
    needs!(SharingAcrossMounts);
    let dir = cloning_dir();
    let (src, _) = pair(dir.path(), 64 * KIB);
    let point = tempfile::tempdir_in(dir.path()).unwrap();
    let _bound = Mount::new(&["-o", "bind,ro", dir.path().to_str().unwrap()], point.path());
    let dst = File::open(point.path().join("dst")).unwrap();
    let error = failed(dir.path(), || dedupe(&src, .., [(&dst, 0)]));
    assert_error(&error, libc::EROFS, Reason::ReadOnly);
    // A file that is only read may be read-only.
    let (src, dst) = (dst, src);
    assert_shared(&one(dedupe(&src, .., [(&dst, 0)])), 64 * KIB);
}
