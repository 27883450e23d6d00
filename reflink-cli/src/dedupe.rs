//! `reflink dedupe`: share the blocks of equal data.

use std::ffi::OsString;
use std::fs::File;
use std::path::Path;

use clap::ValueHint;
use reflink::display::Quoted;
use reflink::{Deduped, Error, Options, Progress, Reason, Side};
use serde::Serialize;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::json::line;
use crate::output;
use crate::piece::Piece;
use crate::progress::Watcher;
use crate::report::bytes;
use crate::report::json::{self, Names};
use crate::shown::Shown;
use crate::signals::Stop;

/// Makes files share the blocks of equal data
///
/// The kernel compares the bytes of SOURCE with those of each DEST, and lets DEST share SOURCE's
/// blocks if all bytes are equal. No byte and no time of any file changes, even if another process
/// writes to the files meanwhile. By default, all of SOURCE is compared with the start of each DEST.
/// The command prints how many bytes are shared, the sum over all DESTs that did not fail; -v prints a
/// line for each. Only whole blocks can be
/// shared, and a last block that ends both files; the small files that btrfs keeps in its metadata
/// cannot.
///
/// DEST is opened only for reading: you must be its owner or root, or be allowed to write to it
/// (before Linux 4.20, root).
///
/// N is a number of bytes: 4096, or with a unit 4K or 4KiB (1024), 4KB (1000). M, G, T, P
/// and E work the same way.
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

    /// Flush each DEST to the disk before success is reported
    #[arg(long)]
    sync: bool,

    #[command(flatten)]
    shown: Shown,
}

const HELP_END: &str = "\
Examples:
  reflink dedupe a.img b.img c.img              whole files that are the same
  reflink dedupe -v a.img *.img                 what became of each
  reflink dedupe --src-offset 1M --dst-offset 8M --length 64K a.img b.img
                                                64 KiB of a.img that are in b.img too

Exit status:
  0  done
  1  error
  2  wrong usage
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
        Ok((bytes, exits)) => {
            // A 0 after errors would be the sum of nothing.
            let is_any_done = exits.contains(&Exit::Done);
            let is_sum_asked_for = !args.shown.json && !args.shown.verbose;
            let printed = match is_sum_asked_for && is_any_done {
                true => output::print_result(bytes),
                false => Exit::Done,
            };
            match Exit::of_all(exits) {
                Exit::Done => printed,
                exit => exit,
            }
        }
        Err(failure) => {
            if args.shown.json {
                output::print_line(crate::json::failed(Path::new(&args.source), &failure));
            }
            fail(&failure)
        }
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
    let mut watcher = Watcher::new(args.shown.progress, source);
    let all = args.destinations.len();
    for destinations in args.destinations.chunks(OPEN_AT_ONCE) {
        let mut opened = Vec::with_capacity(destinations.len());
        for path in destinations.iter().map(Path::new) {
            match options.open_for_reading(path, Side::Destination) {
                Err(error @ Error::Cancelled { .. }) => return Err(error.into()),
                file => opened.push((path, file)),
            }
        }
        let files = opened.iter().filter_map(|(_, file)| file.as_ref().ok());
        let files: Vec<_> = files.map(|file| (file, args.piece.dst_offset)).collect();
        let count = files.len();
        // DESTs that are done, or could not be opened.
        let settled = exits.len() + opened.len() - count;
        let ends = options
            .clone()
            .on_progress(|progress| watcher.tick(of_all(progress, count, settled, all)))
            .dedupe(&src, args.piece.range(), files)
            .map_err(|error| explain(&error.with_paths(source, source)))?;
        watcher.hide();
        let mut ends = ends.into_iter();
        for (path, file) in opened {
            let end = match file {
                Ok(file) => match ends.next() {
                    Some(end) => {
                        let bytes = end.bytes();
                        result(args, source, path, end)
                            .and_then(|()| flush(args, path, &file))
                            .map(|()| bytes)
                    }
                    None => Err(Failure::new(format!("{}: no result", what(source, path)))),
                },
                Err(error) => Err(error.into()),
            };
            shared += *end.as_ref().unwrap_or(&0);
            exits.push(report(args, (source, path), end));
        }
    }
    Ok((shared, exits))
}

/// The progress over `all` DESTs, of which `settled` need no more work and `files` are compared now.
fn of_all(mut progress: Progress, files: usize, settled: usize, all: usize) -> Progress {
    let each = progress.total / files.max(1) as u64;
    progress.done = progress.done.saturating_add(each.saturating_mul(settled as u64));
    progress.total = each.saturating_mul(all as u64);
    progress
}

fn flush(args: &Args, path: &Path, file: &File) -> Result<(), Failure> {
    if !args.sync {
        return Ok(());
    }
    // A file that is open for reading is flushed, too.
    let flushed = file.sync_all();
    flushed.map_err(|error| Failure::io(format_args!("cannot sync {}", Quoted(path)), &error))
}

/// Prints what became of one DEST.
fn report(args: &Args, (source, path): (&Path, &Path), end: Result<u64, Failure>) -> Exit {
    let Shown { json, verbose, .. } = args.shown;
    match end {
        Ok(shared) if json => {
            output::print_result(line(&Done { names: Names::new(Some(source), path), shared }))
        }
        Ok(shared) if verbose => output::print_result(format_args!(
            "{} -> {}: shared {} by dedupe",
            Quoted(source),
            Quoted(path),
            bytes(shared)
        )),
        Ok(_) => Exit::Done,
        Err(failure) => {
            if json {
                output::print_line(json::failed(Some(source), path, &failure));
            }
            fail(&failure)
        }
    }
}

/// The object for a DEST.
#[derive(Serialize)]
struct Done<'a> {
    #[serde(flatten)]
    names: Names<'a>,
    shared: u64,
}

/// What was tried with one DEST.
fn what(source: &Path, path: &Path) -> String {
    format!("cannot dedupe {} to {}", Quoted(source), Quoted(path))
}

/// The result for one DEST.
fn result(args: &Args, source: &Path, path: &Path, end: Deduped) -> Result<(), Failure> {
    let what = what(source, path);
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
                None => "the files are equal now: another process is writing to them".to_owned(),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_goes_on_from_one_group_of_files_to_the_next() {
        let of = |done, total, files, settled| {
            let mut progress = Progress::default();
            (progress.done, progress.total) = (done, total);
            let Progress { done, total, .. } = of_all(progress, files, settled, 20);
            (done, total)
        };
        assert_eq!(of(0, 1600, 16, 0), (0, 2000));
        assert_eq!(of(1600, 1600, 16, 0), (1600, 2000));
        assert_eq!(of(0, 300, 3, 17), (1700, 2000));
        assert_eq!(of(0, 0, 0, 20), (0, 0));
    }
}
