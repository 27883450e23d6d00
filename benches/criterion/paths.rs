//! The three ways from one open file to another, against size.

#![allow(unsafe_code)]

use std::fmt::{self, Display, Formatter};
use std::fs::File;
use std::os::fd::AsRawFd as _;
use std::path::Path;
use std::time::Duration;

use anyhow::Result;
use criterion::Criterion;
use reflink::{Method, Mode};

use crate::place::{GIB, MIB, Place};
use crate::timing::{by_size, done, point, remove, timed};

const SIZES: [u64; 6] = [4 << 10, 64 << 10, MIB, 16 * MIB, 256 * MIB, GIB];

#[derive(Clone, Copy)]
enum Way {
    Clone,
    CopyFileRange,
    ReadWrite,
}

impl Way {
    /// Those that `place` can go.
    fn all(place: &Place) -> &'static [Self] {
        const ALL: [Way; 3] = [Way::Clone, Way::CopyFileRange, Way::ReadWrite];
        if place.clones() {
            return &ALL;
        }
        println!("clone: left out, {} clones nothing", place.filesystem());
        &ALL[1..]
    }

    /// Makes `dst`, which is empty, the same as `src`.
    fn go(self, src: &File, dst: &File, len: u64) -> Duration {
        match self {
            Self::Clone => timed(
                || reflink::reflink(src, dst, Mode::Always),
                |result| {
                    let outcome = done(result);
                    assert_eq!((outcome.method(), outcome.cloned), (Method::Clone, len));
                },
            ),
            Self::CopyFileRange => {
                timed(|| copy_file_range(src, dst, len), |copied| assert_eq!(done(copied), len))
            }
            Self::ReadWrite => timed(
                || reflink::reflink(src, dst, Mode::Never),
                |result| {
                    let outcome = done(result);
                    assert_eq!((outcome.method(), outcome.copied), (Method::ReadWrite, len));
                },
            ),
        }
    }

    /// The same onto a new file at the path `dst`, which goes again.
    fn go_to_new(self, src: &File, dst: &Path, len: u64) -> Duration {
        let file = done(File::create_new(dst));
        let took = self.go(src, &file, len);
        remove(dst);
        took
    }
}

impl Display for Way {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Clone => "clone",
            Self::CopyFileRange => "copy_file_range",
            Self::ReadWrite => "read-write",
        })
    }
}

/// Sources that are on disk.
pub(crate) fn clean(criterion: &mut Criterion, place: &Place) -> Result<()> {
    let mut group = by_size(criterion, "paths");
    let ways = Way::all(place);
    for len in SIZES {
        let src = File::open(place.source("paths", len)?)?;
        for way in ways {
            point(&mut group, way, len, || way.go_to_new(&src, &place.path("copy"), len));
        }
    }
    group.finish();
    Ok(())
}

/// Sources that were just written: a clone waits until they are on disk.
pub(crate) fn dirty(criterion: &mut Criterion, place: &Place) {
    let mut group = by_size(criterion, "dirty");
    let ways = Way::all(place);
    for len in SIZES {
        for way in ways {
            point(&mut group, way, len, || {
                let path = place.path("dirty");
                drop(done(place.write(&path, len)));
                let took = way.go_to_new(&done(File::open(&path)), &place.path("copy"), len);
                remove(&path);
                took
            });
        }
    }
    group.finish();
}

/// Copies with copy_file_range(2) alone; the library calls it only where it cannot clone.
fn copy_file_range(src: &File, dst: &File, len: u64) -> std::io::Result<u64> {
    // The kernel moves both on.
    let (mut from, mut to) = (0, 0);
    loop {
        // SAFETY: both offsets live for the call, and the caller holds the descriptors.
        let copied = unsafe {
            libc::copy_file_range(
                src.as_raw_fd(),
                &raw mut from,
                dst.as_raw_fd(),
                &raw mut to,
                GIB as usize,
                0,
            )
        };
        match copied {
            0 => return Ok(from.unsigned_abs()),
            1.. if from.unsigned_abs() >= len => return Ok(from.unsigned_abs()),
            1.. => {}
            _ => return Err(std::io::Error::last_os_error()),
        }
    }
}
