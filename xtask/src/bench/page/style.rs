//! How lines look: the same everywhere, and told apart without colours too.

use plotters::style::RGBColor;

use crate::bench::report::Line;

/// Text, axes, and lines that stand for no method. Pages turn it white in the dark.
pub(super) const INK: RGBColor = RGBColor(1, 1, 1);
/// The grid.
pub(super) const GRID: RGBColor = RGBColor(225, 225, 225);

// Of the palette of Okabe and Ito, which everybody can tell apart, those that show on white and
// on black.
const BLUE: RGBColor = RGBColor(0, 114, 178);
const GREEN: RGBColor = RGBColor(0, 158, 115);
const VERMILLION: RGBColor = RGBColor(213, 94, 0);
const PURPLE: RGBColor = RGBColor(204, 121, 167);
const ORANGE: RGBColor = RGBColor(230, 159, 0);

/// The sign of a point.
#[derive(Clone, Copy)]
pub(super) enum Mark {
    Disc,
    Triangle,
    Square,
    Ring,
}

/// What `line` is called, and how it is drawn. Everything that is a clone is blue, unless there is
/// more than one kind of clone in a plot.
pub(super) fn of(line: Line) -> (&'static str, RGBColor, Mark) {
    match line {
        Line::Clone => ("clone", BLUE, Mark::Disc),
        Line::CopyFileRange => ("copy_file_range", GREEN, Mark::Triangle),
        Line::ReadWrite => ("read/write", VERMILLION, Mark::Square),
        Line::Library => ("library", PURPLE, Mark::Ring),
        Line::SyncFirst => ("sync first", PURPLE, Mark::Ring),
        Line::Hinted => ("clone, 1 MiB hint", PURPLE, Mark::Triangle),
        Line::Tree => ("reflink::tree", BLUE, Mark::Disc),
        Line::Snapshot => ("snapshot", GREEN, Mark::Triangle),
        Line::CpArchive => ("cp -a", VERMILLION, Mark::Square),
        Line::Equal => ("equal", BLUE, Mark::Disc),
        Line::Unequal => ("last byte differs", ORANGE, Mark::Square),
        Line::Unshared => ("unshared file", INK, Mark::Ring),
        Line::FirstWrite => ("first write", BLUE, Mark::Disc),
        Line::SecondWrite => ("second write", PURPLE, Mark::Triangle),
        Line::Depth => ("each of the one before", BLUE, Mark::Disc),
        Line::Width => ("all of one file", ORANGE, Mark::Square),
        Line::OneSource => ("all clone one file", BLUE, Mark::Disc),
        Line::OwnSources => ("each its own file", ORANGE, Mark::Square),
    }
}
