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
    let slower = |(_, ratio): &(f64, Option<f64>)| ratio.is_some_and(|ratio| ratio < 1.0);
    let Some(last) = ratios.iter().rposition(|pair| !faster(pair)) else {
        return Some(format!("from {} on, the smallest size", bytes(ratios.first()?.0)));
    };
    let slower_to = ratios.iter().rposition(slower);
    let from = match ratios.get(last + 1) {
        Some((from, _)) => format!("from {} on", bytes(*from)),
        None => "at no size beyond the noise".to_owned(),
    };
    let below = match slower_to {
        Some(to) if to == last && to + 1 < ratios.len() => "below that it is slower".to_owned(),
        Some(to) => format!("up to {} it is slower", bytes(ratios[to].0)),
        None => "below that the noise is larger than the difference".to_owned(),
    };
    let nowhere = slower_to.is_none() && last + 1 == ratios.len();
    Some(if nowhere { from } else { format!("{from} ({below})") })
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::report::{Quantity, Topic, Unit};

    /// The phrase for clones that are so many times faster at 4 KiB, 8 KiB, …
    fn phrase(speedups: &[f64]) -> String {
        let time: &'static Quantity =
            &Quantity { name: "call", x: ("size", Unit::Bytes), y: ("time", Unit::Seconds) };
        let mut section = Section::new(Topic::Methods);
        for (at, speedup) in speedups.iter().enumerate() {
            let size = 4096.0 * 2_f64.powi(at as i32);
            for noise in [0.9, 1.0, 1.1] {
                section.add(time, Line::Clone, size, noise);
                section.add(time, Line::ReadWrite, size, speedup * noise);
            }
        }
        faster_from(&section, "call").unwrap()
    }

    #[test]
    fn a_range_within_the_noise_does_not_hide_that_clones_are_slower() {
        assert_eq!(phrase(&[2.0, 3.0]), "from 4 KiB on, the smallest size");
        assert_eq!(phrase(&[0.5, 3.0]), "from 8 KiB on (below that it is slower)");
        assert_eq!(phrase(&[0.5, 1.0, 3.0]), "from 16 KiB on (up to 4 KiB it is slower)");
        assert_eq!(
            phrase(&[1.0, 3.0]),
            "from 8 KiB on (below that the noise is larger than the difference)"
        );
        assert_eq!(phrase(&[0.5, 1.0]), "at no size beyond the noise (up to 4 KiB it is slower)");
        assert_eq!(phrase(&[0.5, 0.5]), "at no size beyond the noise (up to 8 KiB it is slower)");
        assert_eq!(phrase(&[1.0, 1.0]), "at no size beyond the noise");
    }
}
