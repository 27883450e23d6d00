//! `cargo xtask test`: every suite on real filesystems.
//!
//! Suites are the integration tests of the workspace, ordinary `cargo test` tests. Each test binary
//! runs once on each filesystem, with its ignored tests, as root, in its package's directory, and
//! with this environment:
//!
//! | variable | value |
//! |---|---|
//! | `REFLINK_TEST_FS` | the filesystem's name: `xfs`, `xfs-noreflink`, `btrfs`, `ext4`, `tmpfs`, `overlay` |
//! | `REFLINK_TEST_DIR` | an empty directory on it; it has 24 GiB, tmpfs 4 GiB |
//! | `REFLINK_TEST_OTHER_DIR` | an empty directory on another filesystem, an xfs with reflinks |
//! | `REFLINK_TEST_SMALL_DIR` | an empty directory on a small filesystem of the same kind, to be filled up: 320 MiB on xfs and overlay, 256 MiB on btrfs, 32 MiB on ext4, 16 MiB on tmpfs |
//! | `REFLINK_TEST_LOWER_DIR` | on `overlay` only: an empty directory of plain files on the xfs that the overlay's lower and upper directories are on |
//!
//! The small filesystem is made for each binary. On the others the binary has its own directory.
//! Everything that it leaves in its directories is removed, which must succeed. Processes that it
//! leaves are killed, and so is a binary that takes longer than `--limit`. It has its own PID and
//! mount namespaces, so that it may mount anything. Every user can reach the directories, for tests
//! that give up root's rights.
//!
//! A plain `cargo test` sets none of these variables. There, tests use `CARGO_TARGET_TMPDIR`, and
//! tests that need more than every machine has are ignored. Under this harness a missing variable
//! or tool is a failure.
//!
//! `--as` builds the library with the limits of another system ([`system::System`]), and runs the suites on xfs
//! and btrfs. Tests see that by `cfg(reflink_as)`.
//!
//! A test that needs what a filesystem lacks begins with `needs!` (`reflink/tests/common/needs.rs`): there
//! it is left out, which it prints. The summary names such tests with the reason. In a run on all
//! filesystems, a test that is left out on each of them is a failure.
//!
//! The long tests of `lib/sharing` need a filesystem that clones, and run only on those.
//!
//! Everything that is mounted is unmounted in every case: see [`namespace`] and [`mount`].

use anyhow::{Result, ensure};

pub(crate) use self::args::Args;
use self::process::Interrupt;
use self::runner::Runner;
use self::summary::Row;

mod args;
pub(crate) mod filesystem;
pub(crate) mod install;
pub(crate) mod left_out;
mod mount;
pub(crate) mod namespace;
pub(crate) mod outcome;
pub(crate) mod process;
mod runner;
pub(crate) mod scratch;
pub(crate) mod suites;
pub(crate) mod summary;
mod system;

pub(crate) fn run(args: &Args) -> Result<()> {
    ensure!(
        rustix::process::geteuid().is_root(),
        "loop mounts need root; `cargo test` runs everything that a plain user can run"
    );
    suites::check_names(&args.suite)?;
    namespace::enter()?;
    if !namespace::has_user_namespaces() {
        eprintln!(
            "warning: the kernel allows no user namespaces here, so tests of cli/faults will fail; \
             if this is a chroot, {}",
            namespace::WITHOUT_CHROOT
        );
    }
    let interrupt = Interrupt::catch()?;
    install::tools(!args.no_install)?;
    let suites = suites::build(args.as_system, &interrupt)?;
    let rows = Runner { args, interrupt, suites }.run()?;
    print!("\n{}", summary::render(&rows));
    for line in left_out::lines(&rows) {
        println!("{line}");
    }
    let is_full = args.fs.is_empty() && args.test_args.is_empty() && args.as_system.is_none();
    let nowhere = if is_full { left_out::everywhere(&rows) } else { Vec::new() };
    for test in &nowhere {
        println!("FAILED {test}: left out on every filesystem");
    }
    let is_ok = nowhere.is_empty() && rows.iter().all(Row::is_ok);
    ensure!(is_ok, "tests failed; the lines above name them");
    ensure!(summary::counts(&rows).run() > 0, "no test was run");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Args, suites};

    #[test]
    fn the_suites_that_the_documentation_names_exist() {
        let pages = [
            include_str!("../../../README.md"),
            include_str!("../../../CONTRIBUTING.md"),
            include_str!("../../../docs/RELIABILITY.md"),
        ];
        let text = pages.concat();
        let named = text
            .split("--suite ")
            .skip(1)
            .filter_map(|rest| rest.split(|c: char| c.is_whitespace() || c == '`').next());
        let named: Vec<_> = named.flat_map(|names| names.split(',').map(str::to_owned)).collect();
        assert!(named.len() > 2, "{named:?}");
        suites::check_names(&named).unwrap();
    }

    #[test]
    fn the_suites_that_the_help_names_exist() {
        let test = <Args as clap::Args>::augment_args(clap::Command::new("test"));
        let argument = test.get_arguments().find(|argument| argument.get_id() == "suite");
        let help = argument.and_then(|argument| argument.get_help()).unwrap().to_string();
        let named: Vec<_> = help.split('`').skip(1).step_by(2).map(str::to_owned).collect();
        assert_eq!(named.len(), 2, "{help}");
        suites::check_names(&named).unwrap();
    }
}
