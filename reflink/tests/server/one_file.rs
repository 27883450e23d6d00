//! One file under two numbers, which still must not be copied onto itself.

use std::fs::File;
use std::path::{Path, PathBuf};

use reflink::{Options, Overwrite, Reason};

use crate::common::*;

fn variable(name: &str) -> PathBuf {
    std::env::var_os(name).map(PathBuf::from).unwrap()
}

/// Tries it from each of the names to the other.
#[track_caller]
fn never_copied(names: [&Path; 2], server: &Path) {
    let expected = std::fs::read(server).unwrap();
    let [first, second] = names;
    for mode in COPYING {
        for (src, dst) in [(first, second), (second, first)] {
            let error = Options::new().mode(mode).overwrite(Overwrite::InPlace).copy(src, dst);
            let error = error.unwrap_err();
            assert_eq!(error.reason(), Some(&Reason::SameFile), "{mode:?}: {error:?}");
            assert_same(&std::fs::read(server).unwrap(), &expected, "the file");
            // The whole blocks do not overlap, but the odd bytes after them do.
            let [src, dst] =
                [src, dst].map(|path| File::options().read(true).write(true).open(path).unwrap());
            let error = reflink::partial(&src, 0..50_000, &dst, 49_152, mode).unwrap_err();
            assert_eq!(error.reason(), Some(&Reason::Overlap), "{mode:?}: {error:?}");
            drop((src, dst));
            assert_same(&std::fs::read(server).unwrap(), &expected, "the file");
        }
    }
}

#[test]
#[ignore = "needs a server; run cargo xtask vm"]
fn a_file_is_not_copied_onto_itself_by_another_mount() {
    needs!(SecondMount, TimesOfAnotherMount);
    let here = dir();
    let below_mount = here.path().strip_prefix(variable("REFLINK_TEST_DIR").parent().unwrap());
    let there = variable("REFLINK_TEST_OUTAGE_DIR").join(below_mount.unwrap());
    let [first, second] = [here.path(), &there].map(|dir| dir.join("file"));
    file(&first, &bytes(1, MIB + 1)).sync_all().unwrap();
    never_copied([&first, &second], &on_server(&first));
}

/// The second mount numbers names on its own.
#[test]
#[ignore = "needs a server; run cargo xtask vm"]
fn a_file_is_not_copied_onto_its_hard_link() {
    needs!(SecondMount, TimesOfAnotherMount);
    let there = tempfile::tempdir_in(variable("REFLINK_TEST_OUTAGE_DIR")).unwrap();
    let [first, second] = ["file", "link"].map(|name| there.path().join(name));
    file(&first, &bytes(1, MIB + 1)).sync_all().unwrap();
    std::fs::hard_link(&first, &second).unwrap();
    let server = variable("REFLINK_TEST_SERVER_DIR");
    let server = server.parent().unwrap().join(there.path().file_name().unwrap()).join("file");
    never_copied([&first, &second], &server);
}
