//! What options remember about filesystems, and what they must not remember.

use std::process::Command;

use reflink::{Mode, Options, Prefer, Reason};

use crate::common::*;

/// A filesystem that cannot clone is replaced by another one.
#[test]
#[ignore = "needs root, to mount; run cargo xtask test"]
fn a_remembered_refusal_does_not_outlive_the_mount() {
    let dir = dir();
    let (place, real) = (dir.path().join("place"), dir.path().join("real"));
    std::fs::create_dir(&place).unwrap();
    std::fs::create_dir(&real).unwrap();
    let [src, dst] = ["src", "dst"].map(|name| place.join(name));
    let options = Options::new().mode(Mode::Auto);
    for round in 0..3 {
        tool(Command::new("mount").args(["-t", "tmpfs", "tmpfs"]).arg(&place));
        file(&src, &bytes(round, 300_001));
        for name in ["one", "two"] {
            let done = options.copy(&src, place.join(name)).unwrap();
            let refused = matches!(done.fallback, Some(Reason::NoCloneSupport { filesystem })
                if filesystem.name() == Some("tmpfs"));
            assert!(refused, "{done:?}");
        }
        unmount(&place);
        tool(Command::new("mount").arg("--bind").arg(&real).arg(&place));
        file(&src, &bytes(round, 300_001));
        let done = options.copy(&src, &dst).unwrap();
        assert_accounts(&done, Mode::Auto, 300_001);
        std::fs::remove_file(&dst).unwrap();
        std::fs::remove_file(&src).unwrap();
        unmount(&place);
    }
}

/// Files that cannot be cloned do not prevent clones of other files on the same filesystem.
#[test]
#[ignore = "needs a filesystem under test; run cargo xtask test"]
fn a_refusal_that_is_about_the_files_is_not_remembered() {
    let dir = dir();
    let [src, dst] = ["src", "dst"].map(|name| dir.path().join(name));
    let (from, to) = (file(&src, &bytes(1, 300_001)), file(&dst, b""));
    let options = Options::new().mode(Mode::Auto);
    // Not on a block boundary.
    options.partial(&from, 1..200_000, &to, 0).unwrap();
    let done = options.copy(&src, &dst).unwrap();
    assert_accounts(&done, Mode::Auto, 300_001);
}

#[test]
#[ignore = "needs a filesystem under test; run cargo xtask test"]
fn speed_copies_a_small_source_that_is_not_on_disk() {
    for len in [1, 4096, 256 * KIB] {
        let dir = dir();
        let [src, dst] = ["src", "dst"].map(|name| dir.path().join(name));
        let source = file(&src, &bytes(1, len));
        let options = Options::new().prefer(Prefer::Speed);
        let copied = options.copy(&src, &dst).unwrap();
        assert_same_files(&dst, &src);
        if fs().clones() {
            assert_eq!((copied.copied, copied.fallback), (len, Some(Reason::Unsynced)), "{len}");
            // The source is still not on disk.
            let sharing = Options::new().copy(&src, &dst).unwrap();
            assert_eq!(sharing.cloned, len);
        }
        source.sync_all().unwrap();
        let done = options.copy(&src, &dst).unwrap();
        assert_accounts(&done, Mode::Auto, len);
    }
}

#[test]
#[ignore = "needs a filesystem under test; run cargo xtask test"]
fn speed_clones_a_large_source_and_what_must_be_cloned() {
    let dir = dir();
    let [src, dst] = ["src", "dst"].map(|name| dir.path().join(name));
    file(&src, &bytes(1, 256 * KIB + 1));
    let done = Options::new().prefer(Prefer::Speed).copy(&src, &dst).unwrap();
    assert_accounts(&done, Mode::Auto, 256 * KIB + 1);
    std::fs::write(&src, bytes(1, 4096)).unwrap();
    let always = Options::new().mode(Mode::Always).prefer(Prefer::Speed).copy(&src, &dst);
    assert_eq!(always.is_ok(), fs().clones());
}
