//! The `reflink` command: clone files if the filesystem can, otherwise copy them, and report which
//! it was.
//!
//! Each subcommand is one module that parses its arguments, calls the library, and prints. The
//! library decides how to copy.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{CommandFactory as _, Parser, Subcommand};
use hints::Parsed;

mod byte_count;
mod colour;
mod completions;
mod copy;
mod dedupe;
mod detached;
mod exit;
mod extents;
mod failure;
mod hints;
mod json;
mod man;
mod mode;
mod output;
mod piece;
mod probe;
mod progress;
mod range;
mod report;
mod shown;
mod signals;

/// Copies files and directories by sharing their blocks
///
/// A clone (a reflink, a copy-on-write copy) shares the blocks of its source until one of the two is
/// written to: it takes no space and almost no time. btrfs, xfs, OCFS2, bcachefs, ZFS, NFS 4.2 and SMB 3
/// can have clones. Elsewhere the bytes are copied, and -v says why.
#[derive(Parser)]
#[command(name = "reflink", version, after_help = HELP_END, args_override_self = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,

    // In every help, after the command's own options.
    /// Colour messages and help
    #[arg(
        long,
        global = true,
        value_name = "WHEN",
        value_enum,
        default_value = "auto",
        display_order = 900
    )]
    color: colour::When,
}

// Only the subcommand that is used is defined in full: the others take a tenth of the instructions of a process that
// copies a small file.
#[derive(Subcommand)]
#[command(defer = true)]
enum Command {
    #[command(visible_alias = "cp")]
    Copy(copy::Args),
    Range(range::Args),
    Probe(probe::Args),
    Extents(extents::Args),
    Dedupe(dedupe::Args),
    Completions(completions::Args),
    #[command(hide = true)]
    Man(man::Args),
}

const HELP_END: &str = "\
Examples:
  reflink copy disk.img snapshot.img            clone where possible, else copy
  reflink copy --reflink disk.img snapshot.img  clone, or fail and say why
  reflink copy -v a.img b.img backup/           into a directory; say what was done
  reflink copy -a project project-clone         a directory with everything in it
  reflink range --length 1M in.bin out.bin      only the first MiB
  reflink probe /srv                            can files be cloned there, and if not why?
  reflink extents --sync disk.img               which of its blocks are shared
  reflink dedupe disk.img copy.img              share the blocks of two equal files
  reflink completions --help                    how to complete options with Tab

Environment:
  NO_COLOR  if it is set and not empty, and --color is not given, there are no colours
  TERM      if it is dumb or missing, there are no colours

Exit status:
  0  done
  1  error
  2  wrong usage
  3  these files or this filesystem cannot be cloned (only with --reflink=always, and probe)
  4  dedupe found different data
  5  some of several files failed; if all did, the status that they share, else 1";

fn main() -> ExitCode {
    match Cli::try_parse() {
        Ok(cli) => match cli.command {
            Command::Copy(args) => copy::run(&args),
            Command::Range(args) => range::run(&args),
            Command::Probe(args) => probe::run(&args),
            Command::Extents(args) => extents::run(&args),
            Command::Dedupe(args) => dedupe::run(&args),
            Command::Completions(args) => completions::run(&args, &mut Cli::command()),
            Command::Man(args) => man::run(&args, Cli::command()),
        },
        Err(error) => {
            let arguments: Vec<_> = std::env::args_os().collect();
            let mut command = complete();
            // The help has something of each subcommand.
            let again = command.try_get_matches_from_mut(&arguments);
            let mut error = again.err().unwrap_or(error);
            let hint = hints::of(&mut error, &arguments, &command, parse);
            output::usage(&error, hint.as_deref())
        }
    }
    .into()
}

/// The whole command, with every subcommand in full.
fn complete() -> clap::Command {
    let mut command = Cli::command();
    command.build();
    command
}

/// What these arguments are.
fn parse(arguments: &[OsString]) -> Parsed {
    match Cli::try_parse_from(arguments) {
        Ok(Cli { command: Command::Copy(args), .. }) if args.is_complete() => Parsed::Copy,
        Ok(_) => Parsed::Other,
        Err(error) if error.kind() == ErrorKind::MissingRequiredArgument => Parsed::Other,
        Err(_) => Parsed::Wrong,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_subcommand_that_is_used_is_defined() {
        let command = Cli::command();
        assert!(command.get_subcommands().all(|one| one.get_arguments().next().is_none()));
        let all = complete();
        let copy = all.find_subcommand("copy").unwrap();
        assert!(copy.get_arguments().any(|argument| argument.get_long() == Some("reflink")));
    }

    #[test]
    fn the_definition_of_the_arguments_is_consistent() {
        Cli::command().debug_assert();
    }
}
