//! Many threads that clone at once.

use std::path::PathBuf;
use std::sync::Barrier;
use std::time::Instant;

use anyhow::{Context as _, Result, anyhow};

use crate::bench::ground::Ground;
use crate::bench::page::units::count;
use crate::bench::report::{Line, Quantity, Section, Unit};
use crate::bench::space::Watch;
use crate::bench::way::clone;

const CLONES: Quantity = Quantity {
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
    for &threads in numbers {
        let threads_usize = usize::try_from(threads)?;
        let mut noted = threads != most;
        ground.rounds(|| {
            for line in [Line::OneSource, Line::OwnSources] {
                let dir = ground.subdir("clones")?;
                let watch = (!noted).then(|| Watch::start(ground)).transpose()?;
                let jobs = (0..threads_usize)
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
                section.add(&CLONES, line, threads as f64, clones / seconds);
                if let Some(watch) = watch {
                    let what = format!("{} clones by {threads} threads", count(clones));
                    let files: Vec<_> = jobs.iter().flat_map(|(_, made)| made).collect();
                    watch.note(section, what, Some(line), &files)?;
                }
                std::fs::remove_dir_all(dir)?;
            }
            noted = true;
            Ok(())
        })?;
    }
    Ok(())
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
