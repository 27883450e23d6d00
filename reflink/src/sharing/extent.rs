//! One extent of a file.

use std::fmt::{self, Debug, Formatter};

use crate::sys::RawExtent;

/// A run of consecutive blocks, both in the file and on the device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Extent {
    /// Where it starts in the file, in bytes.
    pub offset: u64,
    /// Its length in bytes: a multiple of the block size, so the last extent may end past the end
    /// of the file.
    pub len: u64,
    /// Where it starts on the device, in bytes of the filesystem's own address space. `None` if it
    /// has no place (yet): delayed allocation, inline data, or a filesystem that does not report
    /// it.
    pub physical: Option<u64>,
    /// What the filesystem reports about it.
    pub flags: ExtentFlags,
}

impl Extent {
    /// Where it ends in the file, in bytes.
    #[must_use]
    pub fn end(&self) -> u64 {
        self.offset.saturating_add(self.len)
    }

    /// Whether another file, or another place in this file, uses the same blocks.
    #[must_use]
    pub fn is_shared(&self) -> bool {
        self.flags.contains(ExtentFlags::SHARED)
    }
}

/// The flags of FIEMAP for an extent: a set.
///
/// The bits are the kernel's `FIEMAP_EXTENT_*`, described in Documentation/filesystems/fiemap.rst.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct ExtentFlags(u32);

impl ExtentFlags {
    /// It is the last extent of the file.
    pub const LAST: Self = Self(0x1);
    /// Its place is unknown.
    pub const UNKNOWN: Self = Self(0x2);
    /// It has no place yet: the data waits in memory to be written.
    pub const DELAYED: Self = Self(0x4);
    /// The data is stored in another form: compressed or encrypted.
    pub const ENCODED: Self = Self(0x8);
    /// The data is encrypted.
    pub const ENCRYPTED: Self = Self(0x80);
    /// It does not start or end on a block boundary.
    pub const NOT_ALIGNED: Self = Self(0x100);
    /// The data is stored in the file's metadata.
    pub const INLINE: Self = Self(0x200);
    /// The data shares a block with other files' tails.
    pub const TAIL: Self = Self(0x400);
    /// It is reserved but was never written: it reads as zeros.
    pub const UNWRITTEN: Self = Self(0x800);
    /// The filesystem has no extents; FIEMAP merged single blocks.
    pub const MERGED: Self = Self(0x1000);
    /// Its blocks are also used elsewhere.
    pub const SHARED: Self = Self(0x2000);

    const NAMES: [(Self, &'static str); 11] = [
        (Self::LAST, "last"),
        (Self::UNKNOWN, "unknown"),
        (Self::DELAYED, "delayed"),
        (Self::ENCODED, "encoded"),
        (Self::ENCRYPTED, "encrypted"),
        (Self::NOT_ALIGNED, "not-aligned"),
        (Self::INLINE, "inline"),
        (Self::TAIL, "tail"),
        (Self::UNWRITTEN, "unwritten"),
        (Self::MERGED, "merged"),
        (Self::SHARED, "shared"),
    ];

    pub(crate) fn of(raw: &RawExtent) -> Self {
        Self(raw.flags)
    }

    /// The kernel's bits.
    #[must_use]
    pub const fn bits(self) -> u32 {
        self.0
    }

    /// Whether all of `other` is in this set.
    #[must_use]
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// The names of the flags in this set, except flags that this crate has no name for.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        Self::NAMES.into_iter().filter(move |(flag, _)| self.contains(*flag)).map(|(_, name)| name)
    }
}

impl Debug for ExtentFlags {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.names()).finish()
    }
}

impl From<&RawExtent> for Extent {
    fn from(raw: &RawExtent) -> Self {
        let flags = ExtentFlags::of(raw);
        let nowhere = [ExtentFlags::UNKNOWN, ExtentFlags::DELAYED, ExtentFlags::INLINE];
        let placed = !nowhere.into_iter().any(|flag| flags.contains(flag));
        Self { offset: raw.offset, len: raw.len, physical: placed.then_some(raw.physical), flags }
    }
}

#[cfg(all(test, any(target_os = "linux", target_os = "android")))]
mod tests {
    use super::*;

    #[test]
    fn the_flags_match_the_kernel() {
        use reflink_sys::*;
        let pairs = [
            (ExtentFlags::LAST, FIEMAP_EXTENT_LAST),
            (ExtentFlags::UNKNOWN, FIEMAP_EXTENT_UNKNOWN),
            (ExtentFlags::DELAYED, FIEMAP_EXTENT_DELALLOC),
            (ExtentFlags::ENCODED, FIEMAP_EXTENT_ENCODED),
            (ExtentFlags::ENCRYPTED, FIEMAP_EXTENT_DATA_ENCRYPTED),
            (ExtentFlags::NOT_ALIGNED, FIEMAP_EXTENT_NOT_ALIGNED),
            (ExtentFlags::INLINE, FIEMAP_EXTENT_DATA_INLINE),
            (ExtentFlags::TAIL, FIEMAP_EXTENT_DATA_TAIL),
            (ExtentFlags::UNWRITTEN, FIEMAP_EXTENT_UNWRITTEN),
            (ExtentFlags::MERGED, FIEMAP_EXTENT_MERGED),
            (ExtentFlags::SHARED, FIEMAP_EXTENT_SHARED),
        ];
        for (ours, kernels) in pairs {
            assert_eq!(ours.bits(), kernels, "{ours:?}");
        }
    }
}
