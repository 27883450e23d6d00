//! What this library's calls cost, measured by criterion: `cargo bench -p reflink-benches --bench criterion`.
//!
//! | variable | means |
//! |---|---|
//! | `REFLINK_BENCH_DIR` | where to measure; default: cargo's target directory |
//! | `REFLINK_BENCH_OTHER_DIR` | a directory on another filesystem; with it the group `fallback` copies there |
//!
//! | group | compares |
//! |---|---|
//! | `paths` | clone, copy_file_range, read/write, of files that are on disk |
//! | `dirty` | the same, of files that were just written |
//! | `new`, `replace` | this library, `std::fs::copy`, `reflink-copy` and cp onto a new path and onto an existing file |
//! | `fallback` | the same where nothing can be cloned |
//! | `range` | ranges that are aligned, not aligned but congruent, and incongruent |
//! | `overhead` | this library and the bare system calls |
//!
//! A name, or a part of one, after `--` picks. What a filesystem cannot clone is left out, and a
//! line says so; each iteration checks that what was measured is what its name says. In `paths`,
//! `dirty` and `range` each iteration runs everything that is compared, in random order, and bare
//! system calls are beside the library.

use anyhow::Result;
use criterion::{Criterion, PlottingBackend};

#[path = "../shared/bare.rs"]
mod bare;
#[path = "../shared/place.rs"]
mod place;

mod overhead;
mod paths;
mod peers;
mod range;
mod timing;
mod turns;

fn main() -> Result<()> {
    let (place, other) = place::places()?;
    let mut criterion = Criterion::default()
        // The same plots everywhere; otherwise gnuplot's, where that is installed.
        .plotting_backend(PlottingBackend::Plotters)
        .configure_from_args();
    paths::clean(&mut criterion, &place)?;
    paths::dirty(&mut criterion, &place);
    peers::bench(&mut criterion, &place, other.as_ref())?;
    range::bench(&mut criterion, &place)?;
    overhead::bench(&mut criterion, &place)?;
    criterion.final_summary();
    Ok(())
}
