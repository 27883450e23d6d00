//! What reflink-sys publishes, item by item, with its documentation.
//!
//! These tables are the allowlist: a name that is not here is not generated, whatever newer headers
//! add, and a name that is here and not in every architecture's headers is an error. Masks that
//! move from kernel to kernel (FS_FL_USER_VISIBLE, FIEMAP_FLAGS_COMPAT …) stay out.

mod clone;
mod fiemap;
mod inode;

/// Items that one manual page describes.
pub(crate) struct Group {
    pub(crate) page: &'static str,
    pub(crate) numbers: &'static [Number],
    pub(crate) structs: &'static [Struct],
}

pub(crate) struct Number {
    pub(crate) name: &'static str,
    pub(crate) rust_type: NumberType,
    pub(crate) doc: &'static str,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum NumberType {
    U32,
    U64,
    I32,
}

pub(crate) struct Struct {
    pub(crate) name: &'static str,
    pub(crate) doc: &'static str,
    /// Name and documentation.
    pub(crate) fields: &'static [(&'static str, &'static str)],
}

pub(crate) fn groups() -> impl Iterator<Item = &'static Group> {
    [clone::GROUPS, fiemap::GROUPS, inode::GROUPS].into_iter().flatten()
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

/// A flag or a request number.
const fn bits(name: &'static str, doc: &'static str) -> Number {
    Number { name, rust_type: NumberType::U32, doc }
}
