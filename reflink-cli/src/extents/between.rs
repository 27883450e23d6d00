//! The blocks that two files share.

use std::borrow::Cow;
use std::path::Path;

use reflink::display::{Quoted, Size};
use reflink::{Options, SharedBetween, Side};
use serde::Serialize;

use super::failed::{fail, failure};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::json::{self, bytes_unless_utf8};
use crate::output::{self, Lines};

pub(super) fn run(first: &Path, second: &Path, json: bool) -> Exit {
    let common = match ask(first, second) {
        Ok(common) => common,
        Err((path, failure)) => return fail(path, &failure, json),
    };
    if json {
        output::print_line(json::line(&Object::new(first, second, &common)))
    } else {
        table(first, second, &common)
    }
}

/// The shared ranges, or the file that failed.
fn ask<'p>(first: &'p Path, second: &'p Path) -> Result<SharedBetween, (&'p Path, Failure)> {
    let options = Options::new();
    let open =
        |path, side| options.open_for_reading(path, side).map_err(|error| (path, error.into()));
    let files = (open(first, Side::Source)?, open(second, Side::Destination)?);
    reflink::shared_between(&files.0, &files.1).map_err(|error| {
        let error = error.with_paths(first, second);
        let path = if error.path() == Some(second) { second } else { first };
        (path, failure(&error))
    })
}

fn table(first: &Path, second: &Path, common: &SharedBetween) -> Exit {
    let mut lines = Lines::new();
    lines.print(format_args!("{} and {}:", Quoted(first), Quoted(second)));
    lines.print(format_args!("{:>15} {:>15} {:>15} {:>11}", "FIRST", "SECOND", "LENGTH", "SIZE"));
    for range in &common.ranges {
        let size = Size(range.len).to_string();
        lines.print(format_args!(
            "{:>15} {:>15} {:>15} {size:>11}",
            range.first, range.second, range.len
        ));
    }
    for (what, bytes) in [("shared", common.total()), ("unknown", common.unknown)] {
        if bytes > 0 || what == "shared" {
            let size = Size(bytes).to_string();
            lines.print(format_args!("{what:>31} {bytes:>15} {size:>11}"));
        }
    }
    lines.finish()
}

#[derive(Serialize)]
struct Object<'a> {
    first: Cow<'a, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    first_bytes: Option<&'a [u8]>,
    second: Cow<'a, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    second_bytes: Option<&'a [u8]>,
    shared: u64,
    unknown: u64,
    ranges: Vec<Range>,
}

#[derive(Serialize)]
struct Range {
    first: u64,
    second: u64,
    length: u64,
}

impl<'a> Object<'a> {
    fn new(first: &'a Path, second: &'a Path, common: &SharedBetween) -> Self {
        let ranges = common.ranges.iter();
        let ranges = ranges
            .map(|range| Range { first: range.first, second: range.second, length: range.len })
            .collect();
        Self {
            first: first.to_string_lossy(),
            first_bytes: bytes_unless_utf8(first),
            second: second.to_string_lossy(),
            second_bytes: bytes_unless_utf8(second),
            shared: common.total(),
            unknown: common.unknown,
            ranges,
        }
    }
}
