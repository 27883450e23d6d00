//! `cargo xtask fresh`: runs the README's commands on a new machine.
//!
//! The new machine is a root directory below `target/fresh`: a minimal Debian with git, cargo and
//! rustc from Debian, whose version is the oldest that the project supports. It gets the committed
//! files, a checkout for each [`Account`], and the crates of `Cargo.lock`. It is not a container:
//! it has this machine's kernel, devices and network.
//!
//! Every command runs in its own mount namespace, with the new root as its root directory (see
//! `enter.sh`), so nothing stays mounted, however the command ends. Each run makes the root
//! directory anew, and removes it unless something failed.

use std::fs;
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};

use self::account::Account;
use self::checks::Check;
use self::root::Root;
use crate::test::process::Interrupt;
use crate::test::{install, namespace, suites};
use crate::work;

mod account;
mod checks;
mod root;

/// The room for a checkout and its build and tests, besides that of the root.
const ROOM: u64 = 4 << 30;

/// Arguments of `cargo xtask fresh`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Only what this account does
    #[arg(long, value_name = "ACCOUNT")]
    only: Option<Account>,
    /// If Debian packages are missing, do not install them, but fail and name them
    #[arg(long)]
    no_install: bool,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    ensure!(rustix::process::geteuid().is_root(), "making a root directory needs root");
    namespace::check()?;
    let start = Instant::now();
    let interrupt = Interrupt::catch()?;
    let work = suites::target_dir()?.join("fresh");
    fs::create_dir_all(&work).with_context(|| format!("cannot use {}", work.display()))?;
    let _alone = work::lock(&work)?;
    root::remove(&work)?;
    work::check_room(&work, ROOM)?;
    install::install(&[("debootstrap", "debootstrap")], !args.no_install)?;

    let root = Root::make(&work, &interrupt)?;
    let accounts = [Account::User, Account::Root];
    let wanted = accounts.into_iter().filter(|account| args.only.is_none_or(|one| one == *account));
    let checks: Vec<_> =
        wanted.map(|account| checks::run(&root, account, &interrupt)).collect::<Result<_>>()?;
    let checks = checks.concat();

    println!("\n{}{:.0} s in all", checks::render(&checks), start.elapsed().as_secs_f64());
    ensure!(
        checks.iter().all(Check::is_ok),
        "what the README says does not work on a new machine; to look into it: \
         unshare --mount --pid --fork sh xtask/src/fresh/enter.sh {} bash",
        root.path().display()
    );
    root::remove(&work)
}
