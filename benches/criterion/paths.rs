//! The ways from one open file to another, as bare system calls and by the library, against size.

use std::cell::RefCell;
use std::fmt::{self, Display, Formatter};
use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use criterion::Criterion;
use reflink::Mode;
use rustix::fs::{copy_file_range, ioctl_ficlone};

use crate::place::{GIB, MIB, Place};
use crate::timing::{by_size, done, timed};
use crate::turns::in_turns;

const SIZES: [u64; 5] = [4 << 10, 64 << 10, MIB, 16 * MIB, 256 * MIB];

/// The largest file that is written anew for each copy.
const WRITTEN: u64 = 16 * MIB;

/// The size of reads and writes, as in recent versions of cp.
const PIECE: usize = 256 << 10;

thread_local! {
    /// Is in memory before anything is timed.
    static BUFFER: RefCell<Vec<u8>> = RefCell::new(vec![1; PIECE]);
}

#[derive(Clone, Copy)]
enum Way {
    Clone,
    CopyFileRange,
    ReadWrite,
    /// The library, which clones if it can.
    Library,
}

impl Way {
    /// Those that `place` can go.
    fn all(place: &Place) -> &'static [Self] {
        const ALL: [Way; 4] = [Way::Clone, Way::CopyFileRange, Way::ReadWrite, Way::Library];
        if place.clones() {
            return &ALL;
        }
        println!("clone: left out, {} clones nothing", place.filesystem());
        &ALL[1..]
    }

    /// Makes the new file `dst` the same as `src`; the time does not include making it.
    fn go(self, src: &File, dst: &Path, len: u64) -> Duration {
        let dst = done(File::create_new(dst));
        timed(
            || match self {
                Self::Clone => ioctl_ficlone(&dst, src).context("FICLONE failed"),
                Self::CopyFileRange => offload(src, 0, &dst, len),
                Self::ReadWrite => read_write(src, &dst, len),
                Self::Library => {
                    let total = reflink::reflink(src, &dst, Mode::Auto)?.total();
                    ensure!(total == len, "the library copied {total} of {len} bytes");
                    Ok(())
                }
            },
            |result| {
                done(result);
                assert_eq!(done(dst.metadata()).len(), len);
            },
        )
    }
}

impl Display for Way {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Clone => "clone",
            Self::CopyFileRange => "copy_file_range",
            Self::ReadWrite => "read-write",
            Self::Library => "library",
        })
    }
}

/// Sources that are on disk.
pub(crate) fn clean(criterion: &mut Criterion, place: &Place) -> Result<()> {
    let mut group = by_size(criterion, "paths");
    let ways = Way::all(place);
    for len in SIZES {
        let src = File::open(place.source("paths", len)?)?;
        in_turns(&mut group, place, len, ways, |way, dir| way.go(&src, &dir.join("copy"), len));
    }
    group.finish();
    Ok(())
}

/// Sources that were just written: a clone waits until they are on disk.
pub(crate) fn dirty(criterion: &mut Criterion, place: &Place) {
    let mut group = by_size(criterion, "dirty");
    let ways = Way::all(place);
    for len in SIZES.into_iter().filter(|len| *len <= WRITTEN) {
        in_turns(&mut group, place, len, ways, |way, dir| {
            let path = dir.join("source");
            drop(done(place.write(&path, len)));
            way.go(&done(File::open(&path)), &dir.join("copy"), len)
        });
    }
    group.finish();
}

/// Copies `len` bytes of `src` from `from` on to the beginning of `dst`, by copy_file_range alone.
pub(crate) fn offload(src: &File, from: u64, dst: &File, len: u64) -> Result<()> {
    // The kernel moves both on.
    let (mut from, mut to) = (from, 0);
    while to < len {
        let ask = usize::try_from((len - to).min(GIB))?;
        let copied = copy_file_range(src, Some(&mut from), dst, Some(&mut to), ask)
            .context("copy_file_range failed")?;
        ensure!(copied > 0, "copy_file_range stopped after {to} of {len} bytes");
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
