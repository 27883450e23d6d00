//! What only macOS and its kin have. Written from the manual pages and the SDK's headers, and type-checked: no test
//! has run it.

mod attributes;
mod clone;
mod node;
mod rename;
mod statfs;

pub(crate) use attributes::remove_attributes;
pub(crate) use clone::clone_to_name;
pub(in crate::sys) use node::make_node;
#[cfg(feature = "xattr")]
pub(in crate::sys) use node::path_of;
pub(crate) use rename::rename_no_replace;
pub(crate) use statfs::type_of_filesystem;

/// Whether there is a call that makes a new file which is a clone.
pub(crate) const CLONES_TO_NEW_NAMES: bool = true;
