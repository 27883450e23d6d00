//! The methods that take open files.

use std::fs::File;
use std::ops::RangeBounds;

use super::Options;
use crate::error::Result;
use crate::outcome::Outcome;
use crate::sharing::{self, Deduped};
use crate::transfer;

impl Options<'_> {
    /// Makes the open file `dst` the same as `src`: its bytes and its length.
    ///
    /// Neither descriptor's offset is used or moved; mode, owner and times are not copied.
    /// See [`reflink`](crate::reflink()) for what a failure leaves behind.
    ///
    /// # Errors
    ///
    /// As [`reflink`](crate::reflink()).
    #[doc(alias = "FICLONE")]
    #[doc(alias = "copy_file_range")]
    pub fn reflink(&self, src: &File, dst: &File) -> Result<Outcome> {
        let call = self.session.call()?;
        transfer::open_files(&call, src, dst)
            .map_err(|error| error.having_changed(call.account.changed()))
    }

    /// Copies the bytes `range` of `src` to the offset `dst_offset` of `dst`, and no others.
    ///
    /// See [`partial`](crate::partial).
    ///
    /// # Errors
    ///
    /// As [`partial`](crate::partial).
    #[doc(alias = "FICLONERANGE")]
    #[doc(alias = "copy_file_range")]
    pub fn partial(
        &self,
        src: &File,
        range: impl RangeBounds<u64>,
        dst: &File,
        dst_offset: u64,
    ) -> Result<Outcome> {
        let range = (range.start_bound().cloned(), range.end_bound().cloned());
        let call = self.session.call()?;
        transfer::open_range(&call, src, range, dst, dst_offset)
            .map_err(|error| error.having_changed(call.account.changed()))
    }

    /// Compares the bytes `range` of `src` with those of each destination, and shares what is equal.
    ///
    /// See [`dedupe`](crate::dedupe). Of the options only [`on_progress`](Options::on_progress)
    /// matters; its bytes are those of all destinations together.
    ///
    /// # Errors
    ///
    /// As [`dedupe`](crate::dedupe), and [`Error::Cancelled`](crate::Error::Cancelled).
    #[doc(alias = "FIDEDUPERANGE")]
    pub fn dedupe<'d>(
        &self,
        src: &File,
        range: impl RangeBounds<u64>,
        destinations: impl IntoIterator<Item = (&'d File, u64)>,
    ) -> Result<Vec<Deduped>> {
        let range = (range.start_bound().cloned(), range.end_bound().cloned());
        sharing::run_dedupe(&self.session.call()?, src, range, destinations.into_iter().collect())
    }
}
