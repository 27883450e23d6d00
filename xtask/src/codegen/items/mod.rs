//! What reflink-sys publishes, item by item, with its documentation.
//!
//! These tables are the allowlist: a name that is not here is not generated, even if newer headers
//! have it, and a name that is here but not in every architecture's headers is an error. Masks that
//! change from kernel to kernel (FS_FL_USER_VISIBLE, FIEMAP_FLAGS_COMPAT …) are left out.

mod clone;
mod fiemap;
mod inode;
pub(crate) mod item;
mod snapshot;

use item::{Group, NumberType};

pub(crate) fn groups() -> impl Iterator<Item = &'static Group> {
    [clone::GROUPS, fiemap::GROUPS, inode::GROUPS, snapshot::GROUPS].into_iter().flatten()
}

pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    groups().flat_map(|group| {
        let numbers = group.numbers.iter().map(|number| number.name);
        numbers.chain(group.structs.iter().map(|item| item.name))
    })
}

pub(crate) fn number_type(name: &str) -> Option<NumberType> {
    let mut numbers = groups().flat_map(|group| group.numbers);
    numbers.find(|number| number.name == name).map(|number| number.rust_type)
}
