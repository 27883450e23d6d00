//! Code that the suites share: directories on the filesystem under test, files to copy, and checks
//! whether anything changed.
#![allow(dead_code, unused_imports, unused_macros, reason = "each suite uses a part of this")]

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::fs::File;
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use reflink::{Method, Mode, Options, Outcome};
use tempfile::TempDir;

mod extents;
mod needs;
mod overlay;
mod place;
mod process;
mod subvolume;

pub(crate) use extents::{
    Extent, assert_independent, extents, extents_of, shares, shares_everything,
};
pub(crate) use needs::{Need, left_out, needs};
pub(crate) use overlay::Overlay;
pub(crate) use place::{
    Filler, Fs, Small, beneath, dir, fs, kernel, lower_dir, must_clone, on_nfs, on_server, on_smb,
    other_dir,
};
pub(crate) use process::{eventually, in_child, tool, unmount, within_seconds};
pub(crate) use subvolume::Subvolume;

pub(crate) const KIB: u64 = 1 << 10;
pub(crate) const MIB: u64 = 1 << 20;
pub(crate) const GIB: u64 = 1 << 30;

/// The modes that work on any filesystem.
pub(crate) const COPYING: [Mode; 2] = [Mode::Auto, Mode::Never];

/// All modes, for tests of what no mode may do.
pub(crate) const ALL_MODES: [Mode; 3] = [Mode::Always, Mode::Auto, Mode::Never];

/// `len` bytes that are reproducible, different for each seed, and never zero: a zero in a copy of
/// them is a hole that should not be there.
pub(crate) fn bytes(seed: u64, len: u64) -> Vec<u8> {
    // A prime, so that no two blocks are alike, whatever the block size.
    const PERIOD: usize = 65_521;
    let (len, mut state) = (len as usize, (seed + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let mut period = Vec::new();
    while period.len() < PERIOD.min(len) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        period.extend_from_slice(&(state | 0x0101_0101_0101_0101).to_ne_bytes());
    }
    period.truncate(PERIOD);
    let mut bytes = period.repeat(len.div_ceil(PERIOD));
    bytes.truncate(len);
    bytes
}

/// Makes a file and opens it for reading and writing.
pub(crate) fn file(path: &Path, content: &[u8]) -> File {
    let file = File::options().read(true).write(true).create_new(true).open(path).unwrap();
    file.write_all_at(content, 0).unwrap();
    file
}

/// A name that no file of this process had. On SMB the name of a removed file stays taken while the
/// file is open.
pub(crate) fn never_taken(dir: &TempDir, name: &str) -> PathBuf {
    static NUMBER: AtomicUsize = AtomicUsize::new(0);
    dir.path().join(format!("{name}{}", NUMBER.fetch_add(1, Ordering::Relaxed)))
}

/// Makes a file of `len` bytes that has data at `islands` (offset, length) and holes elsewhere.
pub(crate) fn sparse_file(path: &Path, len: u64, islands: &[(u64, u64)]) -> File {
    let file = file(path, b"");
    file.set_len(len).unwrap();
    for &(offset, length) in islands {
        file.write_all_at(&bytes(offset, length), offset).unwrap();
    }
    file.sync_all().unwrap();
    file
}

/// All bytes of an open file, without moving its offset.
pub(crate) fn content(file: &File) -> Vec<u8> {
    let mut content = vec![0; file.metadata().unwrap().len() as usize];
    file.read_exact_at(&mut content, 0).unwrap();
    content
}

/// Fails with the place of the first difference instead of megabytes of numbers.
#[track_caller]
pub(crate) fn assert_same(found: &[u8], expected: &[u8], what: &str) {
    // Comparing everything at once is fast, even in a debug build.
    if found == expected {
        return;
    }
    if let Some(at) = found.iter().zip(expected).position(|(f, e)| f != e) {
        panic!("{what}: byte {at} is {} instead of {}", found[at], expected[at]);
    }
    assert_eq!(found.len(), expected.len(), "{what}: length");
}

#[track_caller]
pub(crate) fn assert_same_files(found: &Path, expected: &Path) {
    let [found_bytes, bytes] = [found, expected].map(|path| std::fs::read(path).unwrap());
    assert_same(&found_bytes, &bytes, &format!("{found:?}"));
}

/// The room that a file takes on disk, in bytes, after all of it is written back.
pub(crate) fn allocated(path: &Path) -> u64 {
    let file = File::open(path).unwrap();
    file.sync_all().unwrap();
    file.metadata().unwrap().blocks() * 512
}

/// Copies in `mode`; the outcome must add up.
#[track_caller]
pub(crate) fn copy(mode: Mode, src: &Path, dst: &Path) -> Outcome {
    let done = Options::new()
        .mode(mode)
        .copy(src, dst)
        .unwrap_or_else(|error| panic!("{mode:?}: {error} ({error:?})"));
    assert_accounts(&done, mode, std::fs::metadata(src).unwrap().len());
    done
}

/// Checks what every outcome promises, on any filesystem.
#[track_caller]
pub(crate) fn assert_accounts(done: &Outcome, mode: Mode, len: u64) {
    let Outcome { cloned, offloaded, copied, holes, .. } = *done;
    assert_eq!(cloned + offloaded + copied + holes, len, "{mode:?}: {done:?}");
    assert_eq!(done.total(), len);
    let method = match (cloned, offloaded, copied) {
        (0, 0, 0) => Method::Nothing,
        (_, 0, 0) => Method::Clone,
        (0, _, 0) => Method::CopyFileRange,
        (0, 0, _) => Method::ReadWrite,
        _ => Method::Mixed,
    };
    assert_eq!(done.method(), method, "{done:?}");
    match mode {
        Mode::Always => assert_eq!((cloned, done.fallback), (len, None), "{done:?}"),
        Mode::Auto if offloaded + copied > 0 => assert!(done.fallback.is_some(), "{done:?}"),
        Mode::Auto if cloned == len => assert_eq!(done.fallback, None, "{done:?}"),
        Mode::Auto => {}
        Mode::Never => assert_eq!((cloned, offloaded, done.fallback), (0, 0, None), "{done:?}"),
        mode => panic!("{mode:?} promises nothing yet"),
    }
}

/// One name in a directory, which must not change if a copy fails.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    ino: u64,
    mode: u32,
    links: u64,
    owner: (u32, u32),
    len: u64,
    modified: (i64, i64),
    content: Option<Content>,
    target: Option<PathBuf>,
}

/// Everything in `dir`, names and contents.
pub(crate) fn snapshot(dir: &Path) -> BTreeMap<OsString, Entry> {
    let entries = std::fs::read_dir(dir).unwrap().map(Result::unwrap);
    entries.map(|entry| (entry.file_name(), self::entry(&entry.path()))).collect()
}

/// The state of one name; a symbolic link is not followed.
pub(crate) fn entry(path: &Path) -> Entry {
    let meta = path.symlink_metadata().unwrap();
    Entry {
        ino: meta.ino(),
        mode: meta.mode(),
        links: meta.nlink(),
        owner: (meta.uid(), meta.gid()),
        len: if meta.is_dir() { 0 } else { meta.len() },
        // A directory changes if a temporary file comes and goes. An SMB server sets a time of its
        // own when it receives data later.
        modified: if meta.is_dir() || on_smb() {
            (0, 0)
        } else {
            (meta.mtime(), meta.mtime_nsec())
        },
        content: meta.is_file().then(|| Content(std::fs::read(path).unwrap())),
        target: meta.is_symlink().then(|| path.read_link().unwrap()),
    }
}

/// All bytes of a file; too many to print.
#[derive(PartialEq, Eq)]
struct Content(Vec<u8>);

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(bytes) = self;
        write!(f, "{:02x?} and so on", &bytes[..bytes.len().min(8)])
    }
}

/// Runs a copy that must fail and leave everything in `dir` unchanged.
#[track_caller]
pub(crate) fn fails(dir: &Path, copy: impl FnOnce() -> reflink::Result<Outcome>) -> reflink::Error {
    let before = snapshot(dir);
    let error = copy().expect_err("this cannot succeed");
    assert_eq!(snapshot(dir), before, "after: {error}");
    let text = error.to_string();
    assert!(!text.contains('\n'), "more than one line: {text:?}");
    error
}

/// Whether a filesystem without clones returned this error for `Always`. It comes before the kernel
/// checks ranges, so no other errno is possible.
pub(crate) fn clones_nothing(mode: Mode, error: &reflink::Error) -> bool {
    mode == Mode::Always
        && matches!(error, reflink::Error::NotReflinkable { .. })
        && error.raw_os_error() == Some(libc::EOPNOTSUPP)
}

/// The names in a directory.
pub(crate) fn names(dir: &TempDir) -> Vec<OsString> {
    snapshot(dir.path()).into_keys().collect()
}
