//! Ranges: what alignment costs.

#![allow(unsafe_code)]

use std::fmt::{self, Display, Formatter};
use std::fs::File;
use std::io::Error;
use std::os::fd::AsRawFd as _;

use anyhow::{Context as _, Result, ensure};
use criterion::Criterion;
use reflink::{Method, Mode};
use reflink_sys::{FICLONERANGE, file_clone_range};

use crate::paths::offload;
use crate::place::{MIB, Place};
use crate::timing::{by_size, done, timed};
use crate::turns::in_turns;

/// Within a block, whatever its size.
const RAGGED: u64 = 1000;

/// Where the range starts in the source and in the destination, and how it is copied.
#[derive(Clone, Copy)]
enum Case {
    /// Both at 0, by the system call alone.
    BareAligned,
    Aligned,
    /// Both at the same distance from a block: head and tail are copied, the blocks between cloned.
    Congruent,
    /// By the system call alone.
    BareIncongruent,
    /// At different distances: nothing can be cloned.
    Incongruent,
}

use Case::{Aligned, BareAligned, BareIncongruent, Congruent, Incongruent};

impl Display for Case {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            BareAligned => "aligned, FICLONERANGE alone",
            Aligned => "aligned",
            Congruent => "congruent",
            BareIncongruent => "incongruent, copy_file_range alone",
            Incongruent => "incongruent",
        })
    }
}

impl Case {
    fn copy(self, src: &File, dst: &File, len: u64) -> Result<()> {
        let (from, to, mode, method) = match self {
            BareAligned => return clone_range(src, dst, len),
            BareIncongruent => return offload(src, RAGGED, dst, len),
            Aligned => (0, 0, Mode::Always, Method::Clone),
            Congruent => (RAGGED, RAGGED, Mode::Auto, Method::Mixed),
            Incongruent => (RAGGED, 0, Mode::Auto, Method::CopyFileRange),
        };
        let outcome = reflink::partial(src, from..from + len, dst, to, mode)?;
        let done = (outcome.method(), outcome.total());
        ensure!(done == (method, len), "{self}: {len} bytes became {done:?}");
        Ok(())
    }
}

pub(crate) fn bench(criterion: &mut Criterion, place: &Place) -> Result<()> {
    let mut group = by_size(criterion, "range");
    let all = [BareAligned, Aligned, Congruent, BareIncongruent, Incongruent];
    let cases = if place.clones() { &all[..] } else { &all[3..] };
    if !place.clones() {
        println!("range: aligned, congruent: left out, {} clones nothing", place.filesystem());
    }
    for len in [MIB, 16 * MIB, 128 * MIB] {
        let src = File::open(place.source("range", len + MIB)?)?;
        in_turns(&mut group, place, len, cases, |case, dir| {
            let dst = done(File::create_new(dir.join("copy")));
            timed(|| case.copy(&src, &dst, len), done)
        });
    }
    group.finish();
    Ok(())
}

/// Clones the first `len` bytes.
fn clone_range(src: &File, dst: &File, len: u64) -> Result<()> {
    let range = file_clone_range {
        src_fd: src.as_raw_fd().into(),
        src_offset: 0,
        src_length: len,
        dest_offset: 0,
    };
    // SAFETY: FICLONERANGE reads a file_clone_range, which lives for the call, and both
    // descriptors stay open.
    let result =
        unsafe { libc::ioctl(dst.as_raw_fd(), FICLONERANGE as libc::Ioctl, &raw const range) };
    if result < 0 { Err(Error::last_os_error()).context("FICLONERANGE failed") } else { Ok(()) }
}
