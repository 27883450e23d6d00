//! The summary at the top: what to do on this filesystem.

use crate::bench::report::{Evaluation, Topic};

/// The topics whose findings decide what to do, in the order of the summary.
const DECISIVE: &[Topic] = &[
    Topic::Methods,
    Topic::Extents,
    Topic::Overwrites,
    Topic::Fragmentation,
    Topic::JustWritten,
    Topic::SmallFiles,
    Topic::Threads,
];

/// A sentence or two for each thing to know.
pub(super) fn of(evaluation: &Evaluation) -> Vec<String> {
    let filesystem = &evaluation.environment.filesystem;
    let clones = match &evaluation.no_clones {
        Some(reason) => format!("This {filesystem} clones nothing: {reason}."),
        None => format!("This {filesystem} clones."),
    };
    let findings = DECISIVE.iter().filter_map(|topic| {
        let finding = &evaluation.section(*topic)?.finding;
        (!finding.is_empty()).then(|| finding.clone())
    });
    std::iter::once(clones).chain(findings).chain([noise(evaluation)]).collect()
}

/// How far can this be trusted?
fn noise(evaluation: &Evaluation) -> String {
    let measures = evaluation.sections.iter().flat_map(|section| &section.measures);
    let points: Vec<_> =
        measures.flat_map(|measure| &measure.series).flat_map(|series| &series.points).collect();
    let noisy = points.iter().filter(|point| point.summary.is_noisy()).count();
    format!("{noisy} of {} figures are noisy.", points.len())
}
