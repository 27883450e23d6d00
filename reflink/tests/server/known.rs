//! What a client can know: whether files are cloned, and not what they share.

use std::collections::BTreeSet;
use std::fs::File;
use std::time::{Duration, Instant};

use reflink::{Deduped, Error, Evidence, Mode, Options, Reason, Sharing, Support, Untold, probe};

use crate::common::*;

#[test]
#[ignore = "needs a server; run cargo xtask vm"]
fn a_probe_says_what_the_server_says_and_that_sharing_is_hidden() {
    let dir = dir();
    let before = snapshot(dir.path());
    let found = probe(dir.path()).unwrap();
    assert_eq!(snapshot(dir.path()), before);
    let name = if on_smb() { "smb" } else { "nfs" };
    assert_eq!(found.filesystem.unwrap().to_string(), name);
    assert_eq!(found.block_size, None);
    let answer = (found.support, found.evidence);
    if fs().clones() {
        let hidden = Support::Unknown(Untold::SharingHidden);
        assert_eq!(answer, (hidden, Evidence::CloneAccepted));
    } else {
        let (Support::No(reason), Evidence::CloneRefused) = answer else { panic!("{found:?}") };
        assert!(matches!(reason, Reason::NoCloneSupport { .. }), "{reason:?}");
    }
}

#[test]
#[ignore = "needs a server; run cargo xtask vm"]
fn nothing_is_said_of_what_is_shared() {
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

/// The call to compare and share is one that no client has.
#[test]
#[ignore = "needs a server; run cargo xtask vm"]
fn dedupe_is_refused_and_changes_nothing() {
    for seed in [1, 2] {
        let dir = dir();
        let first = file(&dir.path().join("first"), &bytes(1, MIB));
        let second = file(&dir.path().join("second"), &bytes(seed, MIB));
        let error = match reflink::dedupe(&first, .., [(&second, 0)]) {
            Ok(mut ends) => match ends.remove(0) {
                Deduped::Failed { bytes: 0, error, .. } => error,
                end => panic!("{end:?}"),
            },
            Err(error) => error,
        };
        println!("{error:?}");
        assert!(matches!(error, Error::NotReflinkable { .. }), "{error:?}");
        assert_same(&content(&second), &bytes(seed, MIB), "second");
    }
}

/// Without O_TMPFILE the new file has a name until it has its own.
#[test]
#[ignore = "needs a server; run cargo xtask vm"]
fn no_name_is_left_behind() {
    let dir = dir();
    let [src, dst] = ["src", "dst"].map(|name| dir.path().join(name));
    file(&src, &bytes(1, MIB));
    for mode in COPYING {
        copy(mode, &src, &dst);
        // What is replaced while somebody reads it, the client of NFS keeps under another name.
        // A server can refuse to (samba: EACCES).
        let reader = (!on_smb()).then(|| File::open(&dst).unwrap());
        let stop = |_| std::ops::ControlFlow::Break(());
        let stopped = Options::new().mode(Mode::Never).on_progress(stop).copy(&src, &dst);
        assert!(matches!(stopped, Err(Error::Cancelled { .. })), "{stopped:?}");
        copy(mode, &src, &dst);
        drop(reader);
        // Which it removes when nobody needs it any more.
        let names = || {
            let entries = std::fs::read_dir(dir.path()).unwrap();
            entries.map(|entry| entry.unwrap().file_name()).collect::<BTreeSet<_>>()
        };
        let deadline = Instant::now() + Duration::from_secs(10);
        while names().len() > 2 && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(100));
        }
        assert_eq!(names(), BTreeSet::from(["dst".into(), "src".into()]));
    }
}
