//! `cargo xtask vm`: the suites on filesystems that this machine's kernel lacks.
//!
//! A stock Debian kernel is booted in QEMU, emulated, with one processor and no network. Two
//! machines run at the same time, because there are two [guests](place::Guest). The test binaries
//! are the project's own, linked statically. Kernel and tools come from Debian's packages, through
//! an apt that is separate from the system's, and are kept below `target/vm`. Only QEMU is
//! installed.

use std::fs;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow, bail, ensure};
use clap::ValueEnum as _;

use self::boot::{End, Machine};
use self::place::{Guest, Place, Scope};
use crate::test::process::Interrupt;
use crate::test::summary::{self, Row};
use crate::test::{install, suites};
use crate::work;

mod boot;
mod build;
mod guest;
mod images;
mod left_out;
mod leftovers;
mod packages;
mod place;
mod protocol;
mod tree;
mod zfs;

/// The room for packages, the unpacked tree, images and tests.
const ROOM: u64 = 4 << 30;

/// Arguments of `cargo xtask vm`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The kernel's series, of which Debian must have a package
    #[arg(long, default_value = "6.12")]
    kernel: String,
    /// Only on these filesystems, separated by commas: nfs42-xfs, or nfs for all of NFS. ZFS, which
    /// must be compiled, and power cuts are tried only if they are named: zfs, power, or power-xfs
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    fs: Vec<String>,
    /// Run `any_filesystem`, `tree` and `model`, too, the command's tests of trees, `sharing` on ocfs2, and on xfs,
    /// btrfs and overlay all of `filesystems`, `sharing` and `command`: some minutes more on each filesystem
    #[arg(long)]
    full: bool,
    /// Only these suites, separated by commas: tree
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    suite: Vec<String>,
    /// The minutes after which a machine is stopped
    #[arg(long, value_name = "MINUTES", default_value_t = 60)]
    limit: u64,
    /// Keep the scratch disks, until a run without it
    #[arg(long)]
    keep: bool,
    /// If QEMU is missing, do not install it, but fail and name it
    #[arg(long)]
    no_install: bool,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let start = Instant::now();
    let interrupt = Interrupt::catch()?;
    let (mut places, mut missing) = (Vec::new(), Vec::new());
    for place in named(&args.fs)? {
        match place.missing_in(&args.kernel) {
            None => places.push(place),
            Some(why) => missing.push((place, why)),
        }
    }
    let why = missing.first().map_or("", |(_, why)| why);
    ensure!(!places.is_empty(), "Linux {} has none of these: {why}", args.kernel);
    let scope = Scope { full: args.full, only: args.suite.clone() };
    let runs = |name: &str| places.iter().any(|p| p.suites(&scope).iter().any(|s| s.name == name));
    if let Some(name) = scope.only.iter().find(|name| !runs(name)) {
        bail!("no place runs {name}; some suites need --full");
    }
    let work = suites::target_dir()?.join("vm");
    fs::create_dir_all(&work).with_context(|| format!("cannot use {}", work.display()))?;
    ensure!(cfg!(target_arch = "x86_64"), "the machines are x86-64, and so must this one be");
    check_tools()?;
    let _alone = work::lock(&work)?;
    leftovers::remove(&work, args.keep).context("cannot remove what an earlier run has left")?;
    work::check_room(&work, ROOM)?;
    install::install(&[("qemu-system-x86_64", "qemu-system-x86")], !args.no_install)?;

    let images = work.join(format!("images-{}", args.kernel));
    if !images::are_current(&images) {
        let packages = packages::download(&work, &args.kernel)?;
        interrupt.check()?;
        println!("unpacking {} packages", packages.len());
        let root = work.join(format!("tree-{}", args.kernel));
        images::build(&tree::Tree::of_guest(&root, &packages)?, &images)?;
        fs::remove_dir_all(root)?;
    }
    let programs = build::programs(&work, &places, &scope, &interrupt)?;
    build::check_parts(&programs, &places, &scope)?;
    let zfs = if places.contains(&Place::Zfs) {
        Some(zfs::files(&work, &images, &args.kernel, &interrupt)?)
    } else {
        None
    };
    guest::build(&programs, &places, &scope, zfs.as_deref(), &images)?;
    println!("booting Linux {}, after {:.0} s", args.kernel, start.elapsed().as_secs_f64());
    let machine = |guest| Machine {
        images: &images,
        guest,
        places: places.iter().copied().filter(|place| place.guest() == guest).collect(),
        limit: Duration::from_secs(args.limit * 60),
        keep: args.keep,
    };
    let machines = Guest::ALL.map(machine);
    let rows = run_all(&machines, &scope, &interrupt)?;

    print!("\n{}", summary::render(&rows));
    for line in left_out::lines(&rows, &places, &missing, &scope) {
        println!("{line}");
    }
    println!("{:.0} s in all", start.elapsed().as_secs_f64());
    let logs = images.join("*").join(boot::LOG);
    ensure!(rows.iter().all(Row::is_ok), "tests failed; what they said is in {}", logs.display());
    Ok(())
}

/// The places with these names, in the order of the table. If there are no names, all places except those
/// that take long.
fn named(names: &[String]) -> Result<Vec<Place>> {
    let named: Vec<_> = names.iter().map(|name| Place::named(name)).collect::<Result<_>>()?;
    let named = named.concat();
    let all = Place::value_variants().iter().copied();
    let is_wanted = |place: &Place| match names {
        [] => !place.is_only_by_name(),
        _ => named.contains(place),
    };
    Ok(all.filter(is_wanted).collect())
}

/// Runs the machines that have something to do, at the same time. If a machine cannot run, its
/// places are broken, and the results of the other one stay.
fn run_all(machines: &[Machine<'_>], scope: &Scope, interrupt: &Interrupt) -> Result<Vec<Row>> {
    let busy = || machines.iter().filter(|machine| !machine.places.is_empty());
    let ends: Vec<_> = std::thread::scope(|scope| {
        let running: Vec<_> =
            busy().map(|machine| scope.spawn(|| machine.run(interrupt))).collect();
        let ended = running.into_iter().map(|thread| thread.join());
        ended.map(|end| end.unwrap_or_else(|_| Err(anyhow!("its thread panicked")))).collect()
    });
    interrupt.check()?;
    let mut rows = Vec::new();
    for (machine, end) in busy().zip(ends) {
        let name = machine.guest.name();
        let end = end.unwrap_or_else(|error| End {
            log: String::new(),
            fault: Some(format!("it did not run: {error:#}")),
        });
        println!("the machine {name} ran Linux {}", protocol::kernel(&end.log).unwrap_or("?"));
        if let Some(fault) = &end.fault {
            eprintln!("the machine {name}: {fault}");
        }
        rows.extend(protocol::rows(&end, &machine.places, scope));
    }
    Ok(rows)
}

/// Reports tools that systems other than Debian may lack, before anything is downloaded.
fn check_tools() -> Result<()> {
    for tool in ["apt-get", "dpkg-deb", "tar", "setpriv", "unshare"] {
        ensure!(install::found(tool), "{tool} is missing: this needs Debian's tools");
    }
    images::mke2fs().map(drop)
}
