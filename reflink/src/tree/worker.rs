//! The state of one thread of a tree copy.

use std::fs::File;
use std::sync::Arc;

use super::job::{FileObserver, Job};
use super::node::Node;
use super::outcome::Outcome;
use crate::session::Call;

/// One thread of a tree copy.
pub(super) struct Worker<'w, 'o> {
    pub(super) job: &'w Job<'w, 'o>,
    pub(super) call: Call<'w>,
    pub(super) observer: &'w FileObserver<'w, 'o>,
    pub(super) outcome: Outcome,
    /// The directory from which the last hard link was made.
    pub(super) linked_from: Option<(Arc<Node>, File)>,
}
