//! The evaluation of one filesystem, section by section.

use std::path::Path;
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};

use super::checks;
use super::environment::{self, Environment};
use super::findings;
use super::ground::{Abilities, Ground};
use super::page::units::bytes;
use super::plan::Plan;
use super::report::{Effort, Evaluation, Section, Topic};
use super::sections;
use super::settle::{Settler, Usage};
use crate::test::process::Interrupt;

/// Evaluates the filesystem of `parent`, in a directory of its own there.
///
/// A section that fails says so in the report, and the others are measured all the same. After a
/// signal the report holds what was measured until then.
pub(super) fn evaluate(
    parent: &Path,
    label: &str,
    effort: Effort,
    topics: &[Topic],
    load_before: f64,
    interrupt: &Interrupt,
) -> Result<Evaluation> {
    let plan = Plan::new(effort);
    let free = Usage::of(parent)?.available;
    ensure!(
        free >= plan.space,
        "{} has {} free, and this needs {}",
        parent.display(),
        bytes(free as f64),
        bytes(plan.space as f64)
    );
    let others = if effort == Effort::Smoke { 0.0 } else { environment::others() };
    let dir = directory(parent)?;
    let start = Instant::now();
    let abilities = Abilities::of(dir.path())?;
    let settler = Settler::new(plan.settling);
    let mut evaluation = Evaluation {
        label: label.to_owned(),
        started: jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        seconds: 0.0,
        effort,
        interrupted: false,
        failed: Vec::new(),
        environment: Environment::of(dir.path(), abilities.block, load_before, others)?,
        no_clones: abilities.no_clones.clone(),
        summary: Vec::new(),
        checks: Vec::new(),
        comparison: None,
        sections: Vec::new(),
    };
    for &topic in topics {
        let begun = Instant::now();
        let mut section = {
            let dir = directory(dir.path())?;
            let ground = Ground {
                dir: dir.path(),
                plan: &plan,
                abilities: &abilities,
                settler: &settler,
                interrupt,
            };
            let (section, failed) = measure(topic, &ground);
            evaluation.failed.extend(failed.then_some(topic));
            dir.close().context("cannot remove what was measured")?;
            section
        };
        let missing = section.missing.as_ref().map(|why| format!(" ({why})")).unwrap_or_default();
        section.seconds = begun.elapsed().as_secs_f64();
        println!("{label}: {:>4.0} s  {}{missing}", section.seconds, topic.title());
        evaluation.sections.push(section);
    }
    evaluation.interrupted = interrupt.check().is_err();
    evaluation.seconds = start.elapsed().as_secs_f64();
    println!("{label}: {:>4.0} s  in all", evaluation.seconds);
    evaluation.environment.load.1 = environment::load();
    findings::add(&mut evaluation);
    checks::add(&mut evaluation, settler.rests());
    for check in evaluation.failed_checks() {
        eprintln!("warning: {label}: a check failed: {}: {}", check.claim, check.seen);
    }
    Ok(evaluation)
}

/// Measures one section; also whether it failed.
fn measure(topic: Topic, ground: &Ground<'_>) -> (Section, bool) {
    let mut section = Section::new(topic);
    let mut failed = false;
    let result = ground.interrupt.check().and_then(|()| sections::measure(ground, &mut section));
    if let Err(error) = result {
        section.missing = Some(match ground.interrupt.check() {
            Err(_) => "interrupted".to_owned(),
            Ok(()) => {
                failed = true;
                format!("it failed: {error:#}")
            }
        });
    }
    (section, failed)
}

/// A new directory in `parent` that is removed on drop with all that is in it.
fn directory(parent: &Path) -> Result<tempfile::TempDir> {
    tempfile::Builder::new()
        .prefix("reflink-bench-")
        .tempdir_in(parent)
        .with_context(|| format!("cannot create a directory in {}", parent.display()))
}
