//! Progress on standard error for long copies: of one file, and of a tree.

mod file;
mod speed;
#[cfg(unix)]
mod tree;
mod view;

pub(crate) use file::Watcher;
#[cfg(unix)]
pub(crate) use tree::Tree;
pub(crate) use view::When;
