//! The methods that take open files.

use std::fs::File;
use std::ops::RangeBounds;

use super::Options;
use crate::error::Result;
use crate::outcome::Outcome;
use crate::sharing::{self, Deduped};
use crate::transfer;

impl Options<'_> {
    /// Gives the open file `dst` the bytes and the length of `src`.
    ///
    /// The offsets of both descriptors are neither used nor moved. Mode, owner and times are not
    /// copied. See [`reflink`](crate::reflink()) for the state that a failure leaves.
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

    /// Copies the bytes `range` of `src` to the offset `dst_offset` of `dst`, and changes no
    /// others.
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

    /// Compares the bytes `range` of `src` with those of each destination, and shares equal blocks.
    ///
    /// See [`dedupe`](crate::dedupe). The only options that matter are
    /// [`on_progress`](Options::on_progress), which counts the bytes of all destinations together,
    /// and [`cancel`](Options::cancel).
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
