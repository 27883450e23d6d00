//! Progress on standard error for long copies: of one file, and of a tree.

mod file;
mod speed;
mod tree;
mod view;

pub(crate) use file::Watcher;
pub(crate) use tree::Tree;
pub(crate) use view::When;
