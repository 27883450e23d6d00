//! Snapshots of btrfs subvolumes: the BTRFS_IOC_SNAP_CREATE ioctl.

use super::item::{Group, Struct, bits};

pub(super) const GROUPS: &[Group] = &[Group {
    page: "linux/btrfs.h",
    numbers: &[bits(
        "BTRFS_IOC_SNAP_CREATE",
        "Makes a writable snapshot of a btrfs subvolume.\n\n\
             `ioctl(directory_fd, BTRFS_IOC_SNAP_CREATE, &btrfs_ioctl_vol_args)` makes the snapshot in \
             that directory.",
    )],
    structs: &[Struct {
        name: "btrfs_ioctl_vol_args",
        doc: "The argument of [`BTRFS_IOC_SNAP_CREATE`]: of what, and by which name.",
        fields: &[
            ("fd", "A file descriptor of the source, which is a subvolume."),
            ("name", "The name of the new subvolume, NUL-terminated."),
        ],
    }],
}];
