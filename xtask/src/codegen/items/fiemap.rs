//! Where a file's bytes are on the disk: the FS_IOC_FIEMAP ioctl, and FIGETBSZ.

use super::item::{Group, Number, NumberType, Struct, bits};

pub(super) const GROUPS: &[Group] = &[
    Group {
        page: "Documentation/filesystems/fiemap.rst in the kernel's sources",
        numbers: &[
            bits(
                "FS_IOC_FIEMAP",
                "Lists a file's extents.\n\n\
                 `ioctl(fd, FS_IOC_FIEMAP, &mut fiemap)`. Flags that the filesystem does not know make it fail with EBADR, and are what \
                 [`fiemap::fm_flags`] holds afterwards.",
            ),
            Number {
                name: "FIEMAP_MAX_OFFSET",
                rust_type: NumberType::U64,
                doc: "A [`fiemap::fm_length`] that reaches to the end of any file.",
            },
            bits("FIEMAP_FLAG_SYNC", "[`fiemap::fm_flags`]: write dirty data back before mapping."),
            bits(
                "FIEMAP_FLAG_XATTR",
                "[`fiemap::fm_flags`]: map the extended attributes instead of the data.",
            ),
            bits(
                "FIEMAP_FLAG_CACHE",
                "[`fiemap::fm_flags`]: ask the filesystem to cache the extents.",
            ),
            bits(
                "FIEMAP_EXTENT_LAST",
                "[`fiemap_extent::fe_flags`]: the last extent of the file (some filesystems: of \
                 the range asked for).",
            ),
            bits(
                "FIEMAP_EXTENT_UNKNOWN",
                "[`fiemap_extent::fe_flags`]: the place is not known; \
                 [`fiemap_extent::fe_physical`] means nothing.",
            ),
            bits(
                "FIEMAP_EXTENT_DELALLOC",
                "[`fiemap_extent::fe_flags`]: data in memory that has no place on the disk yet. \
                 Implies [`FIEMAP_EXTENT_UNKNOWN`].",
            ),
            bits(
                "FIEMAP_EXTENT_ENCODED",
                "[`fiemap_extent::fe_flags`]: not plain blocks (compressed, for one): what the disk \
                 holds there is not what the file holds.",
            ),
            bits(
                "FIEMAP_EXTENT_DATA_ENCRYPTED",
                "[`fiemap_extent::fe_flags`]: the filesystem encrypted the data. Implies \
                 [`FIEMAP_EXTENT_ENCODED`].",
            ),
            bits(
                "FIEMAP_EXTENT_NOT_ALIGNED",
                "[`fiemap_extent::fe_flags`]: offsets and length may not be block-aligned.",
            ),
            bits(
                "FIEMAP_EXTENT_DATA_INLINE",
                "[`fiemap_extent::fe_flags`]: the data lies inside a metadata block. Implies \
                 [`FIEMAP_EXTENT_NOT_ALIGNED`].",
            ),
            bits(
                "FIEMAP_EXTENT_DATA_TAIL",
                "[`fiemap_extent::fe_flags`]: the data shares a block with other files' tails. \
                 Implies [`FIEMAP_EXTENT_NOT_ALIGNED`].",
            ),
            bits(
                "FIEMAP_EXTENT_UNWRITTEN",
                "[`fiemap_extent::fe_flags`]: allocated and never written; reads as zeros.",
            ),
            bits(
                "FIEMAP_EXTENT_MERGED",
                "[`fiemap_extent::fe_flags`]: the filesystem knows blocks only; neighbours were \
                 merged for this answer.",
            ),
            bits(
                "FIEMAP_EXTENT_SHARED",
                "[`fiemap_extent::fe_flags`]: the blocks are shared with another file, or with \
                 another place in this one.",
            ),
        ],
        structs: &[
            Struct {
                name: "fiemap_extent",
                doc: "One extent of a file, as [`FS_IOC_FIEMAP`] lists it.",
                fields: &[
                    ("fe_logical", "Where it starts in the file, in bytes."),
                    ("fe_physical", "Where it starts on the device, in bytes."),
                    ("fe_length", "Its length, in bytes."),
                    ("fe_reserved64", "Reserved by the kernel."),
                    ("fe_flags", "`FIEMAP_EXTENT_*` bits."),
                    ("fe_reserved", "Reserved by the kernel."),
                ],
            },
            Struct {
                name: "fiemap",
                doc: "The head of the argument of [`FS_IOC_FIEMAP`]: which range; room for the \
                      extents follows it in memory.",
                fields: &[
                    ("fm_start", "In: where to start in the file, in bytes."),
                    (
                        "fm_length",
                        "In: how many bytes to map; [`FIEMAP_MAX_OFFSET`] for all that follow.",
                    ),
                    (
                        "fm_flags",
                        "In: `FIEMAP_FLAG_*` bits. Out, after EBADR: those that were refused.",
                    ),
                    (
                        "fm_mapped_extents",
                        "Out: how many extents were written, or, where \
                         [`fm_extent_count`](Self::fm_extent_count) was 0, how many there are.",
                    ),
                    (
                        "fm_extent_count",
                        "In: how many [`fiemap_extent`] there is room for; 0 only counts.",
                    ),
                    ("fm_reserved", "Must be 0."),
                    (
                        "fm_extents",
                        "The extents start here (a flexible array in C, of no size of its own).",
                    ),
                ],
            },
        ],
    },
    Group {
        page: "ioctl(2), and ioctl_list(2) in older collections; it has no page of its own",
        numbers: &[bits(
            "FIGETBSZ",
            "Gets the filesystem's block size, in bytes.\n\n\
             `ioctl(fd, FIGETBSZ, &mut size)` writes an `int`. Ranges that can be cloned or \
             deduplicated are multiples of it on most filesystems.",
        )],
        structs: &[],
    },
];
