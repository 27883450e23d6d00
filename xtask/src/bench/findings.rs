//! What the figures say, in words.

use super::page::units::{bytes, count, seconds, times, with_unit};
use super::report::{Evaluation, Line, Point, Section, Topic};
use super::statistics::Summary;

/// The paragraph at the top of a report.
pub(super) fn summary(evaluation: &Evaluation) -> String {
    let findings = [
        clones(evaluation),
        worth(evaluation),
        extents(evaluation),
        first_write(evaluation),
        fragmentation(evaluation),
        generations(evaluation),
        threads(evaluation),
        noise(evaluation),
    ];
    let findings: Vec<_> = findings.into_iter().flatten().collect();
    findings.join(" ")
}

/// Does it clone, and how long does that take?
fn clones(evaluation: &Evaluation) -> Option<String> {
    let filesystem = &evaluation.environment.filesystem;
    if let Some(reason) = &evaluation.no_clones {
        return Some(format!("This {filesystem} clones nothing: {reason}."));
    }
    let points = points(evaluation, Topic::Methods, "call", Line::Clone);
    let (small, large) = ends(points)?;
    Some(format!(
        "This {filesystem} clones: {} in {}, {} in {}.",
        bytes(small.x),
        seconds(small.summary.median),
        bytes(large.x),
        seconds(large.summary.median)
    ))
}

/// From which size on is a clone worth it?
fn worth(evaluation: &Evaluation) -> Option<String> {
    let section = evaluation.section(Topic::Methods)?;
    let copies = section.points("call", Line::ReadWrite);
    let (_, largest) = ends(copies)?;
    let size = bytes(largest.x);
    if evaluation.no_clones.is_some() {
        let offloaded = section.points("call", Line::CopyFileRange).last()?;
        return Some(format!(
            "{size} takes {} by copy_file_range and {} by read and write.",
            seconds(offloaded.summary.median),
            compared(&largest.summary, &offloaded.summary, seconds),
        ));
    }
    let mut text = faster_from(section, "call")?;
    let clone = section.points("call", Line::Clone).last()?;
    if let Some(ratio) = largest.summary.ratio_to(&clone.summary) {
        text += &format!(" At {size} it is {} faster.", times(ratio));
    }
    if let Some(durable) = faster_from(section, "durable") {
        text += &format!(" With an fsync after each: {}", lower_first(&durable));
    }
    let offloaded = section.space.iter().find(|space| space.line == Some(Line::CopyFileRange));
    let shares = offloaded.and_then(|space| Some(space.fiemap?.shared >= space.length));
    Some(text + if shares == Some(true) { " copy_file_range shares blocks here too." } else { "" })
}

/// The smallest size from which on clones are faster than read and write, beyond the noise.
fn faster_from(section: &Section, measure: &str) -> Option<String> {
    let clones = section.points(measure, Line::Clone);
    let copies = section.points(measure, Line::ReadWrite);
    let faster = |(clone, copy): (&Point, &Point)| {
        copy.summary.ratio_to(&clone.summary).is_some_and(|ratio| ratio > 1.0)
    };
    let pairs = || clones.iter().zip(copies);
    let slower_ones = pairs().rposition(|pair| !faster(pair)).map_or(0, |last| last + 1);
    let Some((from, _)) = pairs().nth(slower_ones) else {
        return pairs()
            .next_back()
            .map(|_| "A clone is at no size faster than read and write.".into());
    };
    Some(if slower_ones == 0 {
        format!("A clone is faster than read and write at every size from {} on.", bytes(from.x))
    } else {
        let before = pairs().nth(slower_ones - 1)?;
        let why = match before.1.summary.ratio_to(&before.0.summary) {
            None => "below that the noise is larger than the difference",
            Some(_) => "below that it is slower",
        };
        format!("A clone is faster than read and write from {} on; {why}.", bytes(from.x))
    })
}

/// What does an extent cost?
fn extents(evaluation: &Evaluation) -> Option<String> {
    let points = points(evaluation, Topic::Extents, "clone", Line::Clone);
    let (few, many) = ends(points)?;
    Some(if many.summary.ratio_to(&few.summary).is_none() {
        format!("Up to {} extents cost nothing beyond the noise.", count(many.x))
    } else {
        let each = (many.summary.median - few.summary.median) / (many.x - few.x);
        format!(
            "An extent costs {}: a file of {} is cloned in {}.",
            seconds(each),
            count(many.x),
            seconds(many.summary.median)
        )
    })
}

/// What does the first write cost?
fn first_write(evaluation: &Evaluation) -> Option<String> {
    let line = |line| points(evaluation, Topic::Overwrites, "random", line);
    let (first, unshared) = (ends(line(Line::FirstWrite))?, ends(line(Line::Unshared))?);
    let second = ends(line(Line::SecondWrite))?;
    Some(format!(
        "The first write to a block of a clone, with its sync, takes {} where an unshared file takes \
         {}; of {} random blocks each takes {}, {} the second time, and {} in an unshared file.",
        seconds(first.0.summary.median),
        compared(&unshared.0.summary, &first.0.summary, seconds),
        count(first.1.x),
        seconds(first.1.summary.median),
        compared(&second.1.summary, &first.1.summary, seconds),
        compared(&unshared.1.summary, &first.1.summary, seconds),
    ))
}

/// What do many writes make of a clone?
fn fragmentation(evaluation: &Evaluation) -> Option<String> {
    let section = evaluation.section(Topic::Fragmentation)?;
    let (few, many) = ends(section.points("read", Line::Clone))?;
    let mut text = format!(
        "After {} random overwrites a clone is read at {}, after {} at {}",
        count(few.x),
        with_unit(few.summary.median, super::report::Unit::BytesPerSecond),
        count(many.x),
        compared(&many.summary, &few.summary, |speed| {
            with_unit(speed, super::report::Unit::BytesPerSecond)
        }),
    );
    let clone = section.points("extents", Line::Clone).last();
    let unshared = section.points("extents", Line::Unshared).last();
    if let Some((clone, unshared)) = clone.zip(unshared) {
        text += &format!(
            "; it has {} extents then, an unshared file {}",
            count(clone.summary.median),
            count(unshared.summary.median)
        );
    }
    Some(text + ".")
}

/// Do clones of clones cost more?
fn generations(evaluation: &Evaluation) -> Option<String> {
    let sentence = |line, of: &str| {
        let (first, last) = ends(points(evaluation, Topic::Generations, "clone", line))?;
        let took = compared(&last.summary, &first.summary, seconds);
        Some(format!("clone number {} {of} takes {took}", count(last.x)))
    };
    let deep = sentence(Line::Depth, "in a chain of clones")?;
    let wide = sentence(Line::Width, "of one file")?;
    let first = points(evaluation, Topic::Generations, "clone", Line::Depth).first()?;
    let took = seconds(first.summary.median);
    Some(format!("The first clone of a file takes {took}; {deep}, and {wide}."))
}

/// Do threads help?
fn threads(evaluation: &Evaluation) -> Option<String> {
    let line = |line| ends(points(evaluation, Topic::Threads, "clones", line));
    let (one, many) = line(Line::OneSource)?;
    let (_, own) = line(Line::OwnSources)?;
    let rate = |value| format!("{} clones a second", count(value));
    Some(format!(
        "One thread makes {}; {} threads make {} of one file, and {} if each has a file of its own.",
        rate(one.summary.median),
        count(many.x),
        compared(&many.summary, &one.summary, rate),
        compared(&own.summary, &one.summary, rate),
    ))
}

/// How far can this be trusted?
fn noise(evaluation: &Evaluation) -> Option<String> {
    let measures = evaluation.sections.iter().flat_map(|section| &section.measures);
    let points: Vec<_> =
        measures.flat_map(|measure| &measure.series).flat_map(|series| &series.points).collect();
    let noisy = points.iter().filter(|point| point.summary.is_noisy()).count();
    let mut text = format!(
        "Of {} points {noisy} are noisy (~): the middle half of their samples spreads over more than \
         a quarter of the median.",
        points.len()
    );
    if evaluation.environment.was_busy() {
        text += &format!(
            " The machine was busy with other work (load {} on {} CPUs when this began): these \
             figures are not to be relied on.",
            evaluation.environment.load.0, evaluation.environment.cpus
        );
    }
    Some(text)
}

/// `value`, and how it compares with `base`.
fn compared(value: &Summary, base: &Summary, text: impl Fn(f64) -> String) -> String {
    let median = text(value.median);
    match value.ratio_to(base) {
        Some(ratio) => format!("{median} ({})", times(ratio)),
        None => format!("{median} (no difference beyond the noise)"),
    }
}

fn points<'e>(evaluation: &'e Evaluation, topic: Topic, measure: &str, line: Line) -> &'e [Point] {
    evaluation.section(topic).map_or(&[], |section| section.points(measure, line))
}

/// The first and the last point.
fn ends(points: &[Point]) -> Option<(&Point, &Point)> {
    points.first().zip(points.last())
}

fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}
