//! `reflink man`: manual pages from the definition of the arguments, for packages.
//!
//! The crate clap_mangen (0.3) writes pages from that, too. Its pages lack the operands, the visible aliases of
//! options and the date; the examples at the end of a help text become one paragraph; and mandoc has a hundred
//! findings. What it does well, the options, is the shortest part here.

use std::ffi::OsString;
use std::fs;
use std::path::Path;

use clap::ValueHint;
use reflink::display::Quoted;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;

mod date;
mod options;
mod page;
mod prose;
mod sections;

/// Writes the manual pages, one for the command and one for each subcommand
#[derive(clap::Args)]
#[command(after_help = HELP_END, args_override_self = true)]
pub(crate) struct Args {
    /// The directory to write reflink.1, reflink-copy.1 and the others to; it is made if it is missing
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    out: OsString,
}

const HELP_END: &str = "\
Examples:
  reflink man --out man && man -l man/reflink-copy.1

Environment:
  SOURCE_DATE_EPOCH  the date of the pages, in seconds since 1970; without it, today";

/// `command` is the whole command, with every subcommand.
pub(crate) fn run(args: &Args, command: clap::Command) -> Exit {
    match write(Path::new(&args.out), command) {
        Ok(()) => Exit::Done,
        Err(failure) => {
            output::report(&failure);
            failure.exit
        }
    }
}

fn write(out: &Path, command: clap::Command) -> Result<(), Failure> {
    if out.as_os_str().is_empty() {
        return Err(Failure::new("the name of a directory is empty: --out".to_owned()));
    }
    let date = date::of_pages()?;
    fs::create_dir_all(out)
        .map_err(|error| Failure::io(format_args!("cannot create {}", Quoted(out)), &error))?;
    for page in page::all(command) {
        let path = out.join(page.file_name());
        fs::write(&path, page.render(&date))
            .map_err(|error| Failure::io(format_args!("cannot write {}", Quoted(&path)), &error))?;
    }
    Ok(())
}
