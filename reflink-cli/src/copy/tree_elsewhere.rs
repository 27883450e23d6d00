//! Trees, on systems where the library copies none.

use std::path::Path;

use reflink::{Error, Options};

use super::args::Args;
use super::walk::Kind;
use crate::exit::Exit;
use crate::failure::Failure;

/// Refuses.
pub(super) fn copy(
    _: &Args,
    _: &Options<'_>,
    (source, _): (&Path, &Path),
    _: Kind,
) -> Result<Exit, Failure> {
    let message = format!("cannot copy {}", reflink::display::Quoted(source));
    Err(Failure::new(message).with_hint("only files are copied on this system"))
}

/// There are no subvolumes.
pub(super) fn snapshot(_: &Path, _: &Path) -> reflink::Result<()> {
    Err(Error::Unsupported)
}
