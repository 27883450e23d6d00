//! Ranges: what alignment costs.

use std::fs::File;

use anyhow::Result;
use criterion::Criterion;
use reflink::{Method, Mode};

use crate::place::{GIB, MIB, Place};
use crate::timing::{by_size, done, point, remove, timed};

/// Within a block, whatever its size.
const RAGGED: u64 = 1000;

/// A source range that starts at `from`, its place in the destination, and how that must come out.
struct Case {
    name: &'static str,
    from: u64,
    to: u64,
    mode: Mode,
    method: Method,
}

const CLONING: [Case; 2] = [
    Case { name: "aligned", from: 0, to: 0, mode: Mode::Always, method: Method::Clone },
    // Head and tail are copied, the blocks between them cloned.
    Case { name: "congruent", from: RAGGED, to: RAGGED, mode: Mode::Auto, method: Method::Mixed },
];

const COPYING: Case = Case {
    name: "incongruent",
    from: RAGGED,
    to: 0,
    mode: Mode::Auto,
    method: Method::CopyFileRange,
};

pub(crate) fn bench(criterion: &mut Criterion, place: &Place) -> Result<()> {
    let mut group = by_size(criterion, "range");
    if !place.clones() {
        println!("range: aligned, congruent: left out, {} clones nothing", place.filesystem());
    }
    for len in [MIB, 64 * MIB, GIB] {
        let src = File::open(place.source("range", len + MIB)?)?;
        let mut case = |case: &Case| {
            point(&mut group, case.name, len, || {
                let path = place.path("copy");
                let dst = done(File::create_new(&path));
                let range = case.from..case.from + len;
                let took = timed(
                    || reflink::partial(&src, range, &dst, case.to, case.mode),
                    |result| {
                        let outcome = done(result);
                        assert_eq!((outcome.method(), outcome.total()), (case.method, len));
                    },
                );
                remove(&path);
                took
            });
        };
        if place.clones() {
            CLONING.iter().for_each(&mut case);
        }
        case(&COPYING);
    }
    group.finish();
    Ok(())
}
