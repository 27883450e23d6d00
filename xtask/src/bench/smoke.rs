//! What a report must hold: `--smoke` ends with this.

use anyhow::{Context as _, Result, ensure};

use super::report::{Evaluation, Line, Report, Topic};

/// Checks that every section that is wanted is there, and that what is called a clone shares its blocks.
pub(super) fn check(report: &Report, wanted: &[Topic]) -> Result<()> {
    ensure!(!report.evaluations.is_empty(), "the report is empty");
    report.evaluations.iter().try_for_each(|one| {
        check_evaluation(one, wanted)
            .with_context(|| format!("the report of {} is wrong", one.label))
    })
}

fn check_evaluation(evaluation: &Evaluation, wanted: &[Topic]) -> Result<()> {
    let topics: Vec<_> = evaluation.sections.iter().map(|section| section.topic).collect();
    ensure!(topics == wanted, "it has the sections {topics:?}");
    let clones = evaluation.no_clones.is_none();
    let filesystem = evaluation.environment.filesystem.as_str();
    match filesystem {
        "xfs" | "btrfs" => ensure!(clones, "{filesystem} was not cloned on"),
        "ext4" | "tmpfs" => ensure!(!clones, "{filesystem} cannot have cloned"),
        _ => {}
    }
    for section in &evaluation.sections {
        let topic = section.topic;
        let compares = matches!(topic, Topic::Methods | Topic::SmallFiles | Topic::JustWritten);
        if clones || compares || topic == Topic::Trees {
            let missing = section.missing.as_deref();
            ensure!(missing.is_none(), "{topic:?} is missing: {missing:?}");
            ensure!(!section.measures.is_empty(), "{topic:?} has no measures");
            ensure!(!section.space.is_empty(), "{topic:?} says nothing of space");
        } else {
            ensure!(section.missing.is_some(), "{topic:?} does not say why it is empty");
        }
        for measure in &section.measures {
            let has_clones = measure.series.iter().any(|series| series.line == Line::Clone);
            ensure!(!compares || has_clones == clones, "{topic:?}: clones: {has_clones}");
            for point in measure.series.iter().flat_map(|series| &series.points) {
                ensure!(
                    point.samples.iter().all(|sample| *sample > 0.0),
                    "{topic:?}, {}: not all samples are positive",
                    measure.name
                );
            }
        }
        for space in section.space.iter().filter(|space| space.line == Some(Line::Clone)) {
            let Some(map) = space.fiemap else { continue };
            // Of a clone that was written to, or whose source was, the rest is shared still.
            let written = matches!(topic, Topic::Fragmentation | Topic::Rounds);
            let share = if written { 1 } else { map.shared + map.exclusive };
            ensure!(map.shared >= share && share > 0, "{topic:?}: {} shares nothing", space.what);
        }
    }
    Ok(())
}
