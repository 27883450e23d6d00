//! What is found out about one clone.

use super::phrases::{against, ends, faster_from};
use crate::bench::page::units::{bytes, count, seconds, times, with_unit};
use crate::bench::report::{Line, Point, Section, Unit};

/// From which size on is a clone worth it?
pub(super) fn methods(section: &Section) -> Option<String> {
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

/// What does an extent cost?
pub(super) fn extents(section: &Section) -> Option<String> {
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
pub(super) fn overwrites(section: &Section) -> Option<String> {
    let line = |line| ends(section.points("random", line));
    let (first, unshared) = (line(Line::FirstWrite)?, line(Line::Unshared)?);
    let second = line(Line::SecondWrite)?;
    let mut text = format!(
        "The first write to a block of a clone, with its sync, takes {}. If {} blocks at random \
         places are written before a sync, each takes {}, and if they are written once more, {}.",
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
            text += &format!(
                " They take {} of free space for {} of new blocks.",
                bytes(used),
                bytes(own)
            );
        }
    }
    Some(text)
}

/// What do many writes make of a clone?
pub(super) fn fragmentation(section: &Section) -> Option<String> {
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
        text += &format!("; extents: {clone} in a clone, {unshared} in an unshared file");
    }
    Some(text + ". " + &defragment(section))
}

/// A clone that is read at this part of an unshared file's speed is worth defragmenting.
const SLOW: f64 = 0.5;

/// When should a clone be defragmented?
fn defragment(section: &Section) -> String {
    let clones = section.points("read", Line::Clone);
    let unshared = section.points("read", Line::Unshared);
    let slow = |(clone, other): &(&Point, &Point)| {
        clone.summary.ratio_to(&other.summary).is_some_and(|ratio| ratio < SLOW)
    };
    // From there on: a single step may be noise.
    let pairs: Vec<_> = clones.iter().zip(unshared).collect();
    let from = pairs.iter().rposition(|pair| !slow(pair)).map_or(0, |last| last + 1);
    match pairs.get(from) {
        Some((clone, _)) => {
            let extents = section.points("extents", Line::Clone);
            let extents = extents.iter().find(|point| point.x == clone.x);
            let extents = extents.map_or(String::new(), |point| {
                format!(" ({} extents)", count(point.summary.median))
            });
            format!(
                "From {} overwrites on{extents} a clone is read at less than half the speed of an \
                 unshared file: defragment it then, or copy it without sharing.",
                count(clone.x)
            )
        }
        None => {
            "After none of these steps is a clone read at less than half the speed of an unshared \
                 file."
                .to_owned()
        }
    }
}
