//! `reflink range`: copies a range of one file to an offset of another.

use std::ffi::OsString;
use std::fs::File;
use std::path::Path;

use clap::ValueHint;
use reflink::{Error, Operation, Options, Outcome, Side};

use crate::detached::detached_value;
use crate::exit::Exit;
use crate::failure::{Failure, Left};
use crate::mode::Reflink;
use crate::output;
use crate::piece::Piece;
use crate::progress::{Watcher, When};
use crate::report::Report;
use crate::shown::Shown;
use crate::signals::Stop;

mod open;

use open::Created;

/// Copies a range of bytes into a file, sharing blocks if possible
///
/// DEST keeps its other bytes and is never shortened; if it does not exist, it is created. SOURCE
/// and DEST may be the same file. The command prints the number of bytes done; -v adds by which method. With
/// --reflink=auto, the whole blocks of a range are shared, and the rest of its first and last block
/// is copied; --reflink=always requires block boundaries.
///
/// N is a number of bytes: 4096, or with a unit 4K or 4KiB (1024), 4KB (1000). M, G, T, P
/// and E work the same way.
#[derive(clap::Args)]
#[command(after_help = HELP_END, args_override_self = true)]
#[command(mut_arg("verbose", |verbose| verbose.help(VERBOSE)))]
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

    /// Flush DEST to the disk before success is reported, and its directory if DEST is new
    #[arg(long)]
    sync: bool,

    #[command(flatten)]
    shown: Shown,
}

/// There is only one DEST.
const VERBOSE: &str = "Print one line (bytes and method) instead of the number of bytes";

const HELP_END: &str = "\
Examples:
  reflink range --src-offset 1M --length 64K in.bin out.bin
                                                64 KiB from the second MiB on
  reflink range --dst-offset 1G part.bin all.bin
                                                all of part.bin into all.bin at 1 GiB
  reflink range --reflink --src-offset 0 --length 1M --dst-offset 1M f f
                                                within one file, sharing or nothing

Exit status:
  0  done
  1  error
  2  wrong usage
  3  the range cannot be cloned (only with --reflink=always)";

pub(crate) fn run(args: &Args) -> Exit {
    let arguments: Vec<_> = std::env::args_os().collect();
    if let Some(option) = detached_value(&arguments) {
        return output::wrong_value::<Args>("range", &option);
    }
    let (source, destination) = (Path::new(&args.source), Path::new(&args.destination));
    let Shown { json, verbose, .. } = args.shown;
    let report = Report { json, verbose, must_be_read: true };
    let stop = match Stop::on_signals() {
        Ok(stop) => stop,
        Err(failure) => return report.failed(Some(source), destination, &failure),
    };
    let exit = match open_and_copy(args, &stop) {
        Ok(outcome) if report.json || report.verbose => report.done(source, destination, &outcome),
        Ok(outcome) => output::print_result(outcome.total()),
        Err(failure) => report.failed(Some(source), destination, &failure),
    };
    stop.die_if_asked();
    exit
}

fn open_and_copy(args: &Args, stop: &Stop) -> Result<Outcome, Failure> {
    let (source, destination) = (Path::new(&args.source), Path::new(&args.destination));
    let options = Options::new()
        .mode(args.reflink.mode())
        .clone_at_once(args.shown.progress != When::Always)
        .cancel(stop.flag());
    let failure =
        |error: Error| Failure::of_copy(&error.with_paths(source, destination), destination, false);
    let src = options.open_for_reading(source, Side::Source).map_err(failure)?;
    let (dst, created) = open::destination(&options, destination, !args.no_create)?;
    let mut watcher = Watcher::new(args.shown.progress, destination);
    let watched = options.clone().on_progress(|progress| watcher.tick(progress));
    let copied = watched.partial(&src, args.piece.range(), &dst, args.piece.dst_offset);
    drop(watched);
    drop(watcher);
    let flushed = if args.sync && copied.is_ok() {
        flush(destination, &dst, created.as_ref())
    } else {
        Ok(())
    };
    // A failed write may show only here.
    let closed = reflink::close(dst);
    let is_copied = copied.is_ok();
    copied.and_then(|outcome| flushed.and(closed).map(|()| outcome)).map_err(|error| {
        let is_removed = created.is_some_and(Created::remove);
        let error = error.with_paths(source, destination);
        let failure = Failure::of_copy(&error, destination, is_removed);
        if is_copied && !is_removed {
            return Failure { left: Some(Left::uncertain(destination).into()), ..failure };
        }
        failure
    })
}

/// Flushes the file and, if it is new, the directory that has its name.
fn flush(path: &Path, dst: &File, created: Option<&Created<'_>>) -> reflink::Result<()> {
    let failed = |operation| move |error| Error::on_path(operation, Side::Destination, path, error);
    dst.sync_all().map_err(failed(Operation::Sync))?;
    let name = created.map_or(Ok(()), Created::sync_directory);
    name.map_err(failed(Operation::SyncDirectory))
}
