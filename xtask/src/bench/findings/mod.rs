//! What the figures say, in words.

mod summary;

use super::page::units::{bytes, count, seconds, times, with_unit};
use super::report::{Evaluation, Line, Point, Section, Topic, Unit};
use super::statistics::Summary;

/// Puts the findings into an evaluation: one for each section, and the summary at the top.
pub(super) fn add(evaluation: &mut Evaluation) {
    for section in &mut evaluation.sections {
        let finding = match section.topic {
            Topic::Methods => methods(section),
            Topic::Extents => extents(section),
            Topic::Overwrites => overwrites(section),
            Topic::Fragmentation => fragmentation(section),
            Topic::Generations => generations(section),
            Topic::Threads => threads(section),
            Topic::SmallFiles => small_files(section),
            Topic::JustWritten => just_written(section),
        };
        section.finding = finding.unwrap_or_default();
    }
    evaluation.summary = summary::of(evaluation);
}

/// From which size on is a clone worth it?
fn methods(section: &Section) -> Option<String> {
    let copies = section.points("call", Line::ReadWrite);
    let offloaded = section.points("call", Line::CopyFileRange).last();
    let (_, copy) = ends(copies)?;
    let size = bytes(copy.x);
    let Some((small, large)) = ends(section.points("call", Line::Clone)) else {
        let offloaded = &offloaded?.summary;
        let text = against(offloaded, &copy.summary, seconds, "read and write need");
        return Some(format!("copy_file_range copies {size} in {text}."));
    };
    let mut text = format!(
        "A clone of {} takes {}, one of {size} {}",
        bytes(small.x),
        seconds(small.summary.median),
        seconds(large.summary.median)
    );
    if let Some(ratio) = copy.summary.ratio_to(&large.summary) {
        text += &format!("; read and write take {} as long for that", times(ratio));
    }
    text += &format!(". A clone is faster {}", faster_from(section, "call")?);
    if let Some(durable) = faster_from(section, "durable") {
        text += &format!(", and with an fsync after each {durable}");
    }
    let offloaded = section.space.iter().find(|space| space.line == Some(Line::CopyFileRange));
    let shares = offloaded.and_then(|space| Some(space.fiemap?.shared >= space.length));
    Some(
        text + if shares == Some(true) { ". copy_file_range shares blocks here too." } else { "." },
    )
}

/// The smallest size from which on clones are faster than read and write, beyond the noise.
fn faster_from(section: &Section, measure: &str) -> Option<String> {
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

/// What does an extent cost?
fn extents(section: &Section) -> Option<String> {
    let (few, many) = ends(section.points("clone", Line::Clone))?;
    let (number, took) = (count(many.x), seconds(many.summary.median));
    Some(if many.summary.ratio_to(&few.summary).is_none() {
        format!("Up to {number} extents cost nothing beyond the noise.")
    } else {
        let each = (many.summary.median - few.summary.median) / (many.x - few.x);
        format!("An extent costs {}: a file of {number} is cloned in {took}.", seconds(each))
    })
}

/// What does the first write cost?
fn overwrites(section: &Section) -> Option<String> {
    let line = |line| ends(section.points("random", line));
    let (first, unshared) = (line(Line::FirstWrite)?, line(Line::Unshared)?);
    let second = line(Line::SecondWrite)?;
    let mut text = format!(
        "The first write to a block of a clone, with its sync, takes {}; where {} blocks at random \
         places are written before a sync, each takes {}, and once more {}.",
        against(&first.0.summary, &unshared.0.summary, seconds, "an unshared file needs"),
        count(first.1.x),
        against(&first.1.summary, &unshared.1.summary, seconds, "an unshared file needs"),
        seconds(second.1.summary.median),
    );
    // Some filesystems reserve more than they write to.
    for space in &section.space {
        let own = space.fiemap.map_or(0, |map| map.exclusive) as f64;
        let used = space.statfs as f64;
        if own > 0.0 && used > 1.5 * own {
            text += &format!(" {} of free space go for {} of new blocks.", bytes(used), bytes(own));
        }
    }
    Some(text)
}

/// What do many writes make of a clone?
fn fragmentation(section: &Section) -> Option<String> {
    let (_, clone) = ends(section.points("read", Line::Clone))?;
    let (_, unshared) = ends(section.points("read", Line::Unshared))?;
    let speed = |value| with_unit(value, Unit::BytesPerSecond);
    let mut text = format!(
        "After {} random overwrites a clone is read at {}",
        count(clone.x),
        against(&clone.summary, &unshared.summary, speed, "an unshared file gives")
    );
    let last = |line| section.points("extents", line).last();
    if let Some((clone, unshared)) = last(Line::Clone).zip(last(Line::Unshared)) {
        let (clone, unshared) = (count(clone.summary.median), count(unshared.summary.median));
        text += &format!("; it has {clone} extents then, and an unshared file {unshared}");
    }
    Some(text + ".")
}

/// Do clones of clones cost more?
fn generations(section: &Section) -> Option<String> {
    let sentence = |line, what: &str| {
        let (first, last) = ends(section.points("clone", line))?;
        let text = against(&last.summary, &first.summary, seconds, "the first needs");
        Some(format!("clone number {} {what} takes {text}", count(last.x)))
    };
    let deep = sentence(Line::Depth, "in a chain")?;
    let wide = sentence(Line::Width, "of one file")?;
    Some(format!("C{}; {wide}.", &deep[1..]))
}

/// Do threads help?
fn threads(section: &Section) -> Option<String> {
    let line = |line| ends(section.points("clones", line));
    let ((one, many), (one_own, own)) = (line(Line::OneSource)?, line(Line::OwnSources)?);
    let rate = |value| format!("{} clones a second", count(value));
    Some(format!(
        "{} threads make {} of one file; if each has a file of its own, {}.",
        count(many.x),
        against(&many.summary, &one.summary, rate, "one thread makes"),
        against(&own.summary, &one_own.summary, rate, "one thread makes"),
    ))
}

/// Is a clone worth it for small files?
fn small_files(section: &Section) -> Option<String> {
    let sentence = |measure| {
        let clone = section.points(measure, Line::Clone).first()?;
        let copy = section.points(measure, Line::ReadWrite).first()?;
        let text = against(&clone.summary, &copy.summary, seconds, "read and write need");
        Some((bytes(clone.x), text))
    };
    let ((size, clean), (_, dirty)) = (sentence("clean")?, sentence("dirty")?);
    Some(format!("A file of {size} is cloned in {clean}; one that was just written, in {dirty}."))
}

/// Is it worth waiting for the disk?
fn just_written(section: &Section) -> Option<String> {
    let copy = section.points("call", Line::ReadWrite).first()?;
    let clone = section.points("call", Line::Clone).first()?;
    let from = faster_from(section, "call")?;
    let text = against(&clone.summary, &copy.summary, seconds, "read and write need");
    Some(format!(
        "A file of {} that was just written is cloned in {text}. Such a clone is faster {from}.",
        bytes(clone.x)
    ))
}

/// `value`, and how it stands to `base`: "3.9 ms (2 × the 1.95 ms that an unshared file needs)".
fn against(value: &Summary, base: &Summary, text: impl Fn(f64) -> String, who: &str) -> String {
    let (median, base_median) = (text(value.median), text(base.median));
    match value.ratio_to(base) {
        Some(ratio) => format!("{median} ({} the {base_median} that {who})", times(ratio)),
        None => format!("{median} ({who} {base_median}; the noise is larger than the difference)"),
    }
}

/// The first and the last point.
fn ends(points: &[Point]) -> Option<(&Point, &Point)> {
    points.first().zip(points.last())
}
