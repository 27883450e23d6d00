//! The measurements, one module a topic.

use anyhow::Result;

use super::ground::Ground;
use super::report::{Section, Topic};

mod dedupe;
mod extents;
mod fragmentation;
mod generations;
mod just_written;
mod methods;
mod overwrites;
mod rounds;
mod small_files;
mod threads;
mod trees;

/// Measures what `section` is about, and adds it there as it comes.
pub(super) fn measure(ground: &Ground<'_>, section: &mut Section) -> Result<()> {
    let topic = match section.topic {
        // These compare clones with other copies; the rest is about nothing else.
        Topic::Methods => return methods::measure(ground, section),
        Topic::SmallFiles => return small_files::measure(ground, section),
        Topic::JustWritten => return just_written::measure(ground, section),
        Topic::Trees => return trees::measure(ground, section),
        Topic::Extents => extents::measure,
        Topic::Overwrites => overwrites::measure,
        Topic::Fragmentation => fragmentation::measure,
        Topic::Generations => generations::measure,
        Topic::Threads => threads::measure,
        Topic::Rounds => rounds::measure,
        Topic::Dedupe => dedupe::measure,
    };
    match &ground.abilities.no_clones {
        Some(reason) => {
            section.missing = Some(format!("nothing can be cloned here: {reason}"));
            Ok(())
        }
        None => topic(ground, section),
    }
}
