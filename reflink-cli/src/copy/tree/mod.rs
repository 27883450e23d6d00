//! Directories with everything below them, and links and special files.

use std::borrow::Cow;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Instant;

#[cfg(any(target_os = "linux", target_os = "android"))]
pub(super) use reflink::tree::snapshot;
use reflink::tree::{self, Existing, OnError};
use reflink::{Error, Operation, Options, Reason, Side};

use super::args::Args;
use super::target::{missing_directory, unreadable_directory};
use super::walk::{Follow, Kind};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::progress;

mod done;
mod json;
mod report;

use done::Done;
use report::Report;

/// Copies one source that is no file, and reports it.
pub(super) fn copy(
    args: &Args,
    options: &Options<'_>,
    (source, destination): (&Path, &Path),
    kind: Kind,
) -> Result<Exit, Failure> {
    let started = Instant::now();
    let report = Report { json: args.json, verbose: args.verbose };
    match attempt(args, options, (source, destination), kind) {
        Ok(outcome) => {
            let time = started.elapsed();
            Ok(report.done(&Done { source, destination, outcome: &outcome, time }))
        }
        Err(error) => match entry(&error, (source, destination)) {
            Some(entry) => Err(report.stopped(&error, (source, destination), &entry)),
            None => Err(explain(&error, destination)),
        },
    }
}

fn attempt(
    args: &Args,
    options: &Options<'_>,
    (source, destination): (&Path, &Path),
    kind: Kind,
) -> reflink::Result<tree::Outcome> {
    let walk = &args.walk;
    let trees = tree::Options::new()
        .files(options.clone())
        .existing(Existing::Merge)
        .errors(OnError::GoOn)
        .follow(match walk.follow() {
            Follow::None => tree::Follow::Never,
            Follow::Operands => tree::Follow::Root,
            Follow::All => tree::Follow::Always,
        })
        .one_filesystem(walk.one_file_system)
        .threads(walk.threads.unwrap_or(0))
        .keep_hard_links(walk.archive || walk.links || args.keep.keeps_links())
        .sync(args.sync);
    if kind == Kind::Node {
        // A link that is to be followed leads to a special file.
        let followed = match walk.follow() {
            Follow::None => Cow::Borrowed(source),
            _ => fs::canonicalize(source).map_or(Cow::Borrowed(source), Cow::Owned),
        };
        return trees.copy_node(followed, destination);
    }
    match progress::Tree::new(args.progress, destination) {
        None => trees.copy(source, destination),
        Some(mut watcher) => {
            trees.on_progress(move |progress| watcher.tick(progress)).copy(source, destination)
        }
    }
}

/// The entry that stopped the copy of a tree; `None` if it was not one.
fn entry(error: &Error, (source, destination): (&Path, &Path)) -> Option<PathBuf> {
    if let Error::Cancelled { .. } = error {
        return None;
    }
    let path = match error.destination() {
        Some(path) => path.strip_prefix(destination),
        None => error.path()?.strip_prefix(source),
    };
    path.ok().filter(|path| !path.as_os_str().is_empty()).map(Path::to_owned)
}

/// The failure of a whole tree, with what helps.
fn explain(error: &Error, destination: &Path) -> Failure {
    let failure = Failure::of_new(error, destination);
    if let Error::Cancelled { done, .. } = error {
        return Failure { message: report::cancelled(*done, destination), ..failure };
    }
    if error.reason() == Some(&Reason::AppendOnlyDirectory) {
        return failure.with_hint("mkdir makes the directory, and -T copies into it");
    }
    if let Some(hint) = unreadable_directory(error) {
        return failure.with_hint(hint);
    }
    let is_refused_destination =
        matches!(error, Error::Io { operation: Operation::Create, side: Side::Destination, .. })
            && error.path() == Some(destination);
    if failure.hint.is_some() || !is_refused_destination {
        return failure;
    }
    match error.kind() {
        io::ErrorKind::NotADirectory if destination.is_dir() => failure.with_hint(
            "it is a link; with a slash after its name it means the directory that it leads to",
        ),
        // A slash at the end is left out: behind a file it makes this call fail, too.
        io::ErrorKind::NotADirectory
            if fs::symlink_metadata(destination.components().as_path()).is_ok() =>
        {
            failure.with_hint("a directory is not copied over anything else")
        }
        io::ErrorKind::NotFound => match missing_directory(error, destination) {
            Some(hint) => failure.with_hint(hint),
            None => failure,
        },
        _ => failure,
    }
}

/// There are no subvolumes.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(super) fn snapshot(_: &Path, _: &Path) -> reflink::Result<()> {
    Err(Error::Unsupported)
}
