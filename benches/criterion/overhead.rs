//! This library against the bare system calls.

use std::time::Duration;

use anyhow::Result;
use criterion::{Criterion, Throughput};
use reflink::Method;

use crate::bare::Names;
use crate::place::{MIB, Place};
use crate::timing::{done, remove, timed};

pub(crate) fn bench(criterion: &mut Criterion, place: &Place) -> Result<()> {
    if !place.clones() {
        println!("overhead: left out, {} clones nothing", place.filesystem());
        return Ok(());
    }
    let (src, dst) = (place.source("overhead", MIB)?, place.path("copy"));
    let names = Names::new(&src, &dst)?;
    let library = || {
        timed(
            || reflink::always(&src, &dst),
            |result| assert_eq!(done(result).method(), Method::Clone),
        )
    };
    let mut group = criterion.benchmark_group("overhead");
    group.throughput(Throughput::Elements(1));
    let mut pair = |name: &str, bare: &dyn Fn() -> Duration, library: &dyn Fn() -> Duration| {
        for (series, once) in [("bare system calls", bare), ("reflink::always", library)] {
            group.bench_function(format!("{series}, {name}"), |bencher| {
                bencher.iter_custom(|iterations| (0..iterations).map(|_| once()).sum());
            });
        }
    };
    let removing = |took: Duration| {
        remove(&dst);
        took
    };
    pair("new", &|| removing(timed(|| names.clone_new(), done)), &|| removing(library()));
    reflink::always(&src, &dst)?;
    pair("replace", &|| timed(|| names.clone_replacing(), done), &library);
    group.finish();
    Ok(())
}
