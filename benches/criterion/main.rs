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
//! line says so; each iteration checks that what was measured is what its name says. After each
//! iteration the copy is removed, which is not timed.

use std::path::Path;

use anyhow::Result;
use criterion::{Criterion, PlottingBackend};

use place::Place;

#[path = "../shared/bare.rs"]
mod bare;
#[path = "../shared/place.rs"]
mod place;

mod overhead;
mod paths;
mod peers;
mod range;
mod timing;

fn main() -> Result<()> {
    let place = match Place::from_env("REFLINK_BENCH_DIR")? {
        Some(place) => place,
        None => Place::new(Path::new(env!("CARGO_TARGET_TMPDIR")))?,
    };
    println!("measuring in {}", place.describe());
    let other = Place::from_env("REFLINK_BENCH_OTHER_DIR")?;
    if let Some(other) = &other {
        println!("copying to {}", other.describe());
    }
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
