//! `cargo xtask bench check`: whether an evaluation says what is so.

use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};

use super::loops::{self, Medians};
use super::page::units::{count, seconds};
use super::report::{Effort, Evaluation, Line, Topic};
use super::{environment, evaluate, fresh};
use crate::test::filesystem::{Place, Size, Volume};
use crate::test::process::Interrupt;

/// How far an evaluation may be from the loops before and after it.
const LIMIT: f64 = 1.5;

/// The sections with the figures that are compared.
const TOPICS: [Topic; 3] = [Topic::Methods, Topic::Extents, Topic::JustWritten];

/// What is checked, and where.
#[derive(clap::Args)]
pub(super) struct Args {
    /// Fresh filesystems that can clone, in image files; several are separated by commas
    #[arg(long, value_name = "NAME", value_delimiter = ',', default_value = "xfs,btrfs",
          value_parser = fresh::filesystems())]
    fs: Vec<Place>,
    /// A directory with some GiB of room, for disk images [default: cargo's target directory]
    #[arg(long, value_name = "DIR")]
    work_dir: Option<PathBuf>,
    /// If Debian packages are missing, do not install them, but fail and name them
    #[arg(long)]
    no_install: bool,
}

pub(super) fn run(args: &Args) -> Result<()> {
    fresh::prepare(!args.no_install)?;
    let interrupt = Interrupt::catch()?;
    let scratch = fresh::scratch(args.work_dir.as_deref())?;
    let mut wrong = 0;
    for &place in &args.fs {
        let name = place.to_string();
        let volume = Volume::new(place, Size::Roomy, &scratch, &name)?;
        wrong += check(volume.dir(), &name, &interrupt)?;
    }
    ensure!(wrong == 0, "{wrong} figures are more than {LIMIT} × off");
    Ok(())
}

/// Prints a line for each figure; how many of them are wrong.
fn check(dir: &Path, name: &str, interrupt: &Interrupt) -> Result<usize> {
    // Each finds an idle filesystem: what the one before has removed is being freed.
    let rest = || sleep(Duration::from_secs(2));
    let before = loops::measure(dir)?;
    interrupt.check()?;
    rest();
    let load = environment::load();
    let evaluation = evaluate::evaluate(dir, name, Effort::Quick, &TOPICS, load, interrupt)?;
    interrupt.check()?;
    rest();
    let after = loops::measure(dir)?;
    let mut wrong = 0;
    for claim in &CLAIMS {
        let said = claim.said(&evaluation)?;
        let (one, other) = ((claim.of)(&before), (claim.of)(&after));
        let holds = said <= LIMIT * one.max(other) && said >= one.min(other) / LIMIT;
        wrong += usize::from(!holds);
        println!(
            "{name}: {}: {} in the report, {} and {} in loops before and after: {} {}",
            claim.what,
            seconds(said),
            seconds(one),
            seconds(other),
            count(said / (one * other).sqrt()) + " ×",
            if holds { "ok" } else { "WRONG" }
        );
    }
    Ok(wrong)
}

/// A figure of a report, and the loop that measures the same.
struct Claim {
    what: &'static str,
    at: (Topic, &'static str, Line, f64),
    of: fn(&Medians) -> f64,
}

const SMALL: f64 = 4096.0;

const CLAIMS: [Claim; 5] = [
    Claim {
        what: "a clone of 4 KiB",
        at: (Topic::Methods, "call", Line::Clone, SMALL),
        of: |loops| loops.clone_small,
    },
    Claim {
        what: "a clone of 1 GiB",
        at: (Topic::Methods, "call", Line::Clone, loops::LARGE as f64),
        of: |loops| loops.clone_large,
    },
    Claim {
        what: "reading and writing 4 KiB",
        at: (Topic::Methods, "call", Line::ReadWrite, SMALL),
        of: |loops| loops.read_write_small,
    },
    Claim {
        what: "a clone of 1,000 extents",
        at: (Topic::Extents, "clone", Line::Clone, loops::EXTENTS as f64),
        of: |loops| loops.clone_extents,
    },
    Claim {
        what: "a clone of 4 KiB that were just written",
        at: (Topic::JustWritten, "call", Line::Clone, SMALL),
        of: |loops| loops.clone_dirty,
    },
];

impl Claim {
    fn said(&self, evaluation: &Evaluation) -> Result<f64> {
        let (topic, measure, line, x) = self.at;
        let points = evaluation.section(topic).map(|section| section.points(measure, line));
        let point = points.unwrap_or_default().iter().find(|point| point.x == x);
        Ok(point
            .with_context(|| format!("the report has nothing of {}", self.what))?
            .summary
            .median)
    }
}
