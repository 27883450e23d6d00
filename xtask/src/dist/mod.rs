//! `cargo xtask dist`: what a release has.
//!
//! For each [`Target`], from the committed files alone: a static binary, an archive with it, and a Debian
//! package. The files depend on the commit and on the tools, and on nothing else: not on the directory, the
//! time or the user. `--check` builds everything a second time in another directory and compares, has
//! lintian and mandoc read the packages and pages, and installs, uses and removes one on a new machine.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, Result, ensure};

use self::files::files;
use self::target::Target;
use crate::systems;
use crate::test::process::Interrupt;
use crate::test::{install, suites};
use crate::work;

mod archive;
mod build;
mod c_library;
mod check;
mod deb;
mod files;
mod licences;
mod pages;
mod parts;
mod release;
mod source;
mod start;
mod target;

/// The room for sources, two builds and a root directory.
const ROOM: u64 = 4 << 30;

/// Arguments of `cargo xtask dist`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Only for these processors, separated by commas; x86_64 is always built, because its binary makes the pages
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    only: Vec<Target>,
    /// Build twice and compare; check the packages with lintian, and on a new machine (root)
    #[arg(long)]
    check: bool,
    /// Measure the start of the binary, beside that of cp
    #[arg(long)]
    start: bool,
    /// If Debian packages are missing, do not install them, but fail and name them
    #[arg(long)]
    no_install: bool,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    ensure!(
        cfg!(target_arch = "x86_64"),
        "the binary for x86-64 makes the pages, so it must run here"
    );
    let interrupt = Interrupt::catch()?;
    let work = suites::target_dir()?.join("dist");
    fs::create_dir_all(&work).with_context(|| format!("cannot use {}", work.display()))?;
    let _alone = work::lock(&work)?;
    work::check_room(&work, ROOM)?;
    install::install(target::TOOLS, !args.no_install)?;
    if args.check {
        install::install(check::TOOLS, !args.no_install)?;
    }
    let targets = Target::wanted(&args.only);
    let library = library()?;

    let out = work.join("out");
    // Another commit meanwhile changes nothing.
    let commit = source::head()?;
    let built = release::make(&commit, &work.join("build"), &out, &targets, &library)?;
    for file in files(&out)? {
        println!("{:>9}  {}", fs::metadata(&file)?.len(), file.display());
    }
    for (target, binary) in &built.binaries {
        println!("{:>9}  the binary for {}", fs::metadata(binary)?.len(), target.name());
    }
    if args.start {
        print!("{}", start::measure(&built.binaries[0].1)?);
    }
    if args.check {
        let again = work.join("again");
        release::make(
            &commit,
            &again.join("in/another/directory"),
            &again.join("out"),
            &targets,
            &library,
        )?;
        check::same(&out, &again.join("out"))?;
        fs::remove_dir_all(&again)?;
        check::all(&work, &out, &built, &interrupt)?;
        println!("all checks passed");
    }
    Ok(())
}

/// The sources of the standard library, which `cargo xtask systems` has, too.
fn library() -> Result<PathBuf> {
    let work = suites::target_dir()?.join("systems");
    fs::create_dir_all(&work)?;
    let _alone = work::lock(&work)?;
    systems::source::library(&work)
}
