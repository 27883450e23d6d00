//! The open source of a copy, and its status when it was opened.

use std::fs::File;

use crate::choices::HardLinks;
use crate::error::{Error, Operation, Result, Side};
use crate::open::At;
use crate::regular;
use crate::session::Call;
use crate::sys::{self, Status};

/// An open source, known to be a regular file.
pub(crate) struct Source {
    pub(crate) file: File,
    pub(crate) status: Status,
    /// Whether the caller's path is a symbolic link. Checked only if a hard link could be made.
    pub(crate) is_behind_link: bool,
}

impl Source {
    pub(crate) fn open(call: &Call<'_>, at: At<'_>) -> Result<Self> {
        let side = Side::Source;
        let file = call.open_for_reading(at, side)?;
        let failed = || Error::on(Operation::Inspect, side);
        let status = sys::status(&file).map_err(failed())?;
        regular::require(&status, Operation::Copy, side)?;
        let is_behind_link = call.settings.hard_links != HardLinks::Never && {
            // If another file has the path by now, the path is not a name of this file either.
            let named = at.dir.inspect(at.path, false).map_err(failed())?;
            named.is_none_or(|named| named.id != status.id)
        };
        Ok(Self { is_behind_link, ..Self::named(file, status) })
    }

    /// A file or a directory that was opened by its own name.
    pub(crate) fn named(file: File, status: Status) -> Self {
        Self { file, status, is_behind_link: false }
    }
}
