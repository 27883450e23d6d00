//! What is found out about trees, and about data that are equal.

use super::phrases::{against, ends};
use crate::bench::page::units::{bytes, count, seconds, with_unit};
use crate::bench::report::{Line, Section, Unit};

/// What do snapshots of a tree cost?
pub(super) fn rounds(section: &Section) -> Option<String> {
    let last = |measure, line| Some(ends(section.points(measure, line))?.1);
    let pair = |measure| Some((last(measure, Line::Clone)?, last(measure, Line::ReadWrite)?));
    let (copy, write, read) = (pair("copy")?, pair("write")?, pair("read")?);
    let (space, copied) = pair("space")?;
    let speed = |value| with_unit(value, Unit::BytesPerSecond);
    Some(format!(
        "Round {}: the tree is cloned in {}; the writes to it take {}, and it is read at {}. All \
         clones take {} of free space, all copies {}.",
        count(copy.0.x),
        against(&copy.0.summary, &copy.1.summary, seconds, "a copy needs"),
        against(&write.0.summary, &write.1.summary, seconds, "they take after copies"),
        against(&read.0.summary, &read.1.summary, speed, "it has after copies"),
        bytes(space.summary.median),
        bytes(copied.summary.median),
    ))
}

/// Is the library faster than cp?
pub(super) fn trees(section: &Section) -> Option<String> {
    let sentence = |measure| {
        let tree = section.points(measure, Line::Tree).last()?;
        let cp = section.points(measure, Line::CpArchive).last()?;
        let text = against(&tree.summary, &cp.summary, seconds, "cp -a needs");
        Some((count(tree.x), text))
    };
    let ((files, clean), (_, dirty)) = (sentence("clean")?, sentence("dirty")?);
    Some(format!(
        "reflink::tree copies a tree of {files} files in {clean} a file; one that was just written, \
         in {dirty} a file."
    ))
}

/// What does it cost to make data shared?
pub(super) fn dedupe(section: &Section) -> Option<String> {
    let equal = section.points("gib", Line::Equal).last()?;
    let unequal = section.points("gib", Line::Unequal).last()?;
    Some(format!(
        "To dedupe 1 GiB in files of {} takes {}; if the last byte differs, {}.",
        bytes(equal.x),
        seconds(equal.summary.median),
        seconds(unequal.summary.median)
    ))
}
