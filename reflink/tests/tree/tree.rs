//! A directory with a source in it, and the comparison of two trees.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use reflink::{Options, Preserve, tree};
use tempfile::TempDir;

use crate::common::dir;

/// Runs a test without root's capabilities.
pub(crate) const POWERLESS: [&str; 3] = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"];

/// A place with a directory `src` and room for `dst`.
pub(crate) struct Place {
    pub(crate) dir: TempDir,
    pub(crate) src: PathBuf,
    pub(crate) dst: PathBuf,
}

pub(crate) fn place() -> Place {
    let dir = dir();
    let (src, dst) = (dir.path().join("src"), dir.path().join("dst"));
    fs::create_dir(&src).unwrap();
    Place { dir, src, dst }
}

impl Place {
    /// The entries beside the source.
    #[track_caller]
    pub(crate) fn assert_nothing_left(&self) {
        let names: Vec<_> = fs::read_dir(self.dir.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        assert_eq!(names, ["src"]);
    }
}

/// Keeps all metadata.
pub(crate) fn archive<'a>() -> tree::Options<'a> {
    tree::Options::new().files(Options::new().preserve(Preserve::ALL))
}

/// An entry, with everything that a copy keeps. The inode number is not kept.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    mode: u32,
    owner: (u32, u32),
    modified: (i64, i64),
    device: u64,
    /// Bytes or the link's target.
    content: Vec<u8>,
    xattrs: BTreeMap<Vec<u8>, Vec<u8>>,
    /// The first path of the same file.
    first: Option<PathBuf>,
}

impl Entry {
    /// The type and mode, and the attributes, which ACLs belong to.
    pub(crate) fn rights(&self) -> (u32, &BTreeMap<Vec<u8>, Vec<u8>>) {
        (self.mode, &self.xattrs)
    }
}

/// The tree as a map of paths.
pub(crate) fn map(root: &Path) -> BTreeMap<PathBuf, Entry> {
    let (mut found, mut firsts) = (BTreeMap::new(), BTreeMap::new());
    let mut paths = vec![root.to_owned()];
    while let Some(path) = paths.pop() {
        let status = path.symlink_metadata().unwrap();
        let kind = status.file_type();
        let mut content = Vec::new();
        if kind.is_dir() {
            let mut below: Vec<_> =
                fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()).collect();
            below.sort();
            paths.extend(below.into_iter().rev());
        } else if kind.is_file() {
            content = fs::read(&path).unwrap();
        } else if kind.is_symlink() {
            content = fs::read_link(&path).unwrap().as_os_str().as_bytes().to_owned();
        }
        let name = path.strip_prefix(root).unwrap().to_owned();
        let first = (!kind.is_dir() && status.nlink() > 1)
            .then(|| firsts.entry((status.dev(), status.ino())).or_insert(name.clone()).clone());
        let entry = Entry {
            mode: status.mode(),
            owner: (status.uid(), status.gid()),
            modified: (status.mtime(), status.mtime_nsec()),
            device: status.rdev(),
            content,
            xattrs: xattrs(&path),
            first,
        };
        found.insert(name, entry);
    }
    found
}

fn xattrs(path: &Path) -> BTreeMap<Vec<u8>, Vec<u8>> {
    let mut names = vec![0_u8; 64 << 10];
    let Ok(len) = rustix::fs::llistxattr(path, &mut names) else { return BTreeMap::new() };
    names.truncate(len);
    let names = names.split(|byte| *byte == 0).filter(|name| !name.is_empty());
    names
        .map(|name| {
            let mut value = vec![0_u8; 64 << 10];
            let len = rustix::fs::lgetxattr(path, OsStr::from_bytes(name), &mut value).unwrap();
            value.truncate(len);
            (name.to_owned(), value)
        })
        .collect()
}

/// Copies the tree with all metadata, and compares.
#[track_caller]
pub(crate) fn assert_copied(place: &Place) -> tree::Outcome {
    let expected = map(&place.src);
    let done = archive().copy(&place.src, &place.dst).unwrap();
    assert_eq!(map(&place.dst), expected);
    assert_eq!(done.entries(), expected.len() as u64, "{done:?}");
    assert!(done.not_kept.is_empty() && done.failed.is_empty(), "{done:?}");
    done
}
