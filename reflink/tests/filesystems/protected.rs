//! Files that must not be written to: flags, swap.

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use reflink::{Error, Mode, Options, Overwrite, Reason, Side};

use crate::common::*;

/// A `chattr` flag, removed on drop.
struct Flag(PathBuf, &'static str);

impl Flag {
    fn set(path: &Path, flag: &'static str) -> Self {
        tool(Command::new("chattr").arg(format!("+{flag}")).arg(path));
        Self(path.to_owned(), flag)
    }
}

impl Drop for Flag {
    fn drop(&mut self) {
        tool(Command::new("chattr").arg(format!("-{}", self.1)).arg(&self.0));
    }
}

/// The flag forbids the operation; on a filesystem without clones the clone is refused for another
/// reason.
#[track_caller]
fn assert_forbidden(mode: Mode, error: &Error, reason: Reason) {
    if !clones_nothing(mode, error) {
        assert!(matches!(error, Error::Io { .. }), "{mode:?}: {error:?}");
        assert_eq!(error.raw_os_error(), Some(libc::EPERM), "{mode:?}: {error:?}");
        assert_eq!(error.reason(), Some(&reason), "{mode:?}: {error:?}");
        assert!(error.hint().unwrap().contains("chattr -"), "{error:?}");
    }
}

#[test]
#[ignore = "needs root and chattr; run cargo xtask test"]
fn immutable_and_append_only_destinations_by_path() {
    for (letter, reason) in [("i", Reason::Immutable), ("a", Reason::AppendOnly)] {
        let dir = dir();
        let [src, dst] = ["src", "dst"].map(|name| dir.path().join(name));
        file(&src, &bytes(1, 10_000));
        file(&dst, &bytes(2, 20_000));
        let _flag = Flag::set(&dst, letter);
        for mode in ALL_MODES {
            for overwrite in [Overwrite::Replace, Overwrite::InPlace] {
                let error = fails(dir.path(), || {
                    Options::new().mode(mode).overwrite(overwrite).copy(&src, &dst)
                });
                assert_forbidden(mode, &error, reason);
            }
        }
    }
}

#[test]
#[ignore = "needs root and chattr; run cargo xtask test"]
fn an_immutable_destination_that_is_open_already() {
    needs!(FlagsOfOpenFiles);
    let dir = dir();
    let [src, dst] = ["src", "dst"].map(|name| dir.path().join(name));
    let from = file(&src, &bytes(1, 10_000));
    let to = file(&dst, &bytes(2, 20_000));
    let _flag = Flag::set(&dst, "i");
    for mode in [Mode::Always, Mode::Auto] {
        let error = fails(dir.path(), || reflink::reflink(&from, &to, mode));
        assert_forbidden(mode, &error, Reason::Immutable);
        let error = fails(dir.path(), || reflink::partial(&from, 0..4096, &to, 0, mode));
        assert_forbidden(mode, &error, Reason::Immutable);
        let error = fails(dir.path(), || reflink::partial(&from, 1..4096, &to, 0, mode));
        assert!(error.reason().is_some(), "{mode:?}: {error:?}");
    }
}

/// The kernel checks the flag of the overlay's inode, not of the inode that it changes.
#[test]
#[ignore = "needs root and chattr; run cargo xtask test"]
fn an_immutable_file_of_an_overlay_that_is_open_already_is_written() {
    needs!(Overlay);
    let dir = dir();
    let [src, dst] = ["src", "dst"].map(|name| dir.path().join(name));
    let from = file(&src, &bytes(1, 10_000));
    for mode in [Mode::Always, Mode::Auto] {
        let to = file(&dst, &bytes(2, 20_000));
        let flag = Flag::set(&dst, "i");
        reflink::reflink(&from, &to, mode).unwrap();
        assert_same_files(&dst, &src);
        drop(flag);
        std::fs::remove_file(&dst).unwrap();
    }
}

/// xfs and others return an error for the flag, or ignore it.
#[test]
#[ignore = "needs root and chattr; run cargo xtask test"]
fn without_nodatacow_its_flag_changes_nothing() {
    needs!(NoNoDataCow);
    let dir = dir();
    let [src, dst] = ["src", "dst"].map(|name| dir.path().join(name));
    let from = file(&src, &bytes(1, 100_000));
    let to = file(&dst, b"");
    Command::new("chattr").arg("+C").arg(&dst).output().unwrap();
    let done = reflink::reflink(&from, &to, Mode::Auto).unwrap();
    assert_eq!(done.cloned > 0, fs().clones(), "{done:?}");
}

#[cfg(not(reflink_as = "new-names"))]
#[test]
#[ignore = "needs root and chattr; run cargo xtask test"]
fn nodatacow_on_one_side() {
    needs!(NoDataCow);
    let dir = dir();
    let path = |name: &str| dir.path().join(name);
    let from = file(&path("src"), &bytes(1, 100_000));
    for name in ["plain", "nocow", "nocow2"] {
        file(&path(name), b"");
    }
    let chattr = |name| Command::new("chattr").arg("+C").arg(path(name)).output().unwrap();
    for name in ["nocow", "nocow2"] {
        assert!(chattr(name).status.success());
    }
    let open = |name| File::options().read(true).write(true).open(path(name)).unwrap();
    let (plain, nocow, nocow2) = (open("plain"), open("nocow"), open("nocow2"));

    let error = fails(dir.path(), || reflink::reflink(&from, &nocow, Mode::Always));
    assert!(matches!(error, Error::NotReflinkable { .. }), "{error:?}");
    assert_eq!(error.raw_os_error(), Some(libc::EINVAL));
    assert_eq!(error.reason(), Some(&Reason::NoCow { side: Side::Destination }));
    let done = reflink::reflink(&from, &nocow, Mode::Auto).unwrap();
    assert_accounts(&done, Mode::Auto, 100_000);
    assert_eq!(done.fallback, Some(Reason::NoCow { side: Side::Destination }));
    assert_same_files(&path("nocow"), &path("src"));

    let error = fails(dir.path(), || reflink::reflink(&nocow, &plain, Mode::Always));
    assert_eq!(error.reason(), Some(&Reason::NoCow { side: Side::Source }));
    let error =
        fails(dir.path(), || reflink::partial(&nocow, 0..65_536, &plain, 65_536, Mode::Always));
    assert_eq!(error.reason(), Some(&Reason::NoCow { side: Side::Source }));
    // Onto a longer destination the refusal must come before the cut.
    file(&path("longer"), &bytes(2, 200_000));
    let longer = open("longer");
    let error = fails(dir.path(), || reflink::reflink(&nocow, &longer, Mode::Always));
    assert_eq!(error.reason(), Some(&Reason::NoCow { side: Side::Source }));
    file(&path("short nocow"), b"");
    assert!(chattr("short nocow").status.success());
    let short = open("short nocow");
    reflink::partial(&from, 0..100, &short, 0, Mode::Never).unwrap();
    let error = fails(dir.path(), || reflink::reflink(&short, &longer, Mode::Always));
    assert_eq!(error.reason(), Some(&Reason::NoCow { side: Side::Source }));

    // If both have it, the clone works.
    reflink::reflink(&nocow, &nocow2, Mode::Always).unwrap();
    assert!(shares_everything(&path("nocow"), &path("nocow2")));

    // And a directory that sets it on all its new files.
    std::fs::create_dir(path("dir")).unwrap();
    assert!(chattr("dir").status.success());
    let error = fails(&path("dir"), || reflink::always(path("src"), path("dir/dst")));
    assert_eq!(error.reason(), Some(&Reason::NoCow { side: Side::Destination }));
    reflink::auto(path("src"), path("dir/dst")).unwrap();
    assert_same_files(&path("dir/dst"), &path("src"));
}

/// Swaps onto a file, until dropped.
struct Swap(PathBuf);

impl Swap {
    fn on(path: &Path) -> Self {
        tool(Command::new("chmod").arg("600").arg(path));
        tool(Command::new("mkswap").arg(path));
        tool(Command::new("swapon").arg(path));
        Self(path.to_owned())
    }
}

impl Drop for Swap {
    fn drop(&mut self) {
        tool(Command::new("swapoff").arg(&self.0));
    }
}

#[cfg(not(reflink_as = "new-names"))]
#[test]
#[ignore = "needs root, and to be allowed to swap; run cargo xtask test"]
fn an_active_swap_file() {
    needs!(SwapFiles);
    let dir = dir();
    // The kernel escapes the space in its list of swap files.
    let [swap, plain] = ["swap file", "plain"].map(|name| dir.path().join(name));
    let make = |path: &Path| {
        let file = file(path, b"");
        if fs() == Fs::Btrfs {
            // A swap file needs the flag, and so does the other file, or the kernel refuses
            // earlier.
            tool(Command::new("chattr").arg("+C").arg(path));
        }
        file.write_all_at(&bytes(1, 4 * MIB), 0).unwrap();
        file.sync_all().unwrap();
        file
    };
    let (swapping, other) = (make(&swap), make(&plain));
    let _swap = Swap::on(&swap);
    let before = entry(&plain);
    // Nobody may write to it, and every call that copies refuses it as the source; only read works.
    for mode in ALL_MODES {
        let error = reflink::reflink(&other, &swapping, mode).expect_err("it is in use");
        if !clones_nothing(mode, &error) {
            assert!(matches!(error, Error::Io { .. }), "{mode:?}: {error:?}");
            assert_eq!(error.raw_os_error(), Some(libc::ETXTBSY), "{mode:?}: {error:?}");
            let side = Side::Destination;
            assert_eq!(error.reason(), Some(&Reason::SwapFile { side }), "{mode:?}");
        }
    }
    // It cannot be replaced either.
    for mode in [Mode::Auto, Mode::Never] {
        let error = fails(dir.path(), || Options::new().mode(mode).copy(&plain, &swap));
        assert_eq!(error.raw_os_error(), Some(libc::EPERM), "{mode:?}: {error:?}");
        let side = Side::Destination;
        assert_eq!(error.reason(), Some(&Reason::SwapFile { side }), "{mode:?}");
    }
    let error = reflink::reflink(&swapping, &other, Mode::Always).unwrap_err();
    assert!(matches!(error, Error::NotReflinkable { .. }), "{error:?}");
    let swap_file = Reason::SwapFile { side: Side::Source };
    if !clones_nothing(Mode::Always, &error) {
        assert_eq!(error.raw_os_error(), Some(libc::ETXTBSY), "{error:?}");
        assert_eq!(error.reason(), Some(&swap_file));
    }
    assert_eq!(entry(&plain), before, "{error}");

    let copied = |done: reflink::Outcome, len, reason| {
        assert_accounts(&done, Mode::Auto, len);
        assert_eq!(done.copied, len, "{done:?}");
        if fs().clones() {
            assert_eq!(done.fallback, Some(reason));
        }
    };
    copied(
        reflink::partial(&swapping, 5..50_000, &other, 3, Mode::Auto).unwrap(),
        49_995,
        swap_file,
    );
    copied(reflink::reflink(&swapping, &other, Mode::Auto).unwrap(), 4 * MIB, swap_file);
    assert_same_files(&plain, &swap);
    // A new file is not nodatacow.
    let no_cow = Reason::NoCow { side: Side::Source };
    let reason = if fs() == Fs::Btrfs { no_cow } else { swap_file };
    copied(reflink::auto(&swap, dir.path().join("new")).unwrap(), 4 * MIB, reason);
    assert_same_files(&dir.path().join("new"), &swap);
}
