//! Cloning and deduplication: the FICLONE, FICLONERANGE and FIDEDUPERANGE ioctls.

use super::item::{Group, Number, NumberType, Struct, bits};

pub(super) const GROUPS: &[Group] = &[
    Group {
        page: "ioctl_ficlone(2)",
        numbers: &[bits(
            "FICLONE",
            "Clones a whole file.\n\n\
             `ioctl(dest_fd, FICLONE, src_fd)` makes the destination share all of the source's \
             blocks. The argument is the file descriptor itself, an `int`, not a pointer.",
        )],
        structs: &[],
    },
    Group {
        page: "ioctl_ficlonerange(2)",
        numbers: &[bits(
            "FICLONERANGE",
            "Clones a range of a file.\n\n\
             `ioctl(dest_fd, FICLONERANGE, &file_clone_range)` makes a range of the destination \
             share the source's blocks.",
        )],
        structs: &[Struct {
            name: "file_clone_range",
            doc: "The argument of [`FICLONERANGE`]: which bytes, and where to.\n\n\
                  Offsets and length are multiples of the filesystem's block size; only a range \
                  that ends at the end of the source may have an odd length.",
            fields: &[
                ("src_fd", "The source's file descriptor."),
                ("src_offset", "Where the range starts in the source, in bytes."),
                ("src_length", "How many bytes; 0 means up to the end of the source."),
                ("dest_offset", "Where the range goes in the destination, in bytes."),
            ],
        }],
    },
    Group {
        page: "ioctl_fideduperange(2)",
        numbers: &[
            bits(
                "FIDEDUPERANGE",
                "Shares a range with others that hold the same bytes.\n\n\
                 `ioctl(src_fd, FIDEDUPERANGE, &mut file_dedupe_range)`: the kernel compares first, \
                 under its own locks, and no file's content changes.",
            ),
            status(
                "FILE_DEDUPE_RANGE_SAME",
                "[`file_dedupe_range_info::status`]: the bytes were equal and are shared now.",
            ),
            status(
                "FILE_DEDUPE_RANGE_DIFFERS",
                "[`file_dedupe_range_info::status`]: the bytes differ; nothing was shared.",
            ),
        ],
        structs: &[
            Struct {
                name: "file_dedupe_range_info",
                doc: "One destination of [`FIDEDUPERANGE`], and what became of it.",
                fields: &[
                    ("dest_fd", "In: the destination's file descriptor."),
                    ("dest_offset", "In: where the range starts in the destination, in bytes."),
                    (
                        "bytes_deduped",
                        "Out: how many bytes are shared now; may be fewer than asked.",
                    ),
                    (
                        "status",
                        "Out: [`FILE_DEDUPE_RANGE_SAME`], [`FILE_DEDUPE_RANGE_DIFFERS`], or a \
                         negated errno. The call itself succeeds even when a destination fails.",
                    ),
                    ("reserved", "Must be 0."),
                ],
            },
            Struct {
                name: "file_dedupe_range",
                doc: "The head of the argument of [`FIDEDUPERANGE`]: which bytes of the source; the \
                      destinations follow it in memory.\n\n\
                      Head and destinations together must fit into a page.",
                fields: &[
                    ("src_offset", "Where the range starts in the source, in bytes."),
                    (
                        "src_length",
                        "How many bytes. A filesystem may do less in one call (usually 16 MiB).",
                    ),
                    ("dest_count", "How many [`file_dedupe_range_info`] follow."),
                    ("reserved1", "Must be 0."),
                    ("reserved2", "Must be 0."),
                    (
                        "info",
                        "The destinations start here (a flexible array in C, of no size of its own).",
                    ),
                ],
            },
        ],
    },
];

const fn status(name: &'static str, doc: &'static str) -> Number {
    Number { name, rust_type: NumberType::I32, doc }
}
