//! The facts about an item that do not come from a header.

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

/// A flag or a request number.
pub(super) const fn bits(name: &'static str, doc: &'static str) -> Number {
    Number { name, rust_type: NumberType::U32, doc }
}
