//! Progress on standard error for long copies: of one file, and of a tree.

mod file;
mod speed;
#[cfg(any(target_os = "linux", target_os = "android"))]
mod tree;
mod view;

pub(crate) use file::Watcher;
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) use tree::Tree;
pub(crate) use view::When;
