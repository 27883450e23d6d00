//! Making equal blocks shared: FIDEDUPERANGE.

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd as _;

use reflink_sys as kernel;

use super::ioctl::Ioctl;
use crate::sys::types::DedupeAnswer;

/// Destinations that one call takes: with its head they must fit into a page of 4 KiB.
pub(crate) const DEDUPE_BATCH: usize =
    (4096 - size_of::<kernel::file_dedupe_range>()) / size_of::<kernel::file_dedupe_range_info>();

#[repr(C)]
struct Dedupe {
    head: kernel::file_dedupe_range,
    targets: [kernel::file_dedupe_range_info; DEDUPE_BATCH],
}

// SAFETY: FIDEDUPERANGE reads and writes one `file_dedupe_range` and, behind it, as many infos as `dest_count`
// says: `dedupe_range` says no more than `Dedupe` has.
const FIDEDUPERANGE: Ioctl<Dedupe> = unsafe { Ioctl::new(kernel::FIDEDUPERANGE) };

/// Compares `len` bytes of `src` with each destination, at most [`DEDUPE_BATCH`], and shares what is
/// equal. One answer a destination.
pub(crate) fn dedupe_range(
    src: &File,
    src_offset: u64,
    len: u64,
    destinations: &[(&File, u64)],
) -> io::Result<Vec<DedupeAnswer>> {
    let destinations = &destinations[..destinations.len().min(DEDUPE_BATCH)];
    let mut argument = Dedupe {
        head: kernel::file_dedupe_range {
            src_offset,
            src_length: len,
            dest_count: destinations.len() as u16,
            ..Default::default()
        },
        targets: [kernel::file_dedupe_range_info::default(); DEDUPE_BATCH],
    };
    for (target, (file, offset)) in argument.targets.iter_mut().zip(destinations) {
        target.dest_fd = file.as_raw_fd().into();
        target.dest_offset = *offset;
    }
    FIDEDUPERANGE.call(src, &mut argument)?;
    let answer = |target: &kernel::file_dedupe_range_info| match target.status {
        kernel::FILE_DEDUPE_RANGE_SAME => DedupeAnswer::Shared(target.bytes_deduped),
        kernel::FILE_DEDUPE_RANGE_DIFFERS => DedupeAnswer::Differs,
        status => DedupeAnswer::Failed(io::Error::from_raw_os_error(status.wrapping_neg())),
    };
    Ok(argument.targets[..destinations.len()].iter().map(answer).collect())
}
