//! Many threads that clone at once.

use std::path::PathBuf;
use std::sync::Barrier;
use std::time::Instant;

use anyhow::{Context as _, Result, anyhow};

use crate::bench::ground::Ground;
use crate::bench::page::units::count;
use crate::bench::report::{Line, Quantity, Section, Space, Unit};
use crate::bench::space::Watch;
use crate::bench::turns::{Pace, Sample};
use crate::bench::way::clone;

static CLONES: Quantity = Quantity {
    name: "clones",
    x: ("threads", Unit::Count),
    y: ("clones a second", Unit::PerSecond),
};

/// The size of the files that are cloned.
const SIZE: u64 = 1 << 20;

pub(super) fn measure(ground: &Ground<'_>, section: &mut Section) -> Result<()> {
    let (numbers, each) = ground.plan.threads;
    let most = numbers.iter().copied().max().unwrap_or(0);
    let sources = (0..most)
        .map(|thread| ground.source(&format!("source-{thread}"), SIZE))
        .collect::<Result<Vec<_>>>()?;
    let jobs: Vec<_> = numbers
        .iter()
        .flat_map(|&threads| [(Line::OneSource, threads), (Line::OwnSources, threads)])
        .collect();
    let mut space: Vec<Space> = Vec::new();
    let mut kept = ground.kept("clones")?;
    ground.turns(section, Pace::Short, &jobs, |(line, threads)| {
        let dir = kept.next_dir(threads * each * ground.room(0))?;
        let note = threads == most && space.iter().all(|space| space.line != Some(line));
        let watch = note.then(|| Watch::start(ground)).transpose()?;
        let jobs = (0..usize::try_from(threads)?)
            .map(|thread| {
                let to = dir.join(thread.to_string());
                std::fs::create_dir(&to)?;
                let source = if line == Line::OneSource { 0 } else { thread };
                let to = (0..each).map(|number| to.join(number.to_string())).collect();
                Ok((sources[source].clone(), to))
            })
            .collect::<Result<Vec<(PathBuf, Vec<PathBuf>)>>>()?;
        let seconds = at_once(&jobs)?;
        let clones = (threads * each) as f64;
        if let Some(watch) = watch {
            let what = format!("{} clones by {threads} threads", count(clones));
            let files: Vec<_> = jobs.iter().flat_map(|(_, made)| made).collect();
            space.push(watch.taken(what, Some(line), &files)?);
        }
        Ok(vec![Sample { of: &CLONES, line, x: threads as f64, value: clones / seconds }])
    })?;
    section.space.extend(space);
    kept.end()
}

/// Clones the file of each job to each of its paths, one thread a job; the seconds from the first
/// thread's start to the last one's end.
fn at_once(jobs: &[(PathBuf, Vec<PathBuf>)]) -> Result<f64> {
    let barrier = Barrier::new(jobs.len());
    let work = |(from, to): &(PathBuf, Vec<PathBuf>)| {
        barrier.wait();
        let start = Instant::now();
        to.iter().try_for_each(|to| clone(from, to))?;
        Ok((start, Instant::now()))
    };
    let times = std::thread::scope(|scope| {
        let threads: Vec<_> = jobs.iter().map(|job| scope.spawn(|| work(job))).collect();
        let joined = threads.into_iter().map(|thread| thread.join());
        joined
            .map(|result| result.unwrap_or_else(|_| Err(anyhow!("a thread panicked"))))
            .collect::<Result<Vec<_>>>()
    })?;
    let start = times.iter().map(|(start, _)| *start).min();
    let end = times.iter().map(|(_, end)| *end).max();
    let (start, end) = start.zip(end).context("no threads")?;
    Ok((end - start).as_secs_f64())
}
