//! Times, extended attributes and ACLs. The filesystem must support them.

use std::fs::{File, FileTimes};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, SystemTime};

use reflink::{Mode, Options, Overwrite, Preserve};
use rustix::fs::{XattrFlags, getxattr, setxattr};

use crate::common::*;

/// 2001 and 2002, with all nine digits.
const MODIFIED: Duration = Duration::new(1_000_000_000, 123_456_789);
const ACCESSED: Duration = Duration::new(1_030_000_000, 987_654_321);

fn make_old(file: &File) {
    let at = |time| SystemTime::UNIX_EPOCH + time;
    let times = FileTimes::new().set_modified(at(MODIFIED)).set_accessed(at(ACCESSED));
    file.set_times(times).unwrap();
}

fn times(path: &Path) -> (Duration, Duration) {
    let meta = path.metadata().unwrap();
    let since = |time: SystemTime| time.duration_since(SystemTime::UNIX_EPOCH).unwrap();
    (since(meta.modified().unwrap()), since(meta.accessed().unwrap()))
}

/// The ways to ask for metadata, and the places to put it.
fn ways(preserve: Preserve) -> impl Iterator<Item = (Mode, Overwrite, Options<'static>)> {
    let overwrites = [Overwrite::Replace, Overwrite::InPlace];
    COPYING.into_iter().flat_map(move |mode| {
        overwrites.into_iter().flat_map(move |overwrite| {
            let new = move || Options::new().mode(mode).overwrite(overwrite);
            [new().preserve(preserve), new().preserve_if_possible(preserve)]
                .map(|options| (mode, overwrite, options))
        })
    })
}

#[test]
fn times_are_kept_to_the_nanosecond_when_asked_for() {
    needs!(ExactTimes);
    let dir = dir();
    let [src, dst] = ["src", "dst"].map(|name| dir.path().join(name));
    let open = file(&src, &bytes(1, 100_000));
    for (mode, overwrite, mut options) in ways(Preserve::TIMES) {
        for _ in 0..2 {
            make_old(&open);
            let done = options.sync(true).copy(&src, &dst).unwrap();
            assert_eq!(times(&dst), (MODIFIED, ACCESSED), "{mode:?} {overwrite:?}");
            assert_eq!(done.not_kept, []);
            options = Options::new().mode(mode).overwrite(overwrite).preserve(Preserve::TIMES);
        }
    }
}

#[test]
fn times_are_new_when_not_asked_for() {
    needs!(NewTimes);
    for mode in COPYING {
        let dir = dir();
        let [src, dst] = ["src", "dst"].map(|name| dir.path().join(name));
        make_old(&file(&src, &bytes(1, 100_000)));
        let start = SystemTime::now() - Duration::from_secs(2);
        copy(mode, &src, &dst);
        assert!(dst.metadata().unwrap().modified().unwrap() >= start);
        // A copy in place must change the time, too, or backups miss the change.
        make_old(&File::options().write(true).open(&dst).unwrap());
        let options = Options::new().mode(mode).overwrite(Overwrite::InPlace);
        options.copy(&src, &dst).unwrap();
        assert!(dst.metadata().unwrap().modified().unwrap() >= start, "{mode:?} in place");
    }
}

#[test]
fn times_before_1970_and_in_the_far_future_are_kept() {
    needs!(ExactTimes);
    let dir = dir();
    let [src, dst] = ["src", "dst"].map(|name| dir.path().join(name));
    let open = file(&src, b"data");
    for seconds in [-1_000_000_000_i64, -1, 0, 4_000_000_000] {
        let distance = Duration::new(seconds.unsigned_abs(), 500_000_000);
        let time = match seconds {
            ..0 => SystemTime::UNIX_EPOCH - distance,
            _ => SystemTime::UNIX_EPOCH + distance,
        };
        open.set_times(FileTimes::new().set_modified(time).set_accessed(time)).unwrap();
        Options::new().preserve(Preserve::TIMES).copy(&src, &dst).unwrap();
        let meta = dst.metadata().unwrap();
        // The source's own time shows what the filesystem stores of it.
        assert_eq!(meta.modified().unwrap(), src.metadata().unwrap().modified().unwrap());
    }
}

fn set(path: &Path, name: &str, value: &[u8]) {
    setxattr(path, name, value, XattrFlags::empty()).unwrap();
}

fn get(path: &Path, name: &str) -> Option<Vec<u8>> {
    let mut value = vec![0; 65_536];
    let len = getxattr(path, name, &mut value[..]).ok()?;
    value.truncate(len);
    Some(value)
}

#[test]
#[ignore = "needs a filesystem with extended attributes; run cargo xtask test"]
fn extended_attributes_are_kept_when_asked_for() {
    needs!(Xattrs);
    let mut attributes: Vec<(&str, &[u8])> = vec![
        ("user.plain", b"value"),
        ("user.bytes", b"\0\xff\n"),
        ("user.long", &[7; 2000]),
        ("user.n\u{e4}me", b"not ASCII"),
    ];
    // SMB has no empty attributes.
    attributes.extend((!on_smb()).then_some(("user.empty", &b""[..])));
    for (mode, overwrite, options) in ways(Preserve::XATTRS) {
        let dir = dir();
        let [src, dst] = ["src", "dst"].map(|name| dir.path().join(name));
        file(&src, &bytes(1, 100_000));
        for (name, value) in &attributes {
            set(&src, name, value);
        }
        file(&dst, b"old");
        set(&dst, "user.old", b"belongs to the old content");
        set(&dst, "user.plain", b"another value");
        let done = options.copy(&src, &dst).unwrap();
        assert_eq!(done.not_kept, []);
        for (name, value) in &attributes {
            assert_eq!(get(&dst, name).as_deref(), Some(*value), "{mode:?} {overwrite:?} {name}");
        }
        assert_eq!(get(&dst, "user.old"), None, "{mode:?} {overwrite:?}");
        assert_same_files(&dst, &src);
    }
}

#[test]
#[ignore = "needs a filesystem with extended attributes; run cargo xtask test"]
fn extended_attributes_are_not_copied_unasked() {
    needs!(Xattrs);
    for mode in COPYING {
        let dir = dir();
        let [src, dst] = ["src", "dst"].map(|name| dir.path().join(name));
        file(&src, &bytes(1, 100_000));
        set(&src, "user.secret", b"value");
        copy(mode, &src, &dst);
        assert_eq!(get(&dst, "user.secret"), None);
    }
}

fn acl(path: &Path) -> String {
    tool(Command::new("getfacl").args(["--omit-header", "--numeric", "--absolute-names"]).arg(path))
}

#[test]
#[ignore = "needs a filesystem with ACLs, and setfacl; run cargo xtask test"]
fn access_lists_are_kept_when_asked_for() {
    needs!(PosixAcls);
    for (mode, overwrite, options) in ways(Preserve::XATTRS) {
        let dir = dir();
        let [src, dst] = ["src", "dst"].map(|name| dir.path().join(name));
        file(&src, &bytes(1, 10_000));
        tool(Command::new("setfacl").args(["-m", "u::rw,u:1234:rwx,g::r,g:99:-,o::-"]).arg(&src));
        file(&dst, b"old");
        tool(Command::new("setfacl").args(["-m", "u:4321:rwx"]).arg(&dst));
        options.copy(&src, &dst).unwrap();
        assert_eq!(acl(&dst), acl(&src), "{mode:?} {overwrite:?}");
    }
}

#[test]
#[ignore = "needs a filesystem with ACLs, and setfacl; run cargo xtask test"]
fn a_default_access_list_takes_the_place_of_the_umask() {
    needs!(PosixAcls);
    in_child("umask 077", &[], || {
        for mode in COPYING {
            let dir = dir();
            let [src, dst] = ["src", "dst"].map(|name| dir.path().join(name));
            file(&src, &bytes(1, 10_000));
            tool(Command::new("chmod").arg("666").arg(&src));
            let entries = "u::rwx,u:1234:r,g::r,o::-";
            tool(Command::new("setfacl").args(["-d", "-m", entries]).arg(dir.path()));
            let options = Options::new().mode(mode).permissions(reflink::Permissions::Umask);
            options.copy(&src, &dst).unwrap();
            let found = acl(&dst);
            for entry in ["user::rw-", "user:1234:r--", "group::r--", "mask::r--", "other::---"] {
                assert!(found.contains(entry), "{entry} is not in {found}");
            }
        }
    });
}
