//! Hard links instead of copies: one inode, or the next method.

use std::os::unix::fs::{MetadataExt as _, symlink};
use std::path::PathBuf;

use reflink::{Error, HardLinks, Method, Mode, Options, Outcome, Overwrite, Reason, Result};
use tempfile::TempDir;

use crate::common::*;

const LEN: u64 = 300_001;

struct Place {
    dir: TempDir,
    src: PathBuf,
    dst: PathBuf,
}

impl Place {
    fn new() -> Self {
        let dir = dir();
        let [src, dst] = ["src", "dst"].map(|name| dir.path().join(name));
        file(&src, &bytes(1, LEN));
        Self { dir, src, dst }
    }

    fn copy(&self, links: HardLinks, mode: Mode, overwrite: Overwrite) -> Result<Outcome> {
        let options = Options::new().hard_links(links).mode(mode).overwrite(overwrite);
        options.copy(&self.src, &self.dst)
    }

    /// Whether both names are one file that has no third name.
    fn is_one_file(&self) -> bool {
        let [src, dst] = [&self.src, &self.dst].map(|path| path.metadata().unwrap());
        assert_eq!(std::fs::read_dir(self.dir.path()).unwrap().count(), 2);
        assert_same_files(&self.dst, &self.src);
        src.ino() == dst.ino() && src.nlink() == 2
    }
}

#[test]
fn first_is_one_inode_whatever_the_mode() {
    for mode in [Mode::Always, Mode::Auto] {
        for overwrite in [Overwrite::Replace, Overwrite::Never, Overwrite::InPlace] {
            let place = Place::new();
            let done = place.copy(HardLinks::First, mode, overwrite).unwrap();
            assert_eq!((done.method(), done.total()), (Method::HardLink, LEN), "{mode:?}");
            assert!(place.is_one_file(), "{mode:?} {overwrite:?}");
        }
    }
}

#[test]
fn a_link_takes_the_place_of_an_old_file_in_one_step() {
    needs!(LinkCounts);
    let place = Place::new();
    file(&place.dst, b"old");
    let done = place.copy(HardLinks::First, Mode::Auto, Overwrite::Replace).unwrap();
    assert_eq!(done.method(), Method::HardLink);
    assert!(place.is_one_file());
}

/// Without the choice, this would be a copy of a file onto itself.
#[test]
fn a_link_that_is_there_is_done() {
    needs!(LinkCounts);
    let place = Place::new();
    std::fs::hard_link(&place.src, &place.dst).unwrap();
    for overwrite in [Overwrite::Replace, Overwrite::InPlace] {
        for mode in [Mode::Auto, Mode::Never] {
            let refused = place.copy(HardLinks::Never, mode, overwrite).unwrap_err();
            assert_eq!(refused.reason(), Some(&Reason::SameFile));
        }
        for links in [HardLinks::First, HardLinks::BeforeCopy] {
            let done = place.copy(links, Mode::Auto, overwrite).unwrap();
            assert_eq!((done.method(), done.total()), (Method::HardLink, LEN), "{overwrite:?}");
            let refused = place.copy(links, Mode::Never, overwrite).unwrap_err();
            assert_eq!(refused.reason(), Some(&Reason::SameFile));
            assert!(place.is_one_file());
        }
    }
    let taken = place.copy(HardLinks::First, Mode::Auto, Overwrite::Never).unwrap_err();
    assert_eq!(taken.raw_os_error(), Some(libc::EEXIST));
}

#[test]
fn a_symbolic_link_to_the_source_is_no_hard_link() {
    let place = Place::new();
    std::os::unix::fs::symlink("src", &place.dst).unwrap();
    for overwrite in [Overwrite::Replace, Overwrite::InPlace] {
        let refused = place.copy(HardLinks::First, Mode::Auto, overwrite).unwrap_err();
        assert_eq!(refused.reason(), Some(&Reason::SameFile));
        assert!(place.dst.is_symlink());
    }
}

#[test]
fn a_taken_name_is_kept_under_never() {
    let place = Place::new();
    file(&place.dst, b"old");
    for links in [HardLinks::First, HardLinks::BeforeCopy] {
        let error = place.copy(links, Mode::Auto, Overwrite::Never).unwrap_err();
        assert_eq!(error.raw_os_error(), Some(libc::EEXIST), "{links:?}");
    }
    assert_eq!(std::fs::read(&place.dst).unwrap(), b"old");
}

#[test]
fn an_existing_file_is_written_in_place_and_not_linked() {
    let place = Place::new();
    file(&place.dst, b"old");
    place.copy(HardLinks::First, Mode::Auto, Overwrite::InPlace).unwrap();
    assert!(!place.is_one_file());
}

#[test]
fn never_and_symbolic_links_share_no_inode() {
    needs!(FilesOfAllTypes);
    for links in [HardLinks::First, HardLinks::BeforeCopy] {
        let place = Place::new();
        let done = place.copy(links, Mode::Never, Overwrite::Replace).unwrap();
        assert_eq!(done.method(), Method::ReadWrite, "{links:?}");
        assert!(!place.is_one_file());

        let place = Place::new();
        let target = place.dir.path().join("target");
        std::fs::rename(&place.src, &target).unwrap();
        symlink("target", &place.src).unwrap();
        place.copy(links, Mode::Auto, Overwrite::Replace).unwrap();
        assert_eq!(target.metadata().unwrap().nlink(), 1, "{links:?}");
        assert_same_files(&place.dst, &target);
    }
}

#[test]
#[ignore = "needs a filesystem under test; run cargo xtask test"]
fn before_copy_links_only_what_cannot_be_cloned() {
    for mode in [Mode::Always, Mode::Auto] {
        let place = Place::new();
        let done = place.copy(HardLinks::BeforeCopy, mode, Overwrite::Replace).unwrap();
        let expected = if fs().clones() { Method::Clone } else { Method::HardLink };
        assert_eq!((done.method(), done.total()), (expected, LEN), "{mode:?}");
        assert_eq!(place.is_one_file(), !fs().clones(), "{mode:?}");
    }
}

#[test]
#[ignore = "needs two filesystems; run cargo xtask test"]
fn between_filesystems_the_next_method_is_tried() {
    for links in [HardLinks::First, HardLinks::BeforeCopy] {
        let place = Place::new();
        let other = other_dir();
        let dst = other.path().join("dst");
        let plain = reflink::auto(&place.src, &dst).unwrap();
        let done = Options::new().hard_links(links).copy(&place.src, &dst).unwrap();
        assert_eq!(done.method(), plain.method(), "{links:?}");
        assert_same_files(&dst, &place.src);
        let options = Options::new().hard_links(links).mode(Mode::Always);
        let error = options.copy(&place.src, &dst).unwrap_err();
        assert!(matches!(error, Error::NotReflinkable { .. }), "{links:?}: {error:?}");
        assert_eq!(std::fs::read_dir(other.path()).unwrap().count(), 1);
    }
}
