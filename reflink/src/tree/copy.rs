//! The copy of a tree, from the check of its root to the rename.

use std::cell::Cell;
use std::path::Path;
use std::sync::{Arc, PoisonError};

use super::choices::Follow;
use super::default_acl;
use super::job::{FileObserver, Job};
use super::node::{Node, Pair};
use super::outcome::Outcome;
use super::plan::Plan;
use super::staging::Target;
use super::worker::Worker;
use crate::choices::{Overwrite, Permissions};
use crate::error::{Error, Operation, Result, Side};
use crate::open::At;
use crate::session::{Call, Settings};
use crate::staging::Source;
use crate::sys;
use crate::watch::Account;

/// Descriptors that the process already has, and those of the roots.
const RESERVED: u64 = 16;
/// Descriptors that a thread needs besides the directories on its way: of the file that it copies and of a
/// pipe for its bytes, of the directory that it makes, of one that it reopens or links from.
const PER_THREAD: u64 = 12;

/// [`Options::copy_at`](super::Options::copy_at).
pub(super) fn copy(plan: &Plan<'_>, src: At<'_>, dst: At<'_>) -> Result<Outcome> {
    between(plan, src, dst).map_err(|error| match error {
        // Errors of entries have their paths.
        Error::Io { path: None, .. } => error.with_paths(src.path, dst.path),
        error => error,
    })
}

fn between(plan: &Plan<'_>, src: At<'_>, dst: At<'_>) -> Result<Outcome> {
    plan.files.session.call()?;
    let source = open_source(plan, src)?;
    let target = Target::open(dst, plan.existing)?;
    let existing = target.existing(plan.existing)?;
    target.require_outside(source.status.id, existing.as_ref())?;
    let existed = existing.is_some();
    let sync = plan.sync || plan.files.session.settings.sync;
    let mut staged = match existing {
        Some(dir) => Target::merge(dir),
        None => target.stage(sync)?,
    };
    let settings = settings(plan, existed);
    let build = || -> Result<Outcome> {
        let failed = || Error::on(Operation::Inspect, Side::Destination);
        let destination = staged.dir.try_clone().map_err(failed())?;
        if !existed {
            default_acl::drop_inherited(settings, &destination)
                .map_err(Error::on(Operation::SetXattrs, Side::Destination))?;
        }
        let made = sys::status(&destination).map_err(failed())?;
        let root = Node::new(None, Path::new(""), source.status.clone(), (made, existed));
        let pair = Arc::new(Pair { source, destination });
        run(plan, settings, (src.path, dst.path), root, pair)
    };
    let built = build().and_then(|outcome| target.publish(&mut staged, sync).map(|()| outcome));
    built.map_err(|error| target.discard(staged, error))
}

fn open_source(plan: &Plan<'_>, At { dir, path, .. }: At<'_>) -> Result<Source> {
    let follows = plan.follow != Follow::Never;
    let file = sys::open_directory(dir, path, follows)
        .map_err(Error::on(Operation::Open, Side::Source))?;
    let status = sys::status(&file).map_err(Error::on(Operation::Inspect, Side::Source))?;
    Ok(Source::named(file, status))
}

/// How files are copied: in a directory that nobody else sees, each under its own name at once.
pub(super) fn settings(plan: &Plan<'_>, existed: bool) -> Settings {
    let mut settings = plan.files.session.settings;
    // One flush at the end is faster, if one call flushes everything.
    settings.sync = !sys::FLUSHES_FILESYSTEMS && (settings.sync || plan.sync);
    settings.flushes_directories = true;
    if !existed {
        settings.is_not_atomic = true;
        // It is removed from the root, so that no directory inherits one.
        settings.inherits_no_acl = settings.permissions == Permissions::Source;
        // Two names that the destination takes for one are an error.
        settings.overwrite = Overwrite::Never;
        if settings.permissions == Permissions::Replaced {
            settings.permissions = Permissions::Umask;
        }
    }
    settings
}

/// Copies what is in the root, in threads.
fn run(
    plan: &Plan<'_>,
    settings: Settings,
    names: (&Path, &Path),
    root: Arc<Node>,
    pair: Arc<Pair>,
) -> Result<Outcome> {
    let (threads, kept_open) = descriptors(plan.thread_count(&pair.destination) as u64);
    let job = Job::new(plan, settings, names, (root, pair), (threads, kept_open));
    job.count_entry(0);
    let outcome = std::thread::scope(|scope| -> Result<Outcome> {
        let others = (1..threads)
            .map(|_| {
                let spawned = std::thread::Builder::new().spawn_scoped(scope, || work(&job));
                spawned.inspect_err(|_| job.queue.lose_thread())
            })
            .collect::<Vec<_>>();
        let mut outcome = work(&job)?;
        // Without a thread that could not be started, fewer do the work.
        for thread in others.into_iter().flatten() {
            outcome.merge(join(thread)?);
        }
        Ok(outcome)
    })?;
    match job.error.into_inner().unwrap_or_else(PoisonError::into_inner) {
        Some(error) => Err(error),
        None => Ok(outcome),
    }
}

fn join<T>(thread: std::thread::ScopedJoinHandle<'_, T>) -> T {
    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// One thread's part of the work.
fn work(job: &Job<'_, '_>) -> Result<Outcome> {
    let observer = FileObserver { job, counted: Cell::new(0) };
    // Others wait for this thread to end, too.
    let call = job.plan.files.session.call().inspect_err(|_| job.queue.close())?;
    let settings = job.settings;
    let call = Call {
        settings,
        observer: &observer,
        refusals: call.refusals,
        account: Account::default(),
    };
    let outcome = Outcome::default();
    Ok(Worker { job, call, observer: &observer, outcome, linked_from: None }.run())
}

/// How many threads, of those wanted, and how many open directories for each the limit of descriptors allows.
fn descriptors(wanted: u64) -> (usize, usize) {
    let free = sys::descriptor_limit().saturating_sub(RESERVED);
    let threads = wanted.min(free / (PER_THREAD + 4)).max(1);
    let kept = (free / threads).saturating_sub(PER_THREAD) / 2;
    (threads as usize, kept.clamp(1, 16) as usize)
}
