//! `reflink copy`: whole files and directories, to a path or into a directory.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io;
use std::path::Path;

use reflink::display::Quoted;
use reflink::{Error, HardLinks, Operation, Options, Outcome, Overwrite, Prefer, Reason, Side};

use crate::detached::detached_value;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;
use crate::progress::{Watcher, When};
use crate::report::Report;
use crate::signals::Stop;

mod args;
mod instead;
mod preserve;
mod target;
mod tree;
mod walk;

pub(crate) use args::Args;
use args::{Links, Preferred};
pub(crate) use instead::instead;
use target::{Operands, is_nameless, missing_directory, unreadable_directory};
use walk::Kind;

pub(crate) fn run(args: &Args) -> Exit {
    let arguments: Vec<_> = std::env::args_os().collect();
    if let Some(option) = detached_value(&arguments) {
        return output::wrong_value::<Args>("copy", &option);
    }
    let operands = match args.told_apart() {
        Ok(operands) => operands,
        Err(wrong) => return output::wrong_count::<Args>("copy", wrong),
    };
    let report = Report { json: args.json, verbose: args.verbose, must_be_read: false };
    let prepared = Stop::on_signals().and_then(|stop| Ok((stop, operands.target()?)));
    let (stop, target) = match prepared {
        Ok(prepared) => prepared,
        Err(failure) => return report.failed(None, operands.destination, &failure),
    };

    let copies = Copies { args, report, options: options(args, &stop), stop: &stop };
    let mut created = BTreeMap::new();
    let mut exits = Vec::new();
    let mut sources = operands.sources.iter();
    while let Some(source) = sources.next().map(Path::new) {
        let destination = target.for_source(source);
        let kind = args.walk.kind(source);
        let result = match created.get(&destination) {
            // Two trees are merged.
            Some(Kind::Tree) if kind == Kind::Tree => copies.copy(source, &destination, kind),
            Some(_) => Err(collision(source, &destination)),
            None => copies.copy(source, &destination, kind),
        };
        let full = result.as_ref().err().filter(|failure| failure.is_of_a_full_disk());
        let full = full.map(|failure| failure.errno);
        exits.push(match result {
            Ok(exit) => {
                if !is_nameless(source) {
                    created.insert(destination.clone(), kind);
                }
                exit
            }
            Err(failure) => copies.report.failed(Some(source), &destination, &failure),
        });
        if let Some(errno) = full {
            warn_of_rest(sources.as_slice());
            for source in sources.map(Path::new) {
                copies.report.left_out(source, &target.for_source(source), errno);
            }
            break;
        }
        if let Some(signal) = copies.stop.name() {
            if exits.last() == Some(&Exit::Done) {
                output::complain(format_args!(
                    "{signal} came after {} was complete",
                    Quoted(&destination)
                ));
            }
            warn_of_rest(sources.as_slice());
            break;
        }
    }
    copies.stop.die_if_asked();
    Exit::of_all(exits)
}

impl Args {
    fn told_apart(&self) -> Result<Operands<'_>, &'static str> {
        let directory = self.target_directory.as_deref();
        Operands::of(&self.operands, directory, self.no_target_directory)
    }

    /// Whether no operand is missing.
    pub(crate) fn is_complete(&self) -> bool {
        self.told_apart().is_ok()
    }
}

/// For all files: what was refused of one need not be tried with the next.
fn options<'a>(args: &Args, stop: &'a Stop) -> Options<'a> {
    let options = Options::new()
        .mode(args.reflink.mode())
        .overwrite(match args {
            Args { no_clobber: true, .. } => Overwrite::Never,
            Args { in_place: true, .. } => Overwrite::InPlace,
            _ => Overwrite::Replace,
        })
        .hard_links(match args.hard_links {
            Links::Never => HardLinks::Never,
            Links::BeforeCopy => HardLinks::BeforeCopy,
            Links::First => HardLinks::First,
        })
        .prefer(match args.prefer {
            Preferred::Sharing => Prefer::Sharing,
            Preferred::Speed => Prefer::Speed,
        })
        .sync(args.sync)
        // Slices give up the snapshot: only for who asks to see everything.
        .clone_at_once(args.progress != When::Always)
        .cancel(stop.flag());
    args.keep.apply_to(options, args.walk.archive)
}

/// What all copies have in common.
struct Copies<'a> {
    args: &'a Args,
    report: Report,
    options: Options<'a>,
    stop: &'a Stop,
}

impl Copies<'_> {
    /// Copies a source, whatever it is, and reports it.
    fn copy(&self, source: &Path, destination: &Path, kind: Kind) -> Result<Exit, Failure> {
        if self.args.snapshot {
            tree::snapshot(source, destination)
                .map_err(|error| without_snapshot(&error, source, destination))?;
            return Ok(self.report.snapshot(source, destination));
        }
        if kind != Kind::File {
            let paths = (source, destination);
            return tree::copy(self.args, &self.options, paths, kind);
        }
        let outcome = self.copy_file(source, destination);
        let outcome = outcome.map_err(|error| explain(&error, destination, self.args.in_place))?;
        Ok(self.report.done(source, destination, &outcome))
    }

    fn copy_file(&self, source: &Path, destination: &Path) -> reflink::Result<Outcome> {
        let mut watcher = Watcher::new(self.args.progress, destination);
        let options = self.options.clone();
        options.on_progress(|progress| watcher.tick(progress)).copy(source, destination)
    }
}

/// "'b' and 2 others were not copied".
fn warn_of_rest(rest: &[OsString]) {
    let Some((first, others)) = rest.split_first() else { return };
    let first = Quoted(Path::new(first));
    output::complain(match others.len() {
        0 => format!("{first} was not copied"),
        1 => format!("{first} and 1 other were not copied"),
        others => format!("{first} and {others} others were not copied"),
    });
}

/// `copy a/x b/x dir`: the second would silently undo the first.
fn collision(source: &Path, destination: &Path) -> Failure {
    Failure::new(format!(
        "will not overwrite just-created {} with {}",
        Quoted(destination),
        Quoted(source)
    ))
}

fn explain(error: &Error, destination: &Path, in_place: bool) -> Failure {
    let failure = match in_place {
        true => Failure::of_copy(error, destination, false),
        false => Failure::of_new(error, destination),
    };
    if let Some(hint) = unreadable_directory(error) {
        return failure.with_hint(hint);
    }
    match error.reason() {
        Some(Reason::Directory { side: Side::Source }) => failure
            .with_hint("-r copies a directory with everything in it, and -a keeps all that it has"),
        None if failure.hint.is_none() && is_file_with_slash(destination) => {
            failure.with_hint("a file has this name, and the slash at its end means a directory")
        }
        None if failure.hint.is_none() => match missing_directory(error, destination) {
            Some(hint) => failure.with_hint(hint),
            None => failure,
        },
        _ => failure,
    }
}

fn without_snapshot(error: &Error, source: &Path, destination: &Path) -> Failure {
    let failure = Failure::of_copy(error, destination, false);
    match error {
        Error::Io { operation: Operation::Open, side: Side::Source, .. } if source.is_file() => {
            failure.with_hint(
                "only a btrfs subvolume has snapshots; without --snapshot the file is copied",
            )
        }
        Error::Io { operation: Operation::Snapshot, .. }
            if error.kind() == io::ErrorKind::PermissionDenied =>
        {
            failure.with_hint("only root and the owner of a subvolume make snapshots of it")
        }
        _ => failure,
    }
}

/// `file/`.
fn is_file_with_slash(destination: &Path) -> bool {
    // Components leave out the slash.
    destination.as_os_str().as_encoded_bytes().ends_with(b"/")
        && destination.components().as_path().is_file()
}
