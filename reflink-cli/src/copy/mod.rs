//! `reflink copy`: whole files and directories, to a path or into a directory.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::Path;

use clap::ValueHint;
use reflink::display::Quoted;
use reflink::{Error, HardLinks, Options, Outcome, Overwrite, Prefer, Reason, Side};

use crate::exit::Exit;
use crate::failure::Failure;
use crate::mode::Reflink;
use crate::output;
use crate::progress::{Watcher, When};
use crate::signals::Stop;

mod instead;
mod json;
mod not_kept;
mod preserve;
mod report;
mod target;
#[cfg(any(target_os = "linux", target_os = "android"))]
mod tree;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
#[path = "tree_elsewhere.rs"]
mod tree;
mod walk;

pub(crate) use instead::instead;
use preserve::Keep;
use report::Report;
use target::{Operands, is_nameless};
use walk::{Kind, Walk};

/// Copies files and directories, sharing blocks where that is possible
///
/// DEST appears whole or not at all: an error, a signal or a full disk leaves what was there.
/// An existing DEST is replaced in one step (--in-place writes into it instead); a directory as
/// DEST means DEST/SOURCE's name. A directory is copied into an existing one of that name (-T: into
/// DEST itself); what fails in it is reported, and the rest copied. A full or failing disk stops it.
#[derive(clap::Args)]
#[command(
    after_help = HELP_END,
    args_override_self = true,
    override_usage = "reflink copy [OPTIONS] SOURCE DEST\n       \
                      reflink copy [OPTIONS] SOURCE... DIRECTORY\n       \
                      reflink copy [OPTIONS] -t DIRECTORY SOURCE..."
)]
pub(crate) struct Args {
    /// What to copy, and where to
    #[arg(value_name = "SOURCE... DEST", required = true, value_hint = ValueHint::AnyPath)]
    operands: Vec<OsString>,

    #[command(flatten)]
    walk: Walk,

    #[command(flatten)]
    reflink: Reflink,

    #[command(flatten)]
    keep: Keep,

    /// Fail with "File exists" where DEST exists, and change nothing
    #[arg(short, long, overrides_with = "force", conflicts_with = "in_place")]
    no_clobber: bool,

    /// Undo an earlier -n; the last one wins. Nothing else: replacing a read-only file needs no
    /// force, only permission to write in its directory
    #[arg(short, long, overrides_with = "no_clobber")]
    force: bool,

    /// Write into an existing DEST: it keeps its inode, owner and hard links, and a symbolic link
    /// is followed. After an error or a signal it can be incomplete, and the message says so
    #[arg(long)]
    in_place: bool,

    /// Make hard links instead of copies: the two names are one file from then on, with one content and
    /// one owner, mode and time. Never of a symbolic link, nor under --reflink=never
    #[arg(long, value_name = "WHEN", value_enum, default_value = "never")]
    hard_links: Links,

    /// What counts more if a clone of a just-written SOURCE must wait for the disk
    #[arg(long, value_name = "WHAT", value_enum, default_value = "sharing")]
    prefer: Preferred,

    /// Copy all SOURCEs into DIRECTORY
    #[arg(short, long, value_name = "DIRECTORY", value_hint = ValueHint::DirPath)]
    target_directory: Option<OsString>,

    /// DEST is the copy itself, even where it is a directory
    #[arg(short = 'T', long, conflicts_with = "target_directory")]
    no_target_directory: bool,

    /// Flush the copy and its directory to the disk before success is reported
    #[arg(long)]
    sync: bool,

    /// Show progress for what takes longer than half a second
    #[arg(long, value_name = "WHEN", value_enum, default_value = "auto")]
    progress: When,

    /// Print a line for each SOURCE: what was done, in bytes and by which method. Of a directory also its
    /// entries by type, how much is shared, the time, and why files were not cloned; not each entry
    #[arg(short, long)]
    verbose: bool,

    /// Print a JSON object on a line for each file, instead of what -v prints
    ///
    /// Its members are source, destination, method (clone, copy_file_range, read/write, hard link, mixed,
    /// nothing), bytes {cloned, offloaded, copied, holes, hard_linked, total}, fallback (why something was
    /// copied, or null), not_kept [{attribute, errno, message}] and, only if temporary files could
    /// not be removed, left_behind [path]; for a file that failed source, destination and error {message,
    /// errno, reason, hint}; error has incomplete {done, total} if DEST was changed (--in-place) and
    /// lacks bytes. A name that is not UTF-8 is approximated, and source_bytes or destination_bytes
    /// holds its bytes as numbers.
    ///
    /// A directory has an object for each entry that failed, as a file has, and one for all: source,
    /// destination, entries {files, directories, symlinks, specials, hard_links, total}, bytes, fallbacks
    /// [{reason, files}], not_kept [{path, attribute, errno, message}] with paths below SOURCE, of which
    /// the first thousand are listed, not_kept_unlisted (how many more), failed (how many entries),
    /// seconds and left_behind.
    #[arg(long)]
    json: bool,
}

const HELP_END: &str = "\
Examples:
  reflink copy disk.img snapshot.img            clone where possible, else copy
  reflink copy --reflink disk.img snapshot.img  clone, or fail and say why
  reflink copy -p --sync db.sqlite /srv/backup/ keep mode, owner and times; flush
  reflink copy -v -t /srv/backup -- *.img       several files, any names
  reflink copy -a project project-clone         a directory with everything in it
  reflink copy -a --reflink project clone       the same, cloned as a whole or not at all
  reflink copy -rv -j4 src/. dest/              what is in src, into an existing dest";

/// `--hard-links=WHEN`.
#[derive(Clone, Copy, clap::ValueEnum)]
enum Links {
    /// No hard links
    Never,
    /// If a file cannot be cloned; if it cannot be linked either, it is copied
    BeforeCopy,
    /// Before anything else
    First,
}

/// `--prefer=WHAT`.
#[derive(Clone, Copy, clap::ValueEnum)]
enum Preferred {
    /// Wait, and share
    Sharing,
    /// Copy a SOURCE of at most 256 KiB that is not on disk yet
    Speed,
}

pub(crate) fn run(args: &Args) -> Exit {
    let directory = args.target_directory.as_deref();
    let operands = match Operands::of(&args.operands, directory, args.no_target_directory) {
        Ok(operands) => operands,
        Err(wrong) => return output::wrong_count::<Args>("copy", wrong),
    };
    let report = Report { json: args.json, verbose: args.verbose };
    let prepared = Stop::on_signals().and_then(|stop| Ok((stop, operands.target()?)));
    let (stop, target) = match prepared {
        Ok(prepared) => prepared,
        Err(failure) => return report.failed(None, operands.destination, &failure),
    };

    let copies = Copies { args, report, options: options(args, &stop), stop: &stop };
    let mut created = BTreeSet::new();
    let mut exits = Vec::new();
    for source in operands.sources.iter().map(Path::new) {
        if copies.stop.is_asked() {
            break;
        }
        let destination = target.for_source(source);
        let result = if created.contains(&destination) {
            Err(collision(source, &destination))
        } else {
            copies.copy(source, &destination)
        };
        exits.push(match result {
            Ok(exit) => {
                if !is_nameless(source) {
                    created.insert(destination);
                }
                exit
            }
            Err(failure) => copies.report.failed(Some(source), &destination, &failure),
        });
    }
    copies.stop.die_if_asked();
    Exit::of_all(exits)
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
    fn copy(&self, source: &Path, destination: &Path) -> Result<Exit, Failure> {
        let kind = self.args.walk.kind(source);
        if kind != Kind::File {
            let paths = (source, destination);
            return tree::copy(self.args, &self.options, paths, kind);
        }
        let outcome = self.copy_file(source, destination);
        let outcome = outcome.map_err(|error| explain(&error, destination))?;
        Ok(self.report.done(source, destination, &outcome))
    }

    fn copy_file(&self, source: &Path, destination: &Path) -> reflink::Result<Outcome> {
        let mut watcher = Watcher::new(self.args.progress, destination);
        let options = self.options.clone();
        options.on_progress(|progress| watcher.tick(progress)).copy(source, destination)
    }
}

/// `copy a/x b/x dir`: the second would silently undo the first.
fn collision(source: &Path, destination: &Path) -> Failure {
    Failure::new(format!(
        "will not overwrite just-created {} with {}",
        Quoted(destination),
        Quoted(source)
    ))
}

fn explain(error: &Error, destination: &Path) -> Failure {
    let failure = Failure::of_copy(error, destination, false);
    match error.reason() {
        Some(Reason::Directory { side: Side::Source }) => failure
            .with_hint("-r copies a directory with everything in it, and -a keeps all that it has"),
        _ => failure,
    }
}
