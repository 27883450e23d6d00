//! Turns of phrase that findings share.

use crate::bench::page::units::{bytes, times};
use crate::bench::report::{Line, Point, Section};
use crate::bench::statistics::Summary;

/// The smallest size from which on clones are faster than read and write, beyond the noise.
pub(super) fn faster_from(section: &Section, measure: &str) -> Option<String> {
    let clones = section.points(measure, Line::Clone);
    let copies = section.points(measure, Line::ReadWrite);
    let ratios: Vec<_> = clones
        .iter()
        .zip(copies)
        .map(|(clone, copy)| (clone.x, copy.summary.ratio_to(&clone.summary)))
        .collect();
    let faster = |(_, ratio): &(f64, Option<f64>)| ratio.is_some_and(|ratio| ratio > 1.0);
    let not_before = ratios.iter().rposition(|pair| !faster(pair));
    Some(match not_before.map(|last| (ratios[last].1, ratios.get(last + 1))) {
        None => format!("from {} on, the smallest size", bytes(ratios.first()?.0)),
        Some((_, None)) => "at no size beyond the noise".to_owned(),
        Some((None, Some((from, _)))) => {
            format!("from {} on (below that the noise is larger than the difference)", bytes(*from))
        }
        Some((Some(_), Some((from, _)))) => {
            format!("from {} on (below that it is slower)", bytes(*from))
        }
    })
}

/// `value`, and how it stands to `base`: "3.9 ms (2 × the 1.95 ms that an unshared file needs)".
pub(super) fn against(
    value: &Summary,
    base: &Summary,
    text: impl Fn(f64) -> String,
    who: &str,
) -> String {
    let (median, base_median) = (text(value.median), text(base.median));
    match value.ratio_to(base) {
        Some(ratio) => format!("{median} ({} the {base_median} that {who})", times(ratio)),
        None => format!("{median} ({who} {base_median}; the noise is larger than the difference)"),
    }
}

/// The first and the last point.
pub(super) fn ends(points: &[Point]) -> Option<(&Point, &Point)> {
    points.first().zip(points.last())
}
