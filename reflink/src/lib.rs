//! Copy-on-write file copies.
