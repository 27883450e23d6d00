//! The project's speed targets, measured as ratios: `cargo bench -p reflink-benches --bench targets`.
//!
//! | variable | means |
//! |---|---|
//! | `REFLINK_BENCH_DIR` | where to measure; default: cargo's target directory |
//! | `REFLINK_BENCH_OTHER_DIR` | a directory on another filesystem, for copies from the one to the other |
//! | `REFLINK_BENCH_TREE` | a tree of at most 1 GiB that is copied, too: a checkout with its target directory |
//!
//! The two sides of a ratio run in pairs, in random order, and each pair gives one ratio; the table has their median
//! and quartiles. A part of a target's name after `--` picks. BENCHMARKS.md has the results.

use anyhow::Result;

use cases::Bench;

#[path = "../shared/bare.rs"]
mod bare;
mod bare_copy;
mod cases;
mod fallback;
mod pairs;
mod peers;
#[path = "../shared/place.rs"]
mod place;
mod small;
mod tree_sources;
mod trees;

fn main() -> Result<()> {
    let (place, other) = place::places()?;
    // Cargo adds `--bench`.
    let wanted = std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    println!("\n| target | on | limit | measured (quartiles) | pairs | |");
    println!("|---|---|---|---|---|---|");
    let bench = Bench { wanted };
    if place.clones() {
        bench.overhead(&place)?;
        bench.range(&place)?;
        bench.process(&place)?;
        bench.private(&place)?;
        bench.dirty(&place)?;
    } else {
        bench.small(&place)?;
        bench.fallback(&place, &place)?;
    }
    if let Some(other) = &other {
        bench.fallback(&place, other)?;
        if !other.clones() {
            bench.small(other)?;
            bench.fallback(other, other)?;
        }
    }
    // Trees have their own peaks in the table.
    let peak = peak_memory();
    bench.trees(&place, &place)?;
    if let Some(other) = &other {
        bench.trees(&place, other)?;
    }
    println!("\npeak memory of this process before trees: {peak}");
    Ok(())
}

/// What was measured and how it made its files is all that this process did.
fn peak_memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.map_or("unknown", str::trim).to_owned()
}
