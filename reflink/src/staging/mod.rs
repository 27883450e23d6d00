//! Where a new file is made, and how it gets its name: whole or not at all.

pub(crate) mod link;
mod source;
mod staged;
mod target;
mod unfinished;

pub(crate) use source::Source;
pub(crate) use staged::rename;
pub(crate) use staged::{Finished, Flush, Published, Staged, Way, publish};
pub(crate) use target::{Target, same_file, sync, sync_name};
pub(crate) use unfinished::with_temporary_name;
pub(crate) use unfinished::{Stays, Unfinished, scratch_clone, scratch_file};
