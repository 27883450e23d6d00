//! Plots: one measure of one evaluation, as SVG.

use anyhow::Result;
use plotters::coord::Shift;
use plotters::element::DynElement;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::scale::Scale;
use super::style::{self, GRID, INK, Mark};
use super::units::with_unit;
use crate::bench::report::{Measure, Point, Unit};

/// In pixels of the picture, which is scaled to the width that there is.
const SIZE: (u32, u32) = (560, 400);
const TEXT: i32 = 20;
const LEGEND_HEIGHT: u32 = 34;

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// The plot of `measure`, in coordinates that hold all of `among`, so that plots of one measure can
/// be compared by eye.
pub(super) fn draw(measure: &Measure, among: &[&Measure]) -> Result<String> {
    let mut svg = String::new();
    let area = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
    let (head, body) = area.split_vertically(LEGEND_HEIGHT);
    legend(&head, measure)?;
    chart(&body, measure, among)?;
    drop((head, body));
    area.present()?;
    drop(area);
    Ok(svg)
}

fn chart(area: &Area<'_>, measure: &Measure, among: &[&Measure]) -> Result<()> {
    let points = || among.iter().flat_map(|measure| &measure.series).flat_map(|line| &line.points);
    let x = Scale::new(measure.x.unit, points().map(|point| point.x));
    let y = Scale::new(
        measure.y.unit,
        points().flat_map(|point| [point.summary.lower_quartile, point.summary.upper_quartile]),
    );
    let mut chart = ChartBuilder::on(area)
        .margin_right(28)
        .margin_bottom(6)
        .x_label_area_size(62)
        .y_label_area_size(118)
        .build_cartesian_2d(x.coordinates(), y.coordinates())?;
    chart
        .configure_mesh()
        .bold_line_style(GRID)
        .axis_style(INK)
        .label_style(font())
        .axis_desc_style(font())
        .x_desc(measure.x.label.as_str())
        .y_desc(measure.y.label.as_str())
        .x_label_formatter(&|value| label(*value, measure.x.unit))
        .y_label_formatter(&|value| label(*value, measure.y.unit))
        .draw()?;
    for series in &measure.series {
        let (_, color, mark) = style::of(series.line);
        // What has no logarithm has no place.
        let points =
            || series.points.iter().filter(|point| point.x > 0.0 && point.summary.median > 0.0);
        let medians = points().map(|point| (point.x, point.summary.median));
        chart.draw_series(LineSeries::new(medians.clone(), color.stroke_width(2)))?;
        chart.draw_series(points().map(|point| quartiles(point, color)))?;
        for at in medians {
            chart.plotting_area().draw(&draw_mark(at, mark, color))?;
        }
    }
    Ok(())
}

/// Where the middle half of the samples is.
fn quartiles(point: &Point, color: RGBColor) -> PathElement<(f64, f64)> {
    let (low, high) = (point.summary.lower_quartile, point.summary.upper_quartile);
    PathElement::new(
        vec![(point.x, low.max(f64::MIN_POSITIVE)), (point.x, high)],
        color.stroke_width(2),
    )
}

fn draw_mark<'b, C: Clone + 'static>(
    at: C,
    mark: Mark,
    color: RGBColor,
) -> DynElement<'b, SVGBackend<'b>, C> {
    match mark {
        Mark::Disc => Circle::new(at, 5, color.filled()).into_dyn(),
        // Rings and triangles are hollow, and larger: lines that coincide show both marks.
        Mark::Ring => Circle::new(at, 8, color.stroke_width(2)).into_dyn(),
        Mark::Triangle => {
            let corners = vec![(-9, 6), (9, 6), (0, -10), (-9, 6)];
            let triangle = PathElement::new(corners, color.stroke_width(2));
            (EmptyElement::at(at) + triangle).into_dyn()
        }
        Mark::Square => {
            let square = Rectangle::new([(-5, -5), (5, 5)], color.filled());
            (EmptyElement::at(at) + square).into_dyn()
        }
    }
}

/// The names of the lines, each with its mark.
fn legend(area: &Area<'_>, measure: &Measure) -> Result<()> {
    let middle = (LEGEND_HEIGHT / 2) as i32;
    let mut left = 8;
    for series in &measure.series {
        let (name, color, mark) = style::of(series.line);
        let line = vec![(left, middle), (left + 26, middle)];
        area.draw(&PathElement::new(line, color.stroke_width(2)))?;
        area.draw(&draw_mark((left + 13, middle), mark, color))?;
        let style = font().pos(Pos::new(HPos::Left, VPos::Center));
        area.draw(&Text::new(name, (left + 32, middle), style))?;
        // The width of a letter is guessed: what it really is only the reader's system knows.
        left += 50 + (name.chars().count() as f64 * f64::from(TEXT) * 0.45) as i32;
    }
    Ok(())
}

fn font() -> TextStyle<'static> {
    ("system-ui, sans-serif", TEXT).into_font().color(&INK)
}

/// A tick's label; rates without what the axis says already.
fn label(value: f64, unit: Unit) -> String {
    match unit {
        Unit::PerSecond => with_unit(value, Unit::Count),
        _ => with_unit(value, unit),
    }
}
