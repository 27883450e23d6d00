//! Copying between two open files: clone, else copy_file_range, else read and write. Each method
//! starts where the previous one stopped.

mod buffered;
mod bytes;
mod clone;
mod copy;
mod job;
mod range;
mod read_write;
mod refusals;
mod segments;
mod splice;
mod stream;
mod unknown_length;
mod whole;

pub(crate) use job::{Job, NotCloned};
pub(crate) use range::{open_range, resolve_source_range};
pub(crate) use whole::{open_files, would_wait_too_long};
