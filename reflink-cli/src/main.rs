//! The `reflink` command.

fn main() {}
