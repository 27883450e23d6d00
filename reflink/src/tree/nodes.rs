//! Symbolic links, FIFOs, sockets and devices.

use std::io;
use std::path::Path;
use std::sync::Arc;

use super::choices::Follow;
use super::job::Job;
use super::node::{Node, Pair};
use super::once::once;
use super::publish::{New, publish};
use super::worker::Worker;
use crate::error::{Error, Operation, Result, Side};
use crate::metadata::{Named, NodePlan, UNFINISHED};
use crate::open::At;
use crate::outcome::Outcome;
use crate::session::Settings;
use crate::staging::Target;
use crate::sys::{self, Dir, FileId, FileKind, LinkTarget, Special, Status};

/// The type of a symbolic link: S_IFLNK.
const LINK: u32 = 0o120_000;

/// Copies the symbolic link or special file `name`.
pub(super) fn copy(
    worker: &mut Worker<'_, '_>,
    node: &Arc<Node>,
    pair: &Pair,
    name: &Path,
    kind: FileKind,
) -> Result<()> {
    let follows = worker.job.plan.follow == Follow::Always;
    let from = pair.source_dir();
    let original = Original::find(&from, name, kind, follows)?;
    let Status { id, links, born, .. } = original.status;
    once(worker, (node, pair, name), ((id, born), links, Some(original.kind())), |worker| {
        let dir = pair.destination_dir();
        let target = Target::open(At::below(&dir, name))?;
        let mut done = original.copy_to(worker.job.settings, &target, &mut || Ok(()))?;
        for left in &mut done.left_behind {
            *left = worker.job.beside(node, left);
        }
        worker.outcome.add_node(kind, done, Job::path(node, name));
        worker.job.count_entry(0);
        Ok(())
    })
}

/// A symbolic link or a special file that is to be copied. It is not opened.
pub(super) struct Original<'o> {
    dir: &'o Dir<'o>,
    name: &'o Path,
    status: Status,
    /// `None` for a link.
    special: Option<Special>,
}

impl<'o> Original<'o> {
    pub(super) fn find(
        dir: &'o Dir<'o>,
        name: &'o Path,
        kind: FileKind,
        follow: bool,
    ) -> Result<Self> {
        let find = || -> io::Result<(Status, Option<Special>)> {
            if kind == FileKind::Symlink {
                return Ok((sys::status_of_name(dir, name)?, None));
            }
            let special = Special::open(dir, name, follow)?;
            Ok((special.status()?, Some(special)))
        };
        let failed = || Error::on(Operation::Inspect, Side::Source);
        let (status, special) = find().map_err(failed())?;
        if status.kind() != kind {
            return Err(failed()(sys::errors::invalid()));
        }
        Ok(Self { dir, name, status, special })
    }

    /// Its type, as in S_IFMT.
    fn kind(&self) -> u32 {
        self.special.as_ref().map_or(LINK, Special::kind)
    }

    /// Makes the copy, and calls `before_name` before the copy gets its name.
    pub(super) fn copy_to(
        &self,
        settings: Settings,
        target: &Target<'_>,
        before_name: &mut dyn FnMut() -> Result<()>,
    ) -> Result<Outcome> {
        let source = Named { dir: self.dir, name: self.name, special: self.special.as_ref() };
        let plan = NodePlan::new(settings, source, &self.status);
        let link = self.read_link()?;
        let mut outcome = Outcome::default();
        let left = publish(New {
            settings,
            target,
            check: &|overwrite| {
                target.check_node(self.kind(), self.status.id, || self.behind(), overwrite)
            },
            make: &mut |name| match &self.special {
                Some(special) => special.make(&target.dir, name, UNFINISHED),
                None => sys::make_symlink(&target.dir, name, &link),
            },
            finish: &mut |name| {
                outcome = Outcome::default();
                let made = self.open_made(&target.dir, name);
                let made = made.map_err(Error::on(Operation::Inspect, Side::Destination))?;
                plan.apply(&made, &target.dir, &mut outcome)?;
                before_name()
            },
        })?;
        outcome.left_behind.extend(left);
        Ok(outcome)
    }

    /// The file that a symbolic link leads to.
    fn behind(&self) -> Option<FileId> {
        let found = self.dir.inspect(self.name, true).ok().flatten();
        found.filter(|_| self.special.is_none()).map(|found| found.id)
    }

    /// The entry that was just made as `name`. Another user with write access to the directory can have renamed something
    /// else to that name, and it must not get the source's owner and rights: ESTALE.
    fn open_made(&self, dir: &Dir<'_>, name: &Path) -> io::Result<Special> {
        let made = Special::open(dir, name, false)?;
        let is_alike = match &self.special {
            Some(special) => made.is_like(special),
            None => made.kind() == LINK,
        };
        if is_alike && made.status()?.links <= 1 { Ok(made) } else { Err(sys::stale()) }
    }

    fn read_link(&self) -> Result<LinkTarget> {
        if self.special.is_some() {
            return Ok(LinkTarget::default());
        }
        let target = sys::read_symlink(self.dir, self.name);
        target.map_err(Error::on(Operation::Read, Side::Source))
    }
}
