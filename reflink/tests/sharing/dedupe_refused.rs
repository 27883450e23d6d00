//! What cannot be deduped, and why.

use std::fs::File;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::process::Command;

use reflink::{Deduped, Error, Operation, Reason, Side, dedupe};

use crate::common::*;
use crate::dedupe::{assert_differs, assert_shared, one};
use crate::place::*;

/// The error of the only destination; nothing in `dir` has changed.
#[track_caller]
pub(crate) fn failed(dir: &Path, work: impl FnOnce() -> reflink::Result<Vec<Deduped>>) -> Error {
    let before = snapshot(dir);
    let end = one(work());
    assert_eq!(snapshot(dir), before);
    let Deduped::Failed { bytes: 0, error, .. } = end else { panic!("{end:?}") };
    error
}

#[track_caller]
pub(crate) fn assert_error(error: &Error, errno: i32, reason: Reason) {
    assert_eq!((error.raw_os_error(), error.reason()), (Some(errno), Some(&reason)), "{error:?}");
}

pub(crate) fn pair(dir: &Path, len: u64) -> (File, File) {
    let data = bytes(1, len);
    (file(&dir.join("src"), &data), file(&dir.join("dst"), &data))
}

#[test]
#[ignore = "needs the table of filesystems; run cargo xtask test"]
fn a_filesystem_without_the_call_is_named() {
    needs!(NoClones);
    let dir = dir();
    let (src, dst) = pair(dir.path(), 64 * KIB);
    let before = snapshot(dir.path());
    let result = dedupe(&src, .., [(&dst, 0)]);
    assert_eq!(snapshot(dir.path()), before);
    let error = match fs() {
        // xfs refuses each destination; the others do not have the operation at all.
        Fs::XfsNoReflink => match one(result) {
            Deduped::Failed { bytes: 0, error, .. } => error,
            end => panic!("{end:?}"),
        },
        Fs::Ext4 | Fs::Tmpfs => result.unwrap_err(),
        place => panic!("this suite does not run on {place:?}"),
    };
    assert!(
        matches!(error, Error::NotReflinkable { operation: Operation::Dedupe, .. }),
        "{error:?}"
    );
    assert!(error.to_string().starts_with("cannot dedupe the source"), "{error}");
    assert_eq!(error.raw_os_error(), Some(libc::EOPNOTSUPP));
    let reason = error.reason().unwrap().to_string();
    assert_eq!(
        reason,
        match fs() {
            Fs::XfsNoReflink => "this xfs was made without reflinks",
            Fs::Ext4 => "ext4 cannot clone files",
            _ => "tmpfs cannot clone files",
        }
    );
}

#[test]
#[ignore = "needs a filesystem that clones; run cargo xtask test"]
fn another_filesystem_is_named() {
    let (dir, elsewhere) = (cloning_dir(), tempfile::tempdir_in("/dev/shm").unwrap());
    let (src, _) = pair(dir.path(), 64 * KIB);
    for len in [64 * KIB, 100] {
        let dst = file(&elsewhere.path().join(len.to_string()), &bytes(1, len));
        let error = failed(elsewhere.path(), || dedupe(&src, .., [(&dst, 0)]));
        assert!(matches!(error, Error::NotReflinkable { .. }), "{error:?}");
        let text = "cannot dedupe the source to the destination: Invalid cross-device link";
        assert_eq!(error.to_string(), text);
        assert_eq!(error.raw_os_error(), Some(libc::EXDEV));
        let name = if fs().clones() { fs().type_name() } else { "xfs" };
        let reason = format!("the source is on {name}, the destination on tmpfs");
        assert_eq!(error.reason().unwrap().to_string(), reason);
    }
}

#[test]
#[ignore = "needs a filesystem that clones; run cargo xtask test"]
fn a_destination_that_is_too_short_shares_nothing() {
    let dir = cloning_dir();
    let (src, _) = pair(dir.path(), 64 * KIB);
    for len in [0, 100, 4096, 5000, 64 * KIB - 1] {
        let dst = file(&dir.path().join(len.to_string()), &bytes(1, len));
        let error = failed(dir.path(), || dedupe(&src, .., [(&dst, 0)]));
        assert_error(&error, libc::EINVAL, Reason::DestinationTooShort { destination_length: len });
        assert!(matches!(error, Error::Io { operation: Operation::Dedupe, .. }), "{error:?}");
    }
    let dst = file(&dir.path().join("same"), &bytes(1, 64 * KIB));
    for offset in [4096, 1, 64 * KIB, 1 << 40, i64::MAX as u64, u64::MAX] {
        let error = failed(dir.path(), || dedupe(&src, .., [(&dst, offset)]));
        let destination_length = 64 * KIB;
        assert_error(&error, libc::EINVAL, Reason::DestinationTooShort { destination_length });
    }
}

#[test]
fn a_range_that_is_not_in_the_source_is_refused() {
    let dir = dir();
    let (src, dst) = pair(dir.path(), 6000);
    let most = i64::MAX as u64;
    let past_end = Reason::PastEnd { source_length: 6000 };
    for (range, reason) in [
        (0..6001, past_end),
        (6000..6001, past_end),
        (8192..8192 * 2, past_end),
        (most - 1..most, past_end),
        (most..most + 1, Reason::Overflow),
        (0..u64::MAX, Reason::Overflow),
    ] {
        let before = snapshot(dir.path());
        let error = dedupe(&src, range.clone(), [(&dst, 0)]).unwrap_err();
        assert_error(&error, libc::EINVAL, reason);
        assert_eq!(snapshot(dir.path()), before, "{range:?}");
    }
}

#[test]
#[ignore = "needs a filesystem that clones; run cargo xtask test"]
fn offsets_off_the_blocks_are_named() {
    needs!(BlocksOf4Kib);
    let dir = cloning_dir();
    let (src, dst) = pair(dir.path(), 64 * KIB);
    for (start, offset) in [(1, 0), (0, 1), (1, 1), (4095, 8192), (512, 512)] {
        // Whatever the length.
        for len in [100, 4096, 8191, 20_000] {
            let error = failed(dir.path(), || dedupe(&src, start..start + len, [(&dst, offset)]));
            assert_eq!(error.raw_os_error(), Some(libc::EINVAL), "{error:?}");
            let Some(Reason::Misaligned {
                block_size: 4096,
                source_offset,
                destination_offset,
                length: false,
                ..
            }) = error.reason()
            else {
                panic!("{error:?}")
            };
            let off = (*source_offset, *destination_offset);
            assert_eq!(off, (start % 4096 != 0, offset % 4096 != 0));
        }
    }
}

#[test]
#[ignore = "needs a filesystem that clones; run cargo xtask test"]
fn one_range_with_itself_is_refused() {
    let dir = cloning_dir();
    let (src, _) = pair(dir.path(), 64 * KIB);
    let error = failed(dir.path(), || dedupe(&src, .., [(&src, 0)]));
    assert_error(&error, libc::EINVAL, Reason::SameFile);
    let error = failed(dir.path(), || dedupe(&src, ..8192, [(&src, 4096)]));
    assert_error(&error, libc::EINVAL, Reason::Overlap);
}

#[test]
#[ignore = "needs a filesystem that clones; run cargo xtask test"]
fn anything_but_a_regular_file_is_named() {
    let dir = cloning_dir();
    let (src, dst) = pair(dir.path(), 64 * KIB);
    let fifo = dir.path().join("fifo");
    tool(Command::new("mkfifo").arg(&fifo));
    let fifo = File::options().read(true).write(true).open(&fifo).unwrap();
    let folder = File::open(dir.path()).unwrap();

    let end = one(dedupe(&src, .., [(&folder, 0)]));
    let Deduped::Failed { error, .. } = end else { panic!("{end:?}") };
    assert_error(&error, libc::EISDIR, Reason::Directory { side: Side::Destination });
    let end = one(dedupe(&src, .., [(&fifo, 0)]));
    let Deduped::Failed { error, .. } = end else { panic!("{end:?}") };
    assert_eq!(error.reason(), Some(&Reason::NotRegular { side: Side::Destination }), "{error:?}");

    for range in [0..0, 0..100, 100..100] {
        let error = dedupe(&folder, range.clone(), [(&dst, 0)]).unwrap_err();
        assert_error(&error, libc::EISDIR, Reason::Directory { side: Side::Source });
        let error = dedupe(&fifo, range, [(&dst, 0)]).unwrap_err();
        assert_error(&error, libc::EINVAL, Reason::NotRegular { side: Side::Source });
    }
}

#[test]
#[ignore = "needs a filesystem that clones; run cargo xtask test"]
fn unsuitable_descriptors_are_named() {
    let dir = cloning_dir();
    let (src, dst) = pair(dir.path(), 64 * KIB);
    let write_only = File::options().write(true).open(dir.path().join("src")).unwrap();
    let error = dedupe(&write_only, .., [(&dst, 0)]).unwrap_err();
    assert_error(&error, libc::EINVAL, Reason::NotReadable);

    let mut path_only = File::options();
    path_only.read(true).custom_flags(libc::O_PATH);
    let path_only = |name| path_only.open(dir.path().join(name)).unwrap();
    let error = dedupe(&path_only("src"), .., [(&dst, 0)]).unwrap_err();
    assert_eq!(error.raw_os_error(), Some(libc::EBADF), "{error:?}");
    let error = failed(dir.path(), || dedupe(&src, .., [(&path_only("dst"), 0)]));
    assert_eq!(error.raw_os_error(), Some(libc::EBADF), "{error:?}");
}

#[test]
#[ignore = "needs root, and mkfs.btrfs; run cargo xtask test"]
fn btrfs_files_with_and_without_copy_on_write_stay_apart() {
    let btrfs = Volume::btrfs();
    let data = bytes(1, 64 * KIB);
    for name in ["plain", "nocow", "plain too", "nocow too"] {
        std::fs::write(btrfs.path(name), b"").unwrap();
        if name.starts_with("nocow") {
            tool(Command::new("chattr").arg("+C").arg(btrfs.path(name)));
        }
        std::fs::write(btrfs.path(name), &data).unwrap();
    }
    let open = |name| File::options().read(true).write(true).open(btrfs.path(name)).unwrap();
    for (src, dst, side) in
        [("plain", "nocow", Side::Destination), ("nocow", "plain", Side::Source)]
    {
        let end = one(dedupe(&open(src), .., [(&open(dst), 0)]));
        let Deduped::Failed { bytes: 0, error, .. } = end else { panic!("{end:?}") };
        assert_error(&error, libc::EINVAL, Reason::NoCow { side });
    }
    assert_shared(&one(dedupe(&open("plain"), .., [(&open("plain too"), 0)])), 64 * KIB);
    assert_shared(&one(dedupe(&open("nocow"), .., [(&open("nocow too"), 0)])), 64 * KIB);
}

#[test]
#[ignore = "needs a filesystem that clones; run cargo xtask test"]
fn each_destination_has_its_own_answer_in_its_place() {
    let (dir, elsewhere) = (cloning_dir(), tempfile::tempdir_in("/dev/shm").unwrap());
    let data = bytes(1, 64 * KIB);
    let (src, same) = pair(dir.path(), 64 * KIB);
    let mut other = data.clone();
    other[40_000] ^= 1;
    let different = file(&dir.path().join("different"), &other);
    let short = file(&dir.path().join("short"), &data[..5000]);
    let far = file(&elsewhere.path().join("far"), &data);
    let long = file(&dir.path().join("long"), &[&data[..], b"more"].concat());
    let ends = dedupe(
        &src,
        ..,
        [(&different, 0), (&same, 0), (&short, 0), (&far, 0), (&long, 0), (&long, 4096)],
    )
    .unwrap();
    let [different, same, short, far, long, shifted] = &ends[..] else { panic!("{ends:?}") };
    assert_differs(different, 0, 40_000);
    assert_shared(same, 64 * KIB);
    assert_shared(long, 64 * KIB);
    let errno = |end: &Deduped| match end {
        Deduped::Failed { error, .. } => error.raw_os_error(),
        end => panic!("{end:?}"),
    };
    assert_eq!(errno(short), Some(libc::EINVAL));
    assert_eq!(errno(far), Some(libc::EXDEV));
    assert_eq!(errno(shifted), Some(libc::EINVAL));
}
