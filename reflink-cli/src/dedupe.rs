//! `reflink dedupe`: share the blocks of equal data.

use std::ffi::OsString;
use std::fs::File;
use std::path::Path;

use clap::ValueHint;
use reflink::display::Quoted;
use reflink::{Deduped, Error, Options, Reason, Side};

use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;
use crate::piece::Piece;
use crate::signals::Stop;

/// Makes files share the blocks of equal data
///
/// The kernel compares the bytes of SOURCE with those of each DEST, and lets DEST share SOURCE's
/// blocks if all bytes are equal. No byte and no time of any file changes, even if another process
/// writes to the files meanwhile. By default, all of SOURCE is compared with the start of each DEST.
/// The command prints how many bytes are shared, the sum over all DESTs. Only whole blocks can be
/// shared, and a last block that ends both files; the small files that btrfs keeps in its metadata
/// cannot.
///
/// DEST is opened only for reading: you must be its owner or root, or be allowed to write to it
/// (before Linux 4.20, root).
///
/// N is a number of bytes: 4096, or with a unit 4K or 4KiB (1024), 4KB (1000); so are M, G, T, P
/// and E.
#[derive(clap::Args)]
#[command(after_help = HELP_END, args_override_self = true)]
pub(crate) struct Args {
    /// The file that shares its blocks
    #[arg(value_hint = ValueHint::FilePath)]
    source: OsString,

    /// The files that use its blocks from then on
    #[arg(value_name = "DEST", required = true, value_hint = ValueHint::FilePath)]
    destinations: Vec<OsString>,

    #[command(flatten)]
    piece: Piece,
}

const HELP_END: &str = "\
Examples:
  reflink dedupe a.img b.img c.img              whole files that are the same
  reflink dedupe --src-offset 1M --dst-offset 8M --length 64K a.img b.img
                                                64 KiB of a.img that are in b.img too

Exit status:
  0  done
  1  error
  4  the data is not the same: Extents did not match.
  5  some DESTs were done and some not; if none was, the status that they share, else 1";

/// How many DESTs are open at a time. A process may have about 1024 open files, and a signal takes
/// effect between two system calls, each of which compares up to 16 MiB of all of them.
const OPEN_AT_ONCE: usize = 16;

pub(crate) fn run(args: &Args) -> Exit {
    let stop = match Stop::on_signals() {
        Ok(stop) => stop,
        Err(failure) => return fail(&failure),
    };
    let exit = match dedupe_all(args, &stop) {
        Ok((bytes, exits)) => match (Exit::of_all(exits), output::print_line(bytes)) {
            (Exit::Done, printed) => printed,
            (exit, _) => exit,
        },
        Err(failure) => fail(&failure),
    };
    stop.die_if_asked();
    exit
}

fn fail(failure: &Failure) -> Exit {
    output::report(failure);
    failure.exit
}

/// The bytes that are shared now, and the result for each DEST.
fn dedupe_all(args: &Args, stop: &Stop) -> Result<(u64, Vec<Exit>), Failure> {
    let source = Path::new(&args.source);
    let options = Options::new().cancel(stop.flag());
    let src = options.open_for_reading(source, Side::Source)?;
    let mut shared = 0;
    let mut exits = Vec::with_capacity(args.destinations.len());
    for destinations in args.destinations.chunks(OPEN_AT_ONCE) {
        let mut opened = Vec::with_capacity(destinations.len());
        for path in destinations.iter().map(Path::new) {
            match options.open_for_reading(path, Side::Destination) {
                Err(error @ Error::Cancelled { .. }) => return Err(error.into()),
                file => opened.push((path, file)),
            }
        }
        let files: Vec<_> = opened.iter().filter_map(|(_, file)| file.as_ref().ok()).collect();
        let ends = dedupe(args, &options, &src, &files)
            .map_err(|error| explain(&error.with_paths(source, source)))?;
        let mut ends = ends.into_iter();
        for (path, file) in opened {
            let end = match file {
                Ok(_) => ends.next().map_or(Ok(()), |end| {
                    shared += end.bytes();
                    result(args, source, path, end)
                }),
                Err(error) => Err(error.into()),
            };
            exits.push(end.map_or_else(|failure| fail(&failure), |()| Exit::Done));
        }
    }
    Ok((shared, exits))
}

fn dedupe(
    args: &Args,
    options: &Options<'_>,
    src: &File,
    destinations: &[&File],
) -> reflink::Result<Vec<Deduped>> {
    let at = |file| (file, args.piece.dst_offset);
    options.dedupe(src, args.piece.range(), destinations.iter().copied().map(at))
}

/// The result for one DEST.
fn result(args: &Args, source: &Path, path: &Path, end: Deduped) -> Result<(), Failure> {
    let what = format!("cannot dedupe {} to {}", Quoted(source), Quoted(path));
    match end {
        Deduped::Shared { .. } => Ok(()),
        Deduped::Differs { at, .. } => {
            let hint = match at {
                Some(at) if args.piece.src_offset == args.piece.dst_offset => {
                    format!("the first difference is at byte {at}")
                }
                Some(at) => format!(
                    "the first difference is at byte {at} of the source and byte {} of the destination",
                    at - args.piece.src_offset + args.piece.dst_offset,
                ),
                None => "there is no difference any more: somebody writes to them".to_owned(),
            };
            let failure = Failure::new(format!("{what}: Extents did not match."));
            Err(Failure { exit: Exit::Differs, ..failure.with_hint(hint) })
        }
        Deduped::Failed { error, .. } => Err(explain(&error.with_paths(source, path))),
        other => Err(Failure::new(format!("{what}: {other:?}"))),
    }
}

/// The library's hint for a file that is not open for writing suggests opening it for writing,
/// which this command does not need.
fn explain(error: &Error) -> Failure {
    let failure = Failure { exit: Exit::Error, ..Failure::from(error) };
    match error.reason() {
        Some(Reason::NotWritable) => Failure { reason: None, ..failure }
            .with_hint("only its owner, root and anyone who may write it can dedupe it"),
        _ => failure,
    }
}
