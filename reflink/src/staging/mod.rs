//! x
use crate::{Options, Outcome, Result};
use std::path::Path;
pub(crate) fn copy(_options: &mut Options<'_>, _src: &Path, _dst: &Path) -> Result<Outcome> {
    Ok(Outcome::default())
}
