//! `reflink range`: copies a range of one file to an offset of another.

use std::ffi::OsString;
use std::path::Path;

use clap::ValueHint;
use reflink::{Error, Options, Outcome, Side};

use crate::detached::detached_value;
use crate::exit::Exit;
use crate::failure::{Failure, Left};
use crate::mode::Reflink;
use crate::output;
use crate::piece::Piece;
use crate::signals::Stop;

mod open;

use open::Created;

/// Copies a range of bytes into a file, sharing blocks if possible
///
/// DEST keeps its other bytes and is never shortened; if it does not exist, it is created. SOURCE
/// and DEST may be the same file. The command prints the number of bytes done. With
/// --reflink=auto, the whole blocks of a range are shared, and the rest of its first and last block
/// is copied; --reflink=always requires block boundaries.
///
/// N is a number of bytes: 4096, or with a unit 4K or 4KiB (1024), 4KB (1000); so are M, G, T, P
/// and E.
#[derive(clap::Args)]
#[command(after_help = HELP_END, args_override_self = true)]
pub(crate) struct Args {
    /// The file to read
    #[arg(value_hint = ValueHint::FilePath)]
    source: OsString,

    /// The file to write into
    #[arg(value_name = "DEST", value_hint = ValueHint::FilePath)]
    destination: OsString,

    #[command(flatten)]
    reflink: Reflink,

    #[command(flatten)]
    piece: Piece,

    /// Fail if DEST does not exist
    #[arg(long)]
    no_create: bool,
}

const HELP_END: &str = "\
Examples:
  reflink range --src-offset 1M --length 64K in.bin out.bin
                                                64 KiB from the second MiB on
  reflink range --dst-offset 1G part.bin all.bin
                                                all of part.bin into all.bin at 1 GiB
  reflink range --reflink --src-offset 0 --length 1M --dst-offset 1M f f
                                                within one file, sharing or nothing";

pub(crate) fn run(args: &Args) -> Exit {
    let arguments: Vec<_> = std::env::args_os().collect();
    if let Some(option) = detached_value(&arguments) {
        return output::wrong_value::<Args>("range", &option);
    }
    let stop = match Stop::on_signals() {
        Ok(stop) => stop,
        Err(failure) => return fail(&failure),
    };
    let exit = match open_and_copy(args, &stop) {
        Ok(outcome) => output::print_line(outcome.total()),
        Err(failure) => fail(&failure),
    };
    stop.die_if_asked();
    exit
}

fn fail(failure: &Failure) -> Exit {
    output::report(failure);
    failure.exit
}

fn open_and_copy(args: &Args, stop: &Stop) -> Result<Outcome, Failure> {
    let (source, destination) = (Path::new(&args.source), Path::new(&args.destination));
    let options = Options::new().mode(args.reflink.mode()).cancel(stop.flag());
    let failure =
        |error: Error| Failure::of_copy(&error.with_paths(source, destination), destination, false);
    let src = options.open_for_reading(source, Side::Source).map_err(failure)?;
    let (dst, created) =
        open::destination(&options, destination, !args.no_create).map_err(failure)?;
    let copied = options.partial(&src, args.piece.range(), &dst, args.piece.dst_offset);
    // A failed write may show only here.
    let closed = reflink::close(dst);
    let is_copied = copied.is_ok();
    copied.and_then(|outcome| closed.map(|()| outcome)).map_err(|error| {
        let is_removed = created.is_some_and(Created::remove);
        let error = error.with_paths(source, destination);
        let failure = Failure::of_copy(&error, destination, is_removed);
        if is_copied && !is_removed {
            return Failure { left: Some(Left::uncertain(destination).into()), ..failure };
        }
        failure
    })
}
