//! `cargo xtask bench`: what cloning costs on a filesystem.
//!
//! An evaluation asks the questions of [`report::Topic`], each of them a module in [`sections`], and
//! collects samples in a [`report::Report`]. What is made of them is in [`page`]: plots, tables and
//! words. The files that it writes, [`output`] knows.

use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};

use self::baseline::Baseline;
use self::report::{Effort, Report, SCHEMA, Topic};
use crate::test::filesystem::{Place, Size, Volume};
use crate::test::process::Interrupt;

mod baseline;
mod check;
mod checks;
mod compare;
mod docs;
mod environment;
mod evaluate;
mod findings;
mod fresh;
mod ground;
mod kept;
mod loops;
mod output;
mod page;
mod plan;
mod report;
mod sections;
mod settle;
mod smoke;
mod space;
pub(crate) mod statistics;
mod turns;
mod way;

/// Arguments of `cargo xtask bench`.
#[derive(clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Option<Command>,
    /// Evaluate the filesystem of this directory; what is made there is removed again
    #[arg(long, value_name = "DIR")]
    dir: Vec<PathBuf>,
    /// Evaluate fresh filesystems in image files, as root; several are separated by commas
    #[arg(long, value_name = "NAME", value_delimiter = ',', value_parser = fresh::filesystems())]
    fs: Vec<Place>,
    /// More options for the mkfs of each filesystem of --fs, such as "-b size=64k"
    #[arg(long, value_name = "OPTIONS", requires = "fs", allow_hyphen_values = true)]
    mkfs_options: Option<String>,
    /// Take one or two minutes for each instead of eight to ten
    #[arg(long)]
    quick: bool,
    /// Take a few seconds: check that everything works, and measure nothing that means anything
    #[arg(long, conflicts_with = "quick")]
    smoke: bool,
    /// Measure these sections only; several are separated by commas
    #[arg(long, value_name = "SECTION", value_delimiter = ',')]
    only: Vec<Topic>,
    /// Compare with this earlier report.json, and name what changed beyond the noise
    #[arg(long, value_name = "FILE", conflicts_with = "smoke")]
    baseline: Option<PathBuf>,
    /// Where the reports are written
    #[arg(long, value_name = "DIR", default_value = "target/bench")]
    out: PathBuf,
    /// A directory with some GiB of room, for disk images [default: cargo's target directory]
    #[arg(long, value_name = "DIR", requires = "fs")]
    work_dir: Option<PathBuf>,
    /// If Debian packages are missing, do not install them, but fail and name them
    #[arg(long, requires = "fs")]
    no_install: bool,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Compare a quick evaluation of fresh filesystems with plain loops of the same system calls
    Check(check::Args),
    /// Show two reports or more side by side
    Compare(compare::Args),
    /// Write the figures and pictures of a full report into README.md, BENCHMARKS.md and docs/images
    Docs(docs::Args),
    /// Print the JSON schema of report.json
    Schema,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    match &args.command {
        Some(Command::Check(args)) => check::run(args),
        Some(Command::Compare(args)) => compare::run(args),
        Some(Command::Docs(args)) => docs::run(args),
        Some(Command::Schema) => {
            print!("{}", report::schema()?);
            Ok(())
        }
        None => evaluate_all(args),
    }
}

fn evaluate_all(args: &Args) -> Result<()> {
    ensure!(
        !args.dir.is_empty() || !args.fs.is_empty(),
        "--dir PATH evaluates the filesystem there, --fs xfs,btrfs fresh ones in image files"
    );
    for dir in &args.dir {
        ensure!(dir.is_dir(), "--dir {}: there is no such directory", dir.display());
    }
    output::create(&args.out)?;
    let topics: Vec<_> = Topic::ALL
        .into_iter()
        .filter(|topic| args.only.is_empty() || args.only.contains(topic))
        .collect();
    let mkfs_options = args.mkfs_options.as_deref().unwrap_or_default();
    let fresh = |place: &Place| format!("{place} {mkfs_options}").trim_end().to_owned();
    let names = args.dir.iter().map(|dir| type_of(dir)).chain(args.fs.iter().map(fresh));
    let labels = labels(names);
    let baseline = args.baseline.as_ref().map(|path| Baseline::read(path, &labels)).transpose()?;
    if !args.fs.is_empty() {
        fresh::prepare(!args.no_install)?;
    }
    let interrupt = Interrupt::catch()?;
    let effort = match (args.smoke, args.quick) {
        (true, _) => Effort::Smoke,
        (_, true) => Effort::Quick,
        _ => Effort::Full,
    };
    let mut report = Report { schema: SCHEMA, evaluations: Vec::new() };
    let load_before = environment::load();
    let mut labels = labels.into_iter();
    let mut add = |dir: &Path| -> Result<()> {
        let label = labels.next().unwrap_or_default();
        let mut evaluation =
            evaluate::evaluate(dir, &label, effort, &topics, load_before, &interrupt)?;
        evaluation.comparison = baseline.as_ref().and_then(|old| old.compare(&evaluation));
        report.evaluations.push(evaluation);
        // After each: what was measured is not lost to what comes.
        output::write(&report, &args.out)?;
        interrupt.check()
    };
    for dir in &args.dir {
        add(dir)?;
    }
    if !args.fs.is_empty() {
        let scratch = fresh::scratch(args.work_dir.as_deref())?;
        let options: Vec<_> = mkfs_options.split_whitespace().map(str::to_owned).collect();
        for &place in &args.fs {
            let name = place.to_string();
            let volume = Volume::with_options(place, Size::Roomy, &scratch, &name, &options)?;
            add(volume.dir())?;
        }
    }
    let failed: usize = report.evaluations.iter().map(|one| one.failed.len()).sum();
    ensure!(
        failed == 0,
        "{failed} sections failed; the report has what was measured, and the reasons"
    );
    if args.smoke {
        smoke::check(&output::read(&args.out.join("report.json"))?, &topics)?;
        println!("every section is there, and what is called a clone is one");
    }
    Ok(())
}

/// The names of the evaluations: each with a number if it was there before.
fn labels(names: impl Iterator<Item = String>) -> Vec<String> {
    let mut labels: Vec<String> = Vec::new();
    for name in names {
        let numbered = (2..).map(|number| format!("{name} {number}"));
        let mut free = std::iter::once(name.clone()).chain(numbered);
        labels.extend(free.find(|label| !labels.contains(label)));
    }
    labels
}

/// The type of the filesystem of `dir`, as far as that is known.
fn type_of(dir: &Path) -> String {
    let probe = reflink::probe(dir).ok();
    probe.and_then(|probe| probe.filesystem).map_or("unknown".to_owned(), |fs| fs.to_string())
}
