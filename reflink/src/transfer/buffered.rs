//! What a job copies by if its files were opened with O_DIRECT.

use std::fs::File;

use super::Job;
use crate::Side;
use crate::direct::{Need, Stuck, buffered};

/// Descriptors without O_DIRECT, for those files of a job that have it.
pub(super) struct Buffered {
    src: Result<Option<File>, Stuck>,
    dst: Result<Option<File>, Stuck>,
}

impl Buffered {
    pub(super) fn of(job: &Job<'_>) -> Self {
        Self { src: buffered(job.src, Need::Reading), dst: buffered(job.dst, Need::Writing) }
    }

    /// Has the job go on with them, or know which of its files it can only clone.
    pub(super) fn stand_in<'j>(&'j self, job: &mut Job<'j>) {
        match &self.src {
            Ok(Some(file)) => job.src = file,
            Ok(None) => {}
            Err(Stuck) => job.only_clones = Some(Side::Source),
        }
        match &self.dst {
            Ok(Some(file)) => job.dst = file,
            Ok(None) => {}
            Err(Stuck) => job.only_clones = Some(Side::Destination),
        }
    }
}
