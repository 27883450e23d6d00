//! Linux: the table of errnos, and the causes behind them.

mod causes;
mod errno;
mod flags;
mod swap;

use std::fs::File;

pub(crate) use causes::size_limit;
pub(crate) use errno::{
    any_step, clone, dedupe, dedupe_source, may_be_filtered, prevents_only_offload,
};

use crate::error::Reason;

/// Why a file can be neither written nor replaced.
pub(super) fn protected_or_swap(file: &File) -> Option<Reason> {
    causes::protected(file).or_else(|| swap::swap_file(file, file))
}
