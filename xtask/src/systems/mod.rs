//! `cargo xtask systems`: type-checks library and command for systems that this machine is not.
//!
//! Clippy checks them against the standard library of each target, which cargo builds from source
//! (`-Zbuild-std`): the sources are those of this very Rust, from Debian's package [`rust-src`](source).
//! Nothing is linked or run, and no target needs to be installed, except with [`--run`](machine).

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};

use self::machine::Machine;
use self::target::TARGETS;
use crate::test::suites;
use crate::work;

mod check;
mod machine;
pub(crate) mod source;
mod target;

/// The room that sources and what is built of them for all targets take.
const ROOM: u64 = 5 << 30;

/// Arguments of `cargo xtask systems`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Only these targets, separated by commas, by rustc's names [default: those that the project names]
    #[arg(long, value_name = "TARGET", value_delimiter = ',')]
    only: Vec<String>,
    /// Instead run tests for these systems, by Wine and by QEMU's user mode
    #[arg(long, value_name = "SYSTEM", value_delimiter = ',', conflicts_with = "only")]
    run: Vec<Machine>,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let work = suites::target_dir()?.join("systems");
    std::fs::create_dir_all(&work).with_context(|| format!("cannot use {}", work.display()))?;
    let _alone = work::lock(&work)?;
    work::check_room(&work, ROOM)?;
    target::check_names(&args.only)?;
    let library = source::library(&work)?;
    let mut rows = Vec::new();
    if !args.run.is_empty() {
        for machine in &args.run {
            println!("==== {}", machine.target());
            let start = Instant::now();
            let is_ok = machine.run(&work, &library)?;
            rows.push((machine.target(), is_ok, start.elapsed()));
        }
        print!("\n{}", render(&rows));
        ensure!(rows.iter().all(|(_, is_ok, _)| *is_ok), "the lines above have what fails");
        return Ok(());
    }
    let checker = check::Checker::new(&work, library)?;

    let only = args.only.iter().map(String::as_str);
    let all = TARGETS.iter().copied();
    let targets: Vec<_> = if args.only.is_empty() { all.collect() } else { only.collect() };
    for target in targets {
        println!("==== {target}");
        let start = Instant::now();
        let is_ok = checker.check(target)?;
        rows.push((target, is_ok, start.elapsed()));
    }
    print!("\n{}", render(&rows));
    ensure!(
        rows.iter().all(|(_, is_ok, _)| *is_ok),
        "the lines above have what does not type-check"
    );
    Ok(())
}

fn render(rows: &[(&str, bool, Duration)]) -> String {
    let line = |(target, is_ok, took): &(&str, bool, Duration)| {
        let verdict = if *is_ok { "ok" } else { "FAILED" };
        format!("{target:<34}  {verdict:<6}  {:4.0} s\n", took.as_secs_f64())
    };
    rows.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_has_the_verdict_and_the_time() {
        let rows = [
            ("x86_64-apple-darwin", true, Duration::from_secs(7)),
            ("mips64-unknown-linux-gnuabi64", false, Duration::from_millis(61_600)),
        ];
        assert_eq!(
            render(&rows),
            "x86_64-apple-darwin                 ok         7 s\n\
             mips64-unknown-linux-gnuabi64       FAILED    62 s\n"
        );
    }
}
