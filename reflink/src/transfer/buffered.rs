//! The descriptors with which a job copies files that were opened with O_DIRECT.

use std::fs::File;

use super::job::Job;
use crate::direct::{Need, Stuck, buffered};
use crate::error::{Error, Operation, Result, Side};
use crate::sys;

/// Descriptors without O_DIRECT, for those files of a job that were opened with it.
pub(super) struct Buffered {
    src: Result<Option<File>, Stuck>,
    dst: Result<Option<File>, Stuck>,
}

impl Buffered {
    pub(super) fn of(job: &Job<'_>) -> Self {
        Self { src: buffered(&job.src, Need::Reading), dst: buffered(&job.dst, Need::Writing) }
    }

    /// Puts these descriptors in the job, or records which file can only be cloned.
    pub(super) fn stand_in<'j>(&'j self, job: &mut Job<'j>) {
        match &self.src {
            Ok(Some(file)) => job.src = job.src.by(file),
            Ok(None) => {}
            Err(Stuck) => job.only_clones = Some(Side::Source),
        }
        match &self.dst {
            Ok(Some(file)) => job.dst = job.dst.by(file),
            Ok(None) => {}
            Err(Stuck) => job.only_clones = Some(Side::Destination),
        }
    }
    /// Closes the destination's descriptor, if there is one: FUSE and servers report failed writes
    /// there.
    pub(super) fn close(buffered: Option<Self>) -> Result<()> {
        match buffered.map(|buffered| buffered.dst) {
            Some(Ok(Some(file))) => {
                sys::close(file).map_err(Error::on(Operation::Close, Side::Destination))
            }
            _ => Ok(()),
        }
    }
}
