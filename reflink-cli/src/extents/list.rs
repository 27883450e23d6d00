//! The extents of one file.

use std::path::Path;

use reflink::display::{Quoted, Size};
use reflink::{Extent, Extents, Options, Sharing, Side};
use serde::Serialize;

use super::failed::{fail, failure};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::json::{self, Name};
use crate::output::Lines;

/// How to list, and how many files have been listed as tables.
pub(super) struct Lister {
    pub(super) sync: bool,
    pub(super) json: bool,
    pub(super) tables: u64,
}

impl Lister {
    /// Lists the extents of one file.
    pub(super) fn run(&mut self, path: &Path) -> Exit {
        let mut lines = Lines::new();
        let listed = self.list(path, &mut lines);
        // Extents that were found before a failure are printed before it.
        let printed = lines.finish();
        match listed {
            Ok(()) => printed,
            Err(failure) => fail(path, &failure, self.json),
        }
    }

    fn list(&mut self, path: &Path, lines: &mut Lines) -> Result<(), Failure> {
        let file = Options::new().open_for_reading(path, Side::Source)?;
        let extents = if self.sync { reflink::extents_after_sync } else { reflink::extents };
        let print = |extents| {
            if self.json {
                return object(path, extents, lines);
            }
            if self.tables > 0 {
                lines.print("");
            }
            self.tables += 1;
            table(path, extents, lines)
        };
        extents(&file).and_then(print).map_err(|error| failure(&error.with_paths(path, path)))
    }
}

/// Prints line by line, so that many extents need no more memory than one.
fn table(path: &Path, mut extents: Extents<'_>, lines: &mut Lines) -> reflink::Result<()> {
    lines.print(format_args!("{}:", Quoted(path)));
    lines.print(format_args!(
        "{:>15} {:>15} {:>11} {:>15}  FLAGS",
        "OFFSET", "LENGTH", "SIZE", "PHYSICAL"
    ));
    for extent in extents.by_ref() {
        let extent = extent?;
        let physical = extent.physical.map_or_else(|| "-".to_owned(), |place| place.to_string());
        let row = format!(
            "{:>15} {:>15} {:>11} {physical:>15}  {}",
            extent.offset,
            extent.len,
            Size(extent.len).to_string(),
            extent.flags.names().collect::<Vec<_>>().join(","),
        );
        lines.print(row.trim_end());
    }
    let totals = extents.totals()?;
    for (what, bytes) in classes(&totals) {
        let size = Size(bytes).to_string();
        lines.print(format_args!("{what:>15} {bytes:>15} {size:>11}"));
    }
    let Sharing { extents, .. } = totals;
    let plural = if extents == 1 { "" } else { "s" };
    let size = Size(totals.length()).to_string();
    lines.print(format_args!(
        "{:>15} {:>15} {size:>11} in {extents} extent{plural}",
        "total",
        totals.length(),
    ));
    Ok(())
}

/// The classes of bytes that the file has.
fn classes(totals: &Sharing) -> impl Iterator<Item = (&'static str, u64)> {
    [
        ("shared", totals.shared),
        ("exclusive", totals.exclusive),
        ("inline", totals.inline),
        ("delayed", totals.delayed),
        ("unknown", totals.unknown),
        ("unwritten", totals.unwritten),
        ("holes", totals.holes),
    ]
    .into_iter()
    .filter(|(what, bytes)| *bytes > 0 || *what == "shared")
}

fn object(path: &Path, mut extents: Extents<'_>, lines: &mut Lines) -> reflink::Result<()> {
    let list = extents.by_ref().map(|extent| Ok(Row::from(&extent?)));
    let list = list.collect::<reflink::Result<_>>()?;
    let totals = extents.totals()?;
    let length = totals.length();
    let totals = Totals::from(&totals);
    lines.print(json::line(&Object { name: path.into(), length, extents: list, totals }));
    Ok(())
}

#[derive(Serialize)]
struct Object<'a> {
    #[serde(flatten)]
    name: Name<'a>,
    length: u64,
    extents: Vec<Row>,
    totals: Totals,
}

#[derive(Serialize)]
struct Row {
    offset: u64,
    length: u64,
    physical: Option<u64>,
    flags: Vec<&'static str>,
}

impl From<&Extent> for Row {
    fn from(extent: &Extent) -> Self {
        Self {
            offset: extent.offset,
            length: extent.len,
            physical: extent.physical,
            flags: extent.flags.names().collect(),
        }
    }
}

#[derive(Serialize)]
struct Totals {
    shared: u64,
    exclusive: u64,
    holes: u64,
    unwritten: u64,
    inline: u64,
    delayed: u64,
    unknown: u64,
    extents: u64,
}

impl From<&Sharing> for Totals {
    fn from(totals: &Sharing) -> Self {
        Self {
            shared: totals.shared,
            exclusive: totals.exclusive,
            holes: totals.holes,
            unwritten: totals.unwritten,
            inline: totals.inline,
            delayed: totals.delayed,
            unknown: totals.unknown,
            extents: totals.extents,
        }
    }
}
