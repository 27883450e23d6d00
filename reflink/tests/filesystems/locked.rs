//! An open source that somebody has locked. Reopening and closing it would release the lock, so
//! another call finds its holes.

use std::fs::File;
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::path::Path;

use reflink::Mode;
use rustix::fs::{FallocateFlags, FlockOperation, fallocate, fcntl_lock};

use crate::common::*;

fn lock(source: &File) {
    fcntl_lock(source, FlockOperation::NonBlockingLockExclusive).unwrap();
    assert!(is_locked(source));
}

fn is_locked(source: &File) -> bool {
    let locks = std::fs::read_to_string("/proc/locks").unwrap();
    let inode = format!(":{} ", source.metadata().unwrap().ino());
    locks.lines().any(|lock| lock.contains("POSIX") && lock.contains(&inode))
}

/// Copies all of it, and a range, to open files; the copies may take `room` bytes.
#[track_caller]
fn copies_all(source: &File, dir: &Path, room: u64) {
    lock(source);
    let len = source.metadata().unwrap().len();
    let copied: Vec<_> = COPYING
        .iter()
        .flat_map(|&mode| {
            let [whole, part] = ["whole", "part"].map(|name| dir.join(format!("{name}{mode:?}")));
            let (dst, range) = (file(&whole, b""), file(&part, b""));
            let done = reflink::reflink(source, &dst, mode).unwrap();
            assert_accounts(&done, mode, len);
            reflink::partial(source, 1.., &range, 1, mode).unwrap();
            [whole, part].map(|path| (path, mode))
        })
        .collect();
    assert!(is_locked(source));
    // Unwritten blocks that were read could count as data afterwards.
    let mut expected = content(source);
    let first = expected[0];
    for (path, mode) in copied {
        let is_whole = path.file_name().unwrap().as_encoded_bytes().starts_with(b"whole");
        expected[0] = if is_whole { first } else { 0 };
        assert_same(&std::fs::read(&path).unwrap(), &expected, &format!("{path:?}"));
        // A clone shares all allocated blocks.
        if !(mode == Mode::Auto && fs().clones()) && fs() != Fs::Tmpfs {
            let found = allocated(&path);
            assert!(found <= room + 64 * KIB, "{path:?}: {found} instead of {room} bytes");
        }
    }
}

#[test]
#[ignore = "needs a filesystem under test; run cargo xtask test"]
fn holes_of_a_locked_source_stay_holes() {
    for islands in [&[][..], &[(0, 5000)], &[(MIB + 5, 70_000), (4 * MIB, 1), (8 * MIB, 7)]] {
        let dir = dir();
        let source = sparse_file(&dir.path().join("src"), 8 * MIB + 7, islands);
        copies_all(&source, dir.path(), islands.iter().map(|(_, len)| len + 8192).sum());
    }
    // More extents than one call lists.
    let dir = dir();
    let islands: Vec<_> = (0..700).map(|n| (n * 16 * KIB, 4096)).collect();
    let source = sparse_file(&dir.path().join("src"), 12 * MIB, &islands);
    copies_all(&source, dir.path(), 700 * 4096);
}

/// Nothing of the file is on disk: its blocks have no place yet, or are reserved and unwritten.
#[test]
#[ignore = "needs a filesystem under test; run cargo xtask test"]
fn data_that_was_just_written_is_never_lost() {
    for reserved in [None, Some((0, 4 * MIB)), Some((MIB, 2 * MIB)), Some((2 * MIB, 4 * MIB))] {
        let dir = dir();
        let source = file(&dir.path().join("src"), b"");
        source.set_len(8 * MIB).unwrap();
        if let Some((offset, len)) = reserved {
            fallocate(&source, FallocateFlags::empty(), offset, len).unwrap();
            source.sync_all().unwrap();
        }
        for (seed, offset, len) in
            [(1, 0, 100), (2, MIB + 5, 300_000), (3, 3 * MIB - 1, 4098), (4, 7 * MIB, 1)]
        {
            source.write_all_at(&bytes(seed, len), offset).unwrap();
        }
        copies_all(&source, dir.path(), 4 * MIB + MIB);
    }
}
