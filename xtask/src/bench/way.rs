//! The three ways to copy a file, as bare system calls, and the library.

use std::cell::RefCell;
use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use reflink::Mode;

use super::report::Line;

/// At most so much is asked of one copy_file_range.
const ASK: usize = 1 << 30;

/// The size of reads and writes, as in recent versions of cp.
const PIECE: usize = 256 << 10;

thread_local! {
    /// Is in memory before anything is timed.
    static BUFFER: RefCell<Vec<u8>> = RefCell::new(vec![1; PIECE]);
}

/// How a file is copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    Clone,
    CopyFileRange,
    ReadWrite,
    /// `reflink::reflink` with [`Mode::Auto`]: a clone if there are any.
    Library,
}

impl Way {
    /// Those that are the filesystem's own.
    pub(super) const BARE: [Self; 3] = [Self::Clone, Self::CopyFileRange, Self::ReadWrite];

    pub(super) fn line(self) -> Line {
        match self {
            Self::Clone => Line::Clone,
            Self::CopyFileRange => Line::CopyFileRange,
            Self::ReadWrite => Line::ReadWrite,
            Self::Library => Line::Library,
        }
    }

    /// Copies `src`, which has `len` bytes, to `dst`, which is empty, in this way and no other.
    pub(super) fn copy(self, src: &File, dst: &File, len: u64) -> Result<()> {
        match self {
            Self::Clone => rustix::fs::ioctl_ficlone(dst, src).context("FICLONE failed"),
            Self::CopyFileRange => copy_file_range(src, dst, len),
            Self::ReadWrite => read_write(src, dst, len),
            Self::Library => {
                let outcome = reflink::reflink(src, dst, Mode::Auto)?;
                let total = outcome.total();
                ensure!(total == len, "the library copied {total} of {len} bytes");
                Ok(())
            }
        }
    }

    /// The same by name: `dst` is new.
    pub(super) fn copy_to_new(self, src: &Path, dst: &Path, len: u64) -> Result<()> {
        self.copy(&File::open(src)?, &File::create_new(dst)?, len)
    }
}

/// Clones `src` to the new path `dst`.
pub(super) fn clone(src: &Path, dst: &Path) -> Result<()> {
    Way::Clone.copy_to_new(src, dst, 0)
}

fn copy_file_range(src: &File, dst: &File, len: u64) -> Result<()> {
    let (mut from, mut to) = (0, 0);
    while from < len {
        let copied = rustix::fs::copy_file_range(src, Some(&mut from), dst, Some(&mut to), ASK)
            .context("copy_file_range failed")?;
        ensure!(copied > 0, "copy_file_range stopped after {from} of {len} bytes");
    }
    Ok(())
}

fn read_write(src: &File, dst: &File, len: u64) -> Result<()> {
    BUFFER.with_borrow_mut(|buffer| {
        let mut done = 0;
        while done < len {
            let read = src.read_at(buffer, done)?;
            ensure!(read > 0, "the source ended after {done} of {len} bytes");
            dst.write_all_at(&buffer[..read], done)?;
            done += read as u64;
        }
        Ok(())
    })
}
