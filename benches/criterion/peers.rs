//! This library beside what people use today, on the same files.

use std::fmt::{self, Display, Formatter};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::Result;
use criterion::Criterion;
use reflink::Method;

use crate::place::{MIB, Place};
use crate::timing::{by_size, done, point, remove, timed};

const SIZES: [u64; 3] = [64 << 10, 4 * MIB, 256 * MIB];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Peer {
    Always,
    Auto,
    StdCopy,
    ReflinkCopy,
    ReflinkCopyOrCopy,
    CpAlways,
    CpAuto,
}

use Peer::{Always, Auto, CpAlways, CpAuto, ReflinkCopy, ReflinkCopyOrCopy, StdCopy};

impl Display for Peer {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Always => "reflink::always",
            Auto => "reflink::auto",
            StdCopy => "std::fs::copy",
            ReflinkCopy => "reflink_copy::reflink",
            ReflinkCopyOrCopy => "reflink_copy::reflink_or_copy",
            CpAlways => "cp --reflink=always",
            CpAuto => "cp --reflink=auto",
        })
    }
}

impl Peer {
    /// Copies `src`, which has `len` bytes; `clones` says whether the filesystem can.
    fn copy(self, src: &Path, dst: &Path, len: u64, clones: bool) -> Duration {
        let check = |outcome: reflink::Outcome| {
            assert_eq!(outcome.total(), len);
            assert_eq!(outcome.method() == Method::Clone, clones);
        };
        match self {
            Always => timed(|| reflink::always(src, dst), |result| check(done(result))),
            Auto => timed(|| reflink::auto(src, dst), |result| check(done(result))),
            StdCopy => timed(|| std::fs::copy(src, dst), |copied| assert_eq!(done(copied), len)),
            ReflinkCopy => timed(|| reflink_copy::reflink(src, dst), done),
            ReflinkCopyOrCopy => timed(
                || reflink_copy::reflink_or_copy(src, dst),
                |copied| assert_eq!(done(copied), (!clones).then_some(len)),
            ),
            CpAlways => cp("--reflink=always", src, dst),
            CpAuto => cp("--reflink=auto", src, dst),
        }
    }
}

fn cp(reflink: &str, src: &Path, dst: &Path) -> Duration {
    let mut command = Command::new("cp");
    command.arg(reflink).arg("--").arg(src).arg(dst);
    timed(|| command.status(), |status| assert!(done(status).success(), "cp failed"))
}

pub(crate) fn bench(criterion: &mut Criterion, place: &Place, other: Option<&Place>) -> Result<()> {
    if place.clones() {
        let all = [Always, Auto, StdCopy, ReflinkCopy, ReflinkCopyOrCopy, CpAlways, CpAuto];
        onto_new(criterion, "new", &all, place, place)?;
        replacing(criterion, place)?;
    } else {
        println!("new, replace: left out, {} clones nothing", place.filesystem());
    }
    let fallback = [Auto, StdCopy, ReflinkCopyOrCopy, CpAuto];
    match other {
        Some(other) => onto_new(criterion, "fallback", &fallback, place, other),
        None if !place.clones() => onto_new(criterion, "fallback", &fallback, place, place),
        None => {
            let filesystem = place.filesystem();
            println!(
                "fallback: left out, {filesystem} clones and REFLINK_BENCH_OTHER_DIR is not set"
            );
            Ok(())
        }
    }
}

fn onto_new(
    criterion: &mut Criterion,
    name: &str,
    peers: &[Peer],
    from: &Place,
    to: &Place,
) -> Result<()> {
    let clones = std::ptr::eq(from, to) && from.clones();
    let mut group = by_size(criterion, name);
    for len in SIZES {
        let (src, dst) = (from.source("source", len)?, to.path("copy"));
        for peer in peers {
            point(&mut group, peer, len, || {
                let took = peer.copy(&src, &dst, len, clones);
                remove(&dst);
                took
            });
        }
    }
    group.finish();
    Ok(())
}

/// Onto a file that is there. reflink-copy has no call for that.
fn replacing(criterion: &mut Criterion, place: &Place) -> Result<()> {
    let mut group = by_size(criterion, "replace");
    for len in SIZES {
        let (src, dst) = (place.source("source", len)?, place.source("copy", len)?);
        for peer in [Always, Auto, StdCopy, CpAlways, CpAuto] {
            point(&mut group, peer, len, || peer.copy(&src, &dst, len, true));
        }
        remove(&dst);
    }
    group.finish();
    Ok(())
}
