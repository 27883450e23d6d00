//! The three ways to copy a file.

use std::fs::File;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use reflink::{Method, Mode};

use super::report::Line;

/// At most so much is asked of one copy_file_range.
const ASK: usize = 1 << 30;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    Clone,
    CopyFileRange,
    ReadWrite,
}

impl Way {
    pub(super) fn line(self) -> Line {
        match self {
            Self::Clone => Line::Clone,
            Self::CopyFileRange => Line::CopyFileRange,
            Self::ReadWrite => Line::ReadWrite,
        }
    }

    /// Makes `dst`, which is empty, the same as `src`, which has `len` bytes. That it was done in
    /// this way and no other is checked.
    pub(super) fn copy(self, src: &File, dst: &File, len: u64) -> Result<()> {
        let (mode, method) = match self {
            Self::Clone => (Mode::Always, Method::Clone),
            Self::ReadWrite => (Mode::Never, Method::ReadWrite),
            Self::CopyFileRange => return copy_file_range(src, dst, len),
        };
        let outcome = reflink::reflink(src, dst, mode)?;
        ensure!(
            outcome.method() == method && outcome.total() == len,
            "{len} bytes were to be copied by {method}, but {} bytes were by {}",
            outcome.total(),
            outcome.method()
        );
        Ok(())
    }

    /// The same by name: `dst` is new.
    pub(super) fn copy_to_new(self, src: &Path, dst: &Path, len: u64) -> Result<()> {
        self.copy(&File::open(src)?, &File::create_new(dst)?, len)
    }
}

/// Clones `src` to the new path `dst`.
pub(super) fn clone(src: &Path, dst: &Path) -> Result<()> {
    let len = src.metadata()?.len();
    Way::Clone.copy_to_new(src, dst, len)
}

/// Copies with copy_file_range(2) alone: the library calls it only where it cannot clone.
fn copy_file_range(src: &File, dst: &File, len: u64) -> Result<()> {
    let (mut from, mut to) = (0, 0);
    while from < len {
        let copied = rustix::fs::copy_file_range(src, Some(&mut from), dst, Some(&mut to), ASK)
            .context("copy_file_range failed")?;
        ensure!(copied > 0, "copy_file_range stopped after {from} of {len} bytes");
    }
    Ok(())
}
