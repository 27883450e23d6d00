//! Checks of an evaluation by itself: figures that must agree, and figures that must not drift.

use super::page::units::{bytes, count, seconds, with_unit};
use super::report::{Check, Effort, Evaluation, Line, Point, Section, Topic};
use super::statistics::Summary;

/// Two figures for one thing may differ by this factor.
const AGREES: f64 = 1.5;

/// The medians of the first and of the second half of the samples may differ by this factor.
const DRIFTS: f64 = 1.25;

/// The halves of fewer samples say nothing.
const ENOUGH: usize = 10;

/// This share of the figures may drift: by chance, and because clones pile up.
const MAY_DRIFT: f64 = 0.1;

/// So many figures that drift are named.
const NAMED: usize = 3;

/// Adds the checks to an evaluation, during which the filesystem has come to rest so often, and so
/// often not.
pub(super) fn add(evaluation: &mut Evaluation, (rested, restless): (u32, u32)) {
    if evaluation.effort == Effort::Smoke {
        return;
    }
    evaluation.checks = [
        Some(complete(evaluation)),
        Some(quiet(evaluation)),
        Some(Check {
            claim: "the filesystem came to rest between samples".to_owned(),
            passed: restless == 0,
            seen: format!("it did {rested} times, and {restless} times did not"),
        }),
        drift(evaluation),
        offload_agrees(evaluation),
        library_agrees(evaluation),
    ]
    .into_iter()
    .flatten()
    .collect();
}

/// A section that failed may have figures all the same.
fn complete(evaluation: &Evaluation) -> Check {
    let failed: Vec<_> = evaluation.failed.iter().map(|topic| topic.title()).collect();
    Check {
        claim: "all of every section was measured".to_owned(),
        passed: failed.is_empty() && !evaluation.interrupted,
        seen: match (evaluation.interrupted, failed.is_empty()) {
            (true, _) => "it was interrupted".to_owned(),
            (_, true) => "all of it".to_owned(),
            _ => format!("not all of {}", failed.join(", ")),
        },
    }
}

/// Other work takes time and memory from what is measured.
fn quiet(evaluation: &Evaluation) -> Check {
    let environment = &evaluation.environment;
    Check {
        claim: "no other work kept the machine busy at the start".to_owned(),
        passed: !environment.was_busy(),
        seen: format!("{} of {} CPUs were busy", count(environment.others), environment.cpus),
    }
}

fn drift(evaluation: &Evaluation) -> Option<Check> {
    let mut figures = 0;
    let mut drifting = Vec::new();
    for section in &evaluation.sections {
        for measure in &section.measures {
            let points = measure.series.iter().flat_map(|series| &series.points);
            for point in points.filter(|point| point.samples.len() >= ENOUGH) {
                figures += 1;
                if drifts(point) {
                    let (title, x) = (section.topic.title(), with_unit(point.x, measure.x.unit));
                    drifting
                        .push(format!("“{title}”, {}, {}: {x}", measure.y.label, measure.x.label));
                }
            }
        }
    }
    let count = drifting.len();
    drifting.truncate(NAMED);
    let names = if count == 0 { String::new() } else { format!(": {}", drifting.join("; ")) };
    let more = if count > NAMED { " …" } else { "" };
    (figures > 0).then(|| Check {
        claim: "figures do not drift: the first half of their samples is as the second".to_owned(),
        passed: count as f64 <= MAY_DRIFT * f64::from(figures),
        seen: format!("{count} of {figures} figures drift{names}{more}"),
    })
}

/// Whether the samples of a point became larger or smaller while they were taken, beyond the noise.
fn drifts(point: &Point) -> bool {
    if point.samples.len() < ENOUGH {
        return false;
    }
    let (first, second) = point.samples.split_at(point.samples.len() / 2);
    let ratio = Summary::of(second).ratio_to(&Summary::of(first));
    ratio.is_some_and(|ratio| factor(ratio) > DRIFTS)
}

/// If copy_file_range shares blocks, the kernel does the work of FICLONE for it.
fn offload_agrees(evaluation: &Evaluation) -> Option<Check> {
    let section = evaluation.section(Topic::Methods)?;
    if evaluation.no_clones.is_some() { None } else { offload_agrees_in(section) }
}

fn offload_agrees_in(section: &Section) -> Option<Check> {
    let space = section.space.iter().find(|space| space.line == Some(Line::CopyFileRange))?;
    if space.fiemap?.shared < space.length {
        return None;
    }
    let clones = section.points("call", Line::Clone);
    let offloaded = section.points("call", Line::CopyFileRange);
    let pairs = clones.iter().zip(offloaded);
    let (clone, offload) = pairs.max_by(|a, b| apart(a.0, a.1).total_cmp(&apart(b.0, b.1)))?;
    Some(agreement(
        "copy_file_range, which shares blocks here, takes as long as FICLONE",
        (&format!("{} by FICLONE", bytes(clone.x)), clone),
        ("by copy_file_range", offload),
    ))
}

/// The library makes the system call that is measured beside it, and a few small ones: for what
/// takes long, that is the same.
fn library_agrees(evaluation: &Evaluation) -> Option<Check> {
    let section = evaluation.section(Topic::Methods)?;
    let library = section.points("call", Line::Library).last()?;
    let bare = section.points("call", Line::Clone).last()?;
    (bare.summary.median > 1e-3).then(|| {
        agreement(
            "the library takes as long as the system call for the largest file",
            (&format!("{} by FICLONE", bytes(bare.x)), bare),
            ("by the library", library),
        )
    })
}

fn agreement(claim: &str, one: (&str, &Point), other: (&str, &Point)) -> Check {
    let text = |(name, point): (&str, &Point)| format!("{} {name}", seconds(point.summary.median));
    Check {
        claim: claim.to_owned(),
        passed: apart(one.1, other.1) <= AGREES,
        seen: format!("{}, {}; {} is allowed", text(one), text(other), count(AGREES) + " ×"),
    }
}

/// By which factor the medians differ, whichever is the larger.
fn apart(one: &Point, other: &Point) -> f64 {
    factor(one.summary.median / other.summary.median)
}

fn factor(ratio: f64) -> f64 {
    ratio.max(ratio.recip())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::report::{Fiemap, Quantity, Space, Unit};

    fn point(samples: Vec<f64>) -> Point {
        Point { x: 1.0, summary: Summary::of(&samples), samples }
    }

    #[test]
    fn drift_is_seen() {
        let steady: Vec<f64> = (0..20).map(|number| 1.0 + f64::from(number % 3) / 10.0).collect();
        assert!(!drifts(&point(steady.clone())));
        let falling = steady.iter().enumerate().map(|(at, time)| time / (1.0 + at as f64 / 10.0));
        assert!(drifts(&point(falling.collect())));
        assert!(!drifts(&point(vec![1.0, 9.0])));
    }

    #[test]
    fn figures_for_one_thing_must_agree() {
        let (one, near, far) = (point(vec![2.0]), point(vec![1.5]), point(vec![3.1]));
        assert!(agreement("", ("", &one), ("", &near)).passed);
        assert!(!agreement("", ("", &one), ("", &far)).passed);
        assert!(!agreement("", ("", &far), ("", &one)).passed);
    }

    #[test]
    fn copy_file_range_is_as_fast_as_a_clone_if_it_clones() {
        let time: &'static Quantity =
            &Quantity { name: "call", x: ("size", Unit::Bytes), y: ("time", Unit::Seconds) };
        let section = |offloaded, shared| {
            let mut section = Section::new(Topic::Methods);
            section.add(time, Line::Clone, 4096.0, 17e-6);
            section.add(time, Line::CopyFileRange, 4096.0, offloaded);
            let fiemap = Some(Fiemap { shared, exclusive: 4096 - shared, extents: 1 });
            let (what, line) = (String::new(), Some(Line::CopyFileRange));
            section.space.push(Space { what, line, length: 4096, statfs: 0, fiemap });
            section
        };
        assert!(offload_agrees_in(&section(18e-6, 4096)).unwrap().passed);
        assert!(!offload_agrees_in(&section(53e-6, 4096)).unwrap().passed);
        assert!(offload_agrees_in(&section(53e-6, 0)).is_none());
    }
}
