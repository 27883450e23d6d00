//! What the figures say, in words.

mod many;
mod phrases;
mod single;
mod summary;
mod trees;

use super::report::{Evaluation, Topic};

/// Puts the findings into an evaluation: one for each section, and the summary at the top.
pub(super) fn add(evaluation: &mut Evaluation) {
    for section in &mut evaluation.sections {
        let finding = match section.topic {
            Topic::Methods => single::methods(section),
            Topic::Extents => single::extents(section),
            Topic::Overwrites => single::overwrites(section),
            Topic::Fragmentation => single::fragmentation(section),
            Topic::Generations => many::generations(section),
            Topic::Threads => many::threads(section),
            Topic::SmallFiles => many::small_files(section),
            Topic::Rounds => trees::rounds(section),
            Topic::Trees => trees::trees(section),
            Topic::Dedupe => trees::dedupe(section),
            Topic::JustWritten => many::just_written(section),
        };
        section.finding = finding.unwrap_or_default();
    }
    evaluation.summary = summary::of(evaluation);
}
