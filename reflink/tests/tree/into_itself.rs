//! A tree is never copied into itself.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use reflink::Reason;
use reflink::tree::{Existing, OnError, Options};

use crate::common::{needs, tool, unmount};
use crate::tree::{map, place};

#[track_caller]
fn assert_refused(src: &Path, dst: &Path) {
    let before = map(src).into_keys().collect::<Vec<_>>();
    for existing in [Existing::Fail, Existing::Merge] {
        let error = Options::new().existing(existing).copy(src, dst).unwrap_err();
        let expected =
            if existing == Existing::Fail && dst.exists() { libc::EEXIST } else { libc::EINVAL };
        assert_eq!(error.raw_os_error(), Some(expected), "{error}");
        let reason = (expected == libc::EINVAL).then_some(&Reason::IntoItself);
        assert_eq!(error.reason(), reason, "{error}");
        assert_eq!(map(src).into_keys().collect::<Vec<_>>(), before, "something was made");
    }
}

#[test]
fn a_destination_in_the_source_is_refused() {
    needs!(FilesOfAllTypes);
    let place = place();
    fs::create_dir_all(place.src.join("a/b")).unwrap();
    assert_refused(&place.src, &place.src);
    assert_refused(&place.src, &place.src.join("new"));
    assert_refused(&place.src, &place.src.join("a/b/new"));
    assert_refused(&place.src, &place.src.join("a"));
    symlink(place.src.join("a"), place.dir.path().join("link")).unwrap();
    assert_refused(&place.src, &place.dir.path().join("link/b/new"));
}

#[test]
fn a_copy_into_the_parent_of_the_source_does_not_replace_the_source() {
    let place = place();
    // `src/src` would be copied onto `src`.
    fs::create_dir_all(place.src.join("src/deep")).unwrap();
    let error =
        Options::new().existing(Existing::Merge).copy(&place.src, place.dir.path()).unwrap_err();
    assert_eq!(error.raw_os_error(), Some(libc::EINVAL), "{error}");
}

#[test]
#[ignore = "needs root; run cargo xtask test"]
fn a_destination_in_the_source_by_a_bind_mount_is_refused() {
    let place = place();
    fs::create_dir_all(place.src.join("a/b")).unwrap();
    for (mounted, below) in [("", "a/new"), ("a", "new"), ("a/b", "new")] {
        let mount = place.dir.path().join("mount");
        fs::create_dir(&mount).unwrap();
        tool(Command::new("mount").arg("--bind").arg(place.src.join(mounted)).arg(&mount));
        let copies = [OnError::Stop, OnError::GoOn]
            .map(|errors| Options::new().errors(errors).copy(&place.src, mount.join(below)));
        unmount(&mount);
        fs::remove_dir(&mount).unwrap();
        for copy in copies {
            let error = copy.unwrap_err();
            assert_eq!(error.reason(), Some(&Reason::IntoItself), "{mounted}: {error}");
        }
        assert_eq!(map(&place.src).len(), 3, "{mounted}");
    }
}

#[test]
#[ignore = "needs root; run cargo xtask test"]
fn other_mounts_are_crossed_or_left_empty() {
    needs!(MountNumbers);
    let place = place();
    let (inside, elsewhere) = (place.src.join("mount"), place.dir.path().join("elsewhere"));
    fs::create_dir(&inside).unwrap();
    fs::create_dir(&elsewhere).unwrap();
    fs::write(elsewhere.join("file"), "data").unwrap();
    tool(Command::new("mount").arg("--bind").arg(&elsewhere).arg(&inside));
    let copies = [true, false].map(|one| {
        let dst = place.dst.with_extension(one.to_string());
        let done = Options::new().one_filesystem(one).copy(&place.src, &dst);
        (done.map(|done| (done.files, done.directories)).unwrap(), dst.join("mount").is_dir())
    });
    unmount(&inside);
    assert_eq!(copies, [((0, 2), true), ((1, 2), true)]);
}
