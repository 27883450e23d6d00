//! Runs the suites, place by place.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use super::args::Args;
use super::filesystem::{Place, Size, Volume};
use super::outcome::Outcome;
use super::process::{Interrupt, capture, contained};
use super::scratch::{Fresh, Scratch};
use super::suites::{self, Suite, UNIT};
use super::summary::{Row, time};
use super::system::System;

// The documentation of the parent module explains these variables.
const FS: &str = "REFLINK_TEST_FS";
const DIR: &str = "REFLINK_TEST_DIR";
const OTHER_DIR: &str = "REFLINK_TEST_OTHER_DIR";
const SMALL_DIR: &str = "REFLINK_TEST_SMALL_DIR";
const LOWER_DIR: &str = "REFLINK_TEST_LOWER_DIR";
/// Read by the model test.
const OPS: &str = "REFLINK_TEST_OPS";

/// Everything that a run needs.
pub(super) struct Runner<'a> {
    pub(super) args: &'a Args,
    pub(super) interrupt: Interrupt,
    pub(super) suites: Vec<Suite>,
}

impl Runner<'_> {
    /// Runs the requested suites. It returns an error only if nothing more can run.
    pub(super) fn run(&self) -> Result<Vec<Row>> {
        let scratch = Scratch::new(&match &self.args.work_dir {
            Some(dir) => dir.clone(),
            None => suites::target_dir()?,
        })?;
        let places = match self.args.as_system {
            _ if !self.args.fs.is_empty() => &self.args.fs,
            Some(_) => &System::PLACES[..],
            None => &Place::USUAL[..],
        };
        let mut rows = Vec::new();
        for &place in places {
            let start = Instant::now();
            let mut outcomes = Vec::new();
            let result = match place {
                Place::Host => self.on_host(&mut outcomes),
                _ => self.on_volume(place, &scratch, &mut outcomes),
            };
            // An error that a signal caused is not a failure of this filesystem.
            self.interrupt.check()?;
            let broken = result.err().map(|error| format!("{error:#}"));
            if broken.is_some() || !outcomes.is_empty() {
                let place = place.to_string();
                rows.push(Row { place, outcomes, broken, took: start.elapsed() });
            }
        }
        Ok(rows)
    }

    /// Runs `cargo test`.
    fn on_host(&self, outcomes: &mut Vec<(String, Outcome)>) -> Result<()> {
        if self.wanted(UNIT) {
            let mut command = on_no_volume(&suites::cargo());
            command
                .args(["test", "--no-fail-fast", "--"])
                .args(&self.args.test_args)
                .env("CARGO_TERM_COLOR", "never")
                .current_dir(suites::root());
            if let Some(system) = self.args.as_system {
                system.build_by(&mut command, &suites::target_dir()?);
            }
            let finished = capture(&mut command, &self.interrupt, None, true)?;
            let outcome = Outcome::of_cargo_test(&finished);
            outcomes.push(self.report(Place::Host, UNIT, outcome));
        }
        Ok(())
    }

    /// Mounts a filesystem and runs the suites on it.
    fn on_volume(
        &self,
        place: Place,
        scratch: &Scratch,
        outcomes: &mut Vec<(String, Outcome)>,
    ) -> Result<()> {
        let mut suites: Vec<_> = self.wanted_suites().collect();
        if let (true, Some(system)) = (self.args.suite.is_empty(), self.args.as_system) {
            suites.retain(|suite| match system.leaves_out(&suite.name) {
                Some(why) => {
                    println!("{place:<13}  {:<20}  left out: {why}", suite.name);
                    false
                }
                None => true,
            });
        }
        if suites.is_empty() {
            ensure!(!self.args.suite.is_empty(), "there are no integration tests");
            return Ok(());
        }
        let name = place.to_string();
        let main = Volume::new(place, Size::Roomy, scratch, &name)?;
        let other = Volume::new(Place::Xfs, Size::Roomy, scratch, "other")?;
        for suite in suites {
            let small = Volume::new(place, Size::Small, scratch, "small")?;
            let mut dirs = vec![
                (DIR, Fresh::new(main.dir(), &suite.name)?),
                (OTHER_DIR, Fresh::new(other.dir(), &suite.name)?),
                (SMALL_DIR, Fresh::new(small.dir(), &suite.name)?),
            ];
            if let Some(dir) = main.lower_dir() {
                dirs.push((LOWER_DIR, Fresh::new(&dir, &suite.name)?));
            }
            let mut outcome = self.binary(suite, place, &dirs)?;
            for (_, dir) in dirs {
                outcome.failures.extend(dir.remove().err().map(|error| format!("{error:#}")));
            }
            outcomes.push(self.report(place, &suite.name, outcome));
        }
        Ok(())
    }

    /// Runs a test binary, and shows its output if that is wanted.
    fn binary(&self, suite: &Suite, place: Place, dirs: &[(&str, Fresh)]) -> Result<Outcome> {
        let mut command = on_no_volume(&suite.binary);
        command
            .arg("--include-ignored")
            .args(&self.args.test_args)
            .current_dir(&suite.package_dir)
            .env("CARGO_MANIFEST_DIR", &suite.package_dir);
        command.env(FS, place.to_string());
        command.envs(self.args.ops.map(|ops| (OPS, ops.to_string())));
        command.envs(dirs.iter().map(|(variable, dir)| (variable, dir.path())));
        let heading = format!("---- {place} {} ----", suite.name);
        if self.args.verbose {
            println!("{heading}");
        }
        // A binary that hangs must not hide the results of the others.
        let limit = Duration::from_secs(self.args.limit * 60);
        let finished = capture(&mut command, &self.interrupt, Some(limit), self.args.verbose)?;
        let mut outcome = Outcome::of_binary(&finished);
        if !outcome.is_ok() && !self.args.verbose {
            print!("{heading}{}", finished.output);
        }
        if outcome.is_ok() && outcome.counts.run() == 0 && self.args.test_args.is_empty() {
            outcome.failures.push("it has no tests".to_owned());
        }
        Ok(outcome)
    }

    /// Prints the result of a suite.
    fn report(&self, place: Place, suite: &str, outcome: Outcome) -> (String, Outcome) {
        println!("{place:<13}  {suite:<20}  {outcome:<20}  {}", time(outcome.took));
        (suite.to_owned(), outcome)
    }

    fn wanted_suites(&self) -> impl Iterator<Item = &Suite> {
        self.suites.iter().filter(|suite| self.wanted(&suite.name))
    }

    fn wanted(&self, suite: &str) -> bool {
        self.args.suite.is_empty() || self.args.suite.iter().any(|name| name == suite)
    }
}

/// A [`contained`] command without the variables of a filesystem under test, even if the caller has
/// set them.
fn on_no_volume(program: &Path) -> Command {
    let mut command = contained(program);
    for variable in [FS, DIR, OTHER_DIR, SMALL_DIR, LOWER_DIR] {
        command.env_remove(variable);
    }
    command
}
