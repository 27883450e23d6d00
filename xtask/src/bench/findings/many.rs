//! What is found out about many clones and small files.

use super::phrases::{against, ends, faster_from};
use crate::bench::page::units::{bytes, count, seconds};
use crate::bench::report::{Line, Point, Section};

/// Do clones of clones cost more?
pub(super) fn generations(section: &Section) -> Option<String> {
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
pub(super) fn threads(section: &Section) -> Option<String> {
    let line = |line| ends(section.points("clones", line));
    let ((one, many), (one_own, own)) = (line(Line::OneSource)?, line(Line::OwnSources)?);
    let rate = |value| format!("{} clones a second", count(value));
    let helps = |many: &Point, one: &Point| many.summary.ratio_to(&one.summary).map(|r| r > 1.0);
    let verdict = match (helps(many, one), helps(own, one_own)) {
        (Some(true), Some(true)) => "Threads help",
        (Some(true), _) => "Threads help to clone one file",
        (_, Some(true)) => "Threads help to clone different files",
        (Some(false), Some(false)) => "Threads do harm",
        _ => "Threads do not help beyond the noise",
    };
    Some(format!(
        "{verdict}: {} threads make {} of one file; if each has a file of its own, {}.",
        count(many.x),
        against(&many.summary, &one.summary, rate, "one thread makes"),
        against(&own.summary, &one_own.summary, rate, "one thread makes"),
    ))
}

/// Is a clone worth it for small files?
pub(super) fn small_files(section: &Section) -> Option<String> {
    let sentence = |measure| {
        let clone = section.points(measure, Line::Clone).first()?;
        let copy = section.points(measure, Line::ReadWrite).first()?;
        let text = against(&clone.summary, &copy.summary, seconds, "read and write need");
        Some((bytes(clone.x), text))
    };
    let ((size, clean), (_, dirty)) = (sentence("clean")?, sentence("dirty")?);
    let mut text = format!(
        "A small file of {size} is opened and cloned in {clean}; just written, in {dirty}."
    );
    let first = |line| section.points("dirty", line).first();
    if let Some((sync, clone)) = first(Line::SyncFirst).zip(first(Line::Clone)) {
        let verdict = match sync.summary.ratio_to(&clone.summary) {
            Some(ratio) if ratio < 1.0 => "Sync before many of those are cloned",
            Some(_) => "Do not sync before those are cloned",
            None => "A sync before makes no difference beyond the noise",
        };
        text += &format!(
            " {verdict}: with a sync of the filesystem first, each takes {}.",
            seconds(sync.summary.median)
        );
    }
    Some(text)
}

/// Is it worth waiting for the disk?
pub(super) fn just_written(section: &Section) -> Option<String> {
    let copy = section.points("call", Line::ReadWrite).first()?;
    let clone = section.points("call", Line::Clone).first()?;
    let from = faster_from(section, "call")?;
    let text = against(&clone.summary, &copy.summary, seconds, "read and write need");
    Some(format!(
        "A file of {} that was just written is cloned in {text}. Such a clone is faster {from}.",
        bytes(clone.x)
    ))
}
