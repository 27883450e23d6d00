//! The copies that a power cut interrupts.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use reflink::{Deduped, Mode, Options, Overwrite, tree};

use crate::common::{bytes, file};

/// The bytes of the source: enough for a pipe and, on ext4, for blocks in advance (C18).
const LEN: u64 = 600_001;
/// The bytes of what is overwritten: longer, so that a file that is a mix shows.
const OLD_LEN: u64 = 650_003;
/// The range of the source that is copied, with ragged ends, and where it goes.
const RANGE: (u64, u64) = (3_000, 150_001);
const RANGE_TO: u64 = 4096 + 3_000;
const TREE: [&str; 4] = ["a", "b", "sub/c", "sub/deep/d"];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    New,
    Replaced,
    InPlace,
    Range,
    Dedupe,
    Tree,
}

/// One copy.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Case {
    pub(crate) what: What,
    pub(crate) mode: Mode,
    pub(crate) sync: bool,
}

impl Case {
    /// All of them: first those without `sync`, which a cut may catch at any moment.
    pub(crate) fn all(clones: bool) -> Vec<Self> {
        let whats =
            [What::New, What::Replaced, What::InPlace, What::Range, What::Tree, What::Dedupe];
        let modes = if clones { &[Mode::Auto, Mode::Never][..] } else { &[Mode::Auto] };
        let mut cases = Vec::new();
        for sync in [false, true] {
            for what in whats {
                for &mode in modes {
                    // Dedupe has neither a mode nor `sync`.
                    if what != What::Dedupe || clones && !sync && mode == Mode::Auto {
                        cases.push(Self { what, mode, sync });
                    }
                }
            }
        }
        cases
    }

    pub(crate) fn name(&self) -> String {
        let sync = if self.sync { "sync" } else { "lazy" };
        format!("{:?}-{:?}-{sync}", self.what, self.mode).to_lowercase()
    }

    pub(crate) fn dst(&self, root: &Path) -> PathBuf {
        root.join(self.name()).join("dst")
    }

    /// What is there before the copy.
    pub(crate) fn old(&self) -> Option<Vec<u8>> {
        match self.what {
            What::New | What::Tree => None,
            What::Dedupe => Some(source()),
            What::Replaced | What::InPlace | What::Range => Some(bytes(2, OLD_LEN)),
        }
    }

    /// What is there after the copy, of a file.
    pub(crate) fn expected(&self) -> Vec<u8> {
        if self.what != What::Range {
            return source();
        }
        let mut new = bytes(2, OLD_LEN);
        let part = &source()[RANGE.0 as usize..RANGE.1 as usize];
        new[RANGE_TO as usize..][..part.len()].copy_from_slice(part);
        new
    }

    /// The names of the files of the copy, below [`Self::dst`].
    pub(crate) fn files(&self) -> &'static [&'static str] {
        if self.what == What::Tree { &TREE } else { &[""] }
    }

    /// Makes a directory with the source and the old destination.
    pub(crate) fn prepare(&self, root: &Path) {
        let dir = root.join(self.name());
        fs::create_dir(&dir).unwrap();
        for name in self.files() {
            let path = self.src(root, name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            file(&path, &source());
        }
        if let Some(old) = self.old() {
            file(&self.dst(root), &old);
        }
    }

    pub(crate) fn src(&self, root: &Path, name: &str) -> PathBuf {
        let src = root.join(self.name()).join("src");
        if name.is_empty() { src } else { src.join(name) }
    }

    /// Makes the copy.
    pub(crate) fn run(&self, root: &Path) {
        let (src, dst) = (self.src(root, ""), self.dst(root));
        let options = Options::new().mode(self.mode).sync(self.sync);
        let open = |path| File::options().read(true).write(true).open(path).unwrap();
        match self.what {
            What::New | What::Replaced => {
                options.copy(src, dst).unwrap();
            }
            What::InPlace => {
                options.overwrite(Overwrite::InPlace).copy(src, dst).unwrap();
            }
            What::Range => {
                let (src, dst) = (open(&src), open(&dst));
                options.partial(&src, RANGE.0..RANGE.1, &dst, RANGE_TO).unwrap();
            }
            What::Dedupe => {
                let (src, dst) = (open(&src), open(&dst));
                let ends = reflink::dedupe(&src, 0..LEN, [(&dst, 0)]).unwrap();
                assert!(matches!(ends[..], [Deduped::Shared { .. }]), "{ends:?}");
            }
            What::Tree => {
                let files = Options::new().mode(self.mode);
                let tree = tree::Options::new().files(files).sync(self.sync);
                tree.copy(src, dst).unwrap();
            }
        }
    }
}

pub(crate) fn source() -> Vec<u8> {
    bytes(1, LEN)
}
