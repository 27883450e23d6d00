//! Timing of what needs a fresh destination each time.

use std::fmt::Display;
use std::path::Path;
use std::time::{Duration, Instant};

use criterion::measurement::WallTime;
use criterion::{
    AxisScale, BenchmarkGroup, BenchmarkId, Criterion, PlotConfiguration, SamplingMode, Throughput,
};

use crate::place::MIB;

/// A group whose series are drawn against size.
pub(crate) fn by_size<'c>(
    criterion: &'c mut Criterion,
    name: &str,
) -> BenchmarkGroup<'c, WallTime> {
    let mut group = criterion.benchmark_group(name);
    group
        .plot_config(PlotConfiguration::default().summary_scale(AxisScale::Logarithmic))
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(2));
    group
}

/// Measures `series` at `len` bytes. `once` makes one copy and returns the time that it took.
pub(crate) fn point(
    group: &mut BenchmarkGroup<'_, WallTime>,
    series: impl Display,
    len: u64,
    mut once: impl FnMut() -> Duration,
) {
    configure(group, len).bench_function(
        BenchmarkId::new(series.to_string(), size(len)),
        |bencher| {
            bencher.iter_custom(|iterations| (0..iterations).map(|_| once()).sum());
        },
    );
}

/// Sets how much is measured of copies of `len` bytes.
pub(crate) fn configure<'g, 'c>(
    group: &'g mut BenchmarkGroup<'c, WallTime>,
    len: u64,
) -> &'g mut BenchmarkGroup<'c, WallTime> {
    // Large files: every sample is as few copies as criterion can do with.
    let large = len >= 4 * MIB;
    group
        .throughput(Throughput::Bytes(len))
        .sampling_mode(if large { SamplingMode::Flat } else { SamplingMode::Auto })
        .sample_size(if large { 10 } else { 30 })
}

/// Times `work`, and has `check` look at what it gave.
pub(crate) fn timed<T>(work: impl FnOnce() -> T, check: impl FnOnce(T)) -> Duration {
    let start = Instant::now();
    let result = work();
    let took = start.elapsed();
    check(result);
    took
}

/// The value, or the end of the benchmark: criterion's closures return no errors, and unwinding
/// removes the files.
pub(crate) fn done<T, E: Display>(result: Result<T, E>) -> T {
    result.unwrap_or_else(|error| panic!("cannot go on: {error:#}"))
}

/// Removes a file that is there.
pub(crate) fn remove(path: &Path) {
    done(std::fs::remove_file(path));
}

/// `len` for a name: "64KiB".
pub(crate) fn size(len: u64) -> String {
    match len {
        ..0x10_0000 => format!("{}KiB", len >> 10),
        0x10_0000..0x4000_0000 => format!("{}MiB", len >> 20),
        _ => format!("{}GiB", len >> 30),
    }
}
