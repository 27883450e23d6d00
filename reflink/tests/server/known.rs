//! What a client can find out: whether files are cloned, but not what they share.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs::File;
use std::os::unix::fs::{FileExt as _, MetadataExt as _, PermissionsExt};
use std::path::Path;
use std::time::{Duration, Instant, SystemTime};

use reflink::{
    Attribute, Deduped, Error, Evidence, Inconclusive, Mode, Operation, Options, Overwrite,
    Permissions, Preserve, Reason, Sharing, Support, probe,
};

use crate::common::*;

#[test]
#[ignore = "needs a server; run cargo xtask vm"]
fn a_probe_says_what_the_server_says_and_that_sharing_is_hidden() {
    let dir = dir();
    let found = probe(dir.path()).unwrap();
    assert_soon_has(dir.path(), &[]);
    assert_eq!(found.filesystem.unwrap().to_string(), fs().type_name());
    assert_eq!(found.block_size, None);
    let answer = (found.support, found.evidence);
    if fs().clones() {
        let hidden = Support::Unknown(Inconclusive::SharingHidden);
        assert_eq!(answer, (hidden, Evidence::CloneAccepted));
    } else {
        let (Support::No(reason), Evidence::CloneRefused) = answer else { panic!("{found:?}") };
        assert!(matches!(reason, Reason::NoCloneSupport { .. }), "{reason:?}");
    }
}

#[test]
#[ignore = "needs a server; run cargo xtask vm"]
fn nothing_is_claimed_about_sharing() {
    let dir = dir();
    let [src, dst] = ["src", "dst"].map(|name| dir.path().join(name));
    file(&src, &bytes(1, MIB));
    reflink::auto(&src, &dst).unwrap();
    let [src, dst] = [src, dst].map(|path| File::open(path).unwrap());
    let sharing = Sharing::of(&dst);
    let common = reflink::shared_between(&src, &dst);
    if on_smb() {
        let sharing = sharing.unwrap();
        assert_eq!((sharing.unknown, sharing.data()), (MIB, MIB), "{sharing:?}");
        let common = common.unwrap();
        assert_eq!((common.total(), common.unknown), (0, MIB), "{common:?}");
    } else {
        for error in [sharing.unwrap_err(), common.unwrap_err()] {
            assert_eq!(error.reason().map(|r| matches!(r, Reason::NoExtentMap { .. })), Some(true));
        }
    }
}

/// No client has the call that compares and shares.
#[test]
#[ignore = "needs a server; run cargo xtask vm"]
fn dedupe_is_refused_and_changes_nothing() {
    for (seed, is_local) in [(1, false), (2, false), (1, true)] {
        let (dir, other) = (dir(), other_dir());
        if is_local && !on_smb() {
            continue;
        }
        // If the source is elsewhere and the kernel is called, it reports that first.
        let source = if is_local { &other } else { &dir };
        let first = file(&source.path().join("first"), &bytes(1, MIB));
        let second = file(&dir.path().join("second"), &bytes(seed, MIB));
        let error = match reflink::dedupe(&first, .., [(&second, 0)]) {
            Ok(mut ends) => match ends.remove(0) {
                Deduped::Failed { bytes: 0, error, .. } => error,
                end => panic!("{end:?}"),
            },
            Err(error) => error,
        };
        println!("{error:?}");
        let Error::NotReflinkable { reason: Reason::NoDedupeSupport { filesystem }, .. } = &error
        else {
            panic!("{error:?}")
        };
        assert_eq!(filesystem.name(), Some(fs().type_name()));
        assert_eq!(error.raw_os_error(), Some(libc::EOPNOTSUPP));
        assert_same(&content(&second), &bytes(seed, MIB), "second");
    }
}

/// Without O_TMPFILE a new file has a temporary name first.
#[test]
#[ignore = "needs a server; run cargo xtask vm"]
fn no_name_is_left_behind() {
    let dir = dir();
    let [src, dst] = ["src", "dst"].map(|name| dir.path().join(name));
    file(&src, &bytes(1, MIB));
    for mode in COPYING {
        copy(mode, &src, &dst);
        // If a file is replaced while somebody reads it, the NFS client keeps it under another
        // name. A server can refuse to replace it (samba: EACCES).
        let reader = (!on_smb()).then(|| File::open(&dst).unwrap());
        let stop = |_| std::ops::ControlFlow::Break(());
        let stopped = Options::new().mode(Mode::Never).on_progress(stop).copy(&src, &dst);
        assert!(matches!(stopped, Err(Error::Cancelled { .. })), "{stopped:?}");
        copy(mode, &src, &dst);
        drop(reader);
        assert_soon_has(dir.path(), &["dst", "src"]);
    }
}

/// The NFS client removes a removed file that was open some time later.
#[track_caller]
fn assert_soon_has(dir: &Path, expected: &[&str]) {
    let expected: BTreeSet<_> = expected.iter().map(OsString::from).collect();
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        // Only names, because a file can be gone a moment later.
        let entries = std::fs::read_dir(dir).unwrap();
        let names: BTreeSet<_> = entries.map(|entry| entry.unwrap().file_name()).collect();
        if names == expected {
            return;
        }
        assert!(Instant::now() < deadline, "{names:?} instead of {expected:?}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// The comparison whether both are one file must not set the modification time that the server
/// keeps.
#[test]
#[ignore = "needs a server; run cargo xtask vm"]
fn a_file_written_in_place_has_a_new_modification_time() {
    for mode in COPYING {
        let dir = dir();
        let [src, dst] = ["src", "dst"].map(|name| dir.path().join(name));
        file(&src, &bytes(1, 50_000)).sync_all().unwrap();
        let old = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
        file(&dst, &bytes(2, 50_000)).set_modified(old).unwrap();
        let since = on_server(&src).metadata().unwrap().modified().unwrap();
        Options::new()
            .mode(mode)
            .overwrite(Overwrite::InPlace)
            .sync(true)
            .copy(&src, &dst)
            .unwrap();
        let modified = on_server(&dst).metadata().unwrap().modified().unwrap();
        // Servers round times, and samba is two seconds late.
        let is_new = since <= modified + Duration::from_secs(3);
        assert!(is_new, "{mode:?}: {modified:?} is before {since:?}");
    }
}

/// What another program has written to its open source may be only in this client's memory.
#[test]
#[ignore = "needs a server; run cargo xtask vm"]
fn data_that_has_not_reached_the_server_is_copied() {
    for mode in ALL_MODES {
        for way in ["new", "in place", "in place, empty", "open", "open, empty", "range"] {
            let dir = dir();
            let [src, dst, new] = ["src", "dst", "new"].map(|name| dir.path().join(name));
            let old = if way.ends_with("empty") { 0 } else { MIB };
            let (from, to) = (file(&src, &bytes(1, MIB)), file(&dst, &bytes(2, old)));
            from.sync_all().unwrap();
            from.write_all_at(&bytes(3, 70_000), 100_000).unwrap();
            from.write_all_at(&bytes(4, 50_000), MIB).unwrap();
            let expected = content(&from);
            let options = Options::new().mode(mode);
            let done = match way {
                "new" => options.copy(&src, &new),
                "in place" | "in place, empty" => {
                    options.overwrite(Overwrite::InPlace).copy(&src, &dst)
                }
                "open" | "open, empty" => options.reflink(&from, &to),
                _ => options.partial(&from, .., &to, 0),
            };
            // Old SMB clients have no clone of ranges.
            let may_refuse = !must_clone() || way == "range" && on_smb();
            if mode == Mode::Always
                && may_refuse
                && matches!(done, Err(Error::NotReflinkable { .. }))
            {
                continue;
            }
            assert_accounts(&done.unwrap(), mode, MIB + 50_000);
            let copied = std::fs::read(if way == "new" { new } else { dst }).unwrap();
            assert_same(&copied, &expected, &format!("{mode:?}, {way}"));
        }
    }
}

/// On SMB owner and mode are those that the mount sets, but changes of them are accepted.
#[test]
#[ignore = "needs a server; run cargo xtask vm"]
fn an_owner_and_a_mode_that_are_not_kept_are_reported() {
    let (here, there) = (dir(), other_dir());
    let [own, src] = ["own", "src"].map(|name| there.path().join(name));
    for path in [&own, &src] {
        file(path, &bytes(1, 100_000));
    }
    std::os::unix::fs::chown(&src, Some(1234), Some(4321)).unwrap();
    for path in [&own, &src] {
        std::fs::set_permissions(path, PermissionsExt::from_mode(0o4751)).unwrap();
    }
    let dst = here.path().join("dst");
    let options = || Options::new().mode(Mode::Auto);
    let asked = [
        (options().preserve(Preserve::OWNER), &src, Operation::SetOwner),
        (options().permissions(Permissions::Source), &src, Operation::SetPermissions),
        (options().preserve(Preserve::SET_ID), &own, Operation::SetPermissions),
    ];
    for (asked, src, step) in asked {
        if !on_smb() {
            asked.copy(src, &dst).unwrap();
            continue;
        }
        let error = fails(here.path(), || asked.copy(src, &dst));
        let Error::Io { operation, .. } = &error else { panic!("{error:?}") };
        assert_eq!((*operation, error.raw_os_error()), (step, Some(libc::EOPNOTSUPP)));
    }
    if on_smb() {
        rustix::fs::setxattr(&src, "user.empty", b"", rustix::fs::XattrFlags::empty()).unwrap();
    }
    let wanted = Preserve::OWNER | Preserve::SET_ID | Preserve::XATTRS;
    let done = options().preserve_if_possible(wanted).copy(&src, &dst).unwrap();
    let lost: Vec<_> = done.not_kept.iter().map(|lost| lost.attribute.clone()).collect();
    let status = dst.metadata().unwrap();
    if on_smb() {
        let empty = Attribute::Xattr(Some("user.empty".into()));
        assert_eq!(lost, [Attribute::Owner, empty, Attribute::SetId]);
    } else {
        assert_eq!(lost, []);
        assert_eq!((status.uid(), status.gid(), status.mode() & 0o7777), (1234, 4321, 0o4751));
    }
}
