//! Tests that cannot hold in some places of the guests, each with the reason.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Result, ensure};

use super::place::{Place, Suite, version};
use crate::test::process::printed;

/// A suite, a test of it or a common part of several test names, and why it is left out.
pub(super) type Skipped = (&'static str, &'static str, &'static str);

const LONG: &str = "emulated, it takes more than ten minutes";
const LOCAL: [Skipped; 2] = [
    ("sharing", "dedupe_long::three_gibibytes_in_one_call", LONG),
    ("sharing", "extents_many::", LONG),
];
const LOCAL_OF_5_10: [Skipped; 2] = [
    (
        "sharing",
        "dedupe_permission::a_read_only_filesystem_is_named",
        "Linux 5.10 does not share blocks between two mounts",
    ),
    (
        "sharing",
        "shared_between::of_compressed_files_the_parts_that_stayed_are_shared",
        "the btrfs of Linux 5.10 tells other addresses for the rest of a compressed extent",
    ),
];

const OCFS2_CLUSTERS: &str = "its numbers are those of blocks of 4 KiB; the clusters have 32";
const OCFS2_END: &str = "the last cluster, where it is not whole, is compared only";
const OCFS2_TABLE: &str = "its table is that of the filesystems of cargo xtask test";
const OCFS2: [Skipped; 20] = [
    ("sharing", "dedupe::a_difference_is_told", OCFS2_CLUSTERS),
    ("sharing", "dedupe::a_ragged_end", OCFS2_CLUSTERS),
    ("sharing", "dedupe::less_than_a_block", OCFS2_CLUSTERS),
    ("sharing", "dedupe_refused::offsets_off_the_blocks", OCFS2_CLUSTERS),
    ("sharing", "extents::holes_and_unwritten", OCFS2_CLUSTERS),
    ("sharing", "extents::shared_blocks_are_flagged", OCFS2_CLUSTERS),
    ("sharing", "extents::totals_are_of_all", OCFS2_CLUSTERS),
    ("sharing", "reasons::a_limit_on", OCFS2_CLUSTERS),
    ("sharing", "reasons::an_end_within", OCFS2_CLUSTERS),
    ("sharing", "reasons::each_number", OCFS2_CLUSTERS),
    ("sharing", "shared_between::a_clone_is_all", OCFS2_CLUSTERS),
    ("sharing", "shared_between::in_sparse_files", OCFS2_CLUSTERS),
    ("sharing", "dedupe_long::progress_counts_every_destination", OCFS2_END),
    ("sharing", "dedupe_long::three_gibibytes_in_one_call", OCFS2_END),
    ("sharing", "dedupe::whole_files_of_odd_sizes", "OCFS2 keeps a small file in its inode"),
    ("sharing", "dedupe_refused::a_filesystem_without_the_call", OCFS2_TABLE),
    ("sharing", "dedupe_refused::another_filesystem_is_named", OCFS2_TABLE),
    ("sharing", "reasons::a_filesystem_that_cannot_clone", OCFS2_TABLE),
    ("sharing", "extents::data_that_waits_in_memory", "OCFS2 gives data a place at once"),
    ("sharing", "extents_many::", LONG),
];

const F2FS: [Skipped; 2] = [
    (
        "any_filesystem",
        "sparse::nothing_but_a_hole",
        "f2fs keeps a small file in its inode, its holes, too",
    ),
    (
        "any_filesystem",
        "sparse::unwritten_extents_are_holes",
        "f2fs calls reserved blocks data where there is data before them",
    ),
];

const NO_ACL: &str = "NFSv4 has no POSIX ACLs";
const NFS_RIGHTS: &str =
    "an NFS server asks who the user is, and not for the client's capabilities";
const NFS: [Skipped; 10] = [
    ("server", "one_file::", "the second mount is that of another directory"),
    ("any_filesystem", "acls::", NO_ACL),
    ("any_filesystem", "metadata::access_lists_are_kept_when_asked_for", NO_ACL),
    ("any_filesystem", "metadata::a_default_access_list_takes_the_place_of_the_umask", NO_ACL),
    ("any_filesystem", "permissions::the_mask_of_an_acl_does_not_become_the_groups_rights", NO_ACL),
    ("any_filesystem", "privileged::everything_is_kept_together", NO_ACL),
    (
        "any_filesystem",
        "privileged::files_and_directories_without_permission_are_refused",
        NFS_RIGHTS,
    ),
    (
        "any_filesystem",
        "privileged::what_cannot_be_kept_is_an_error_when_asked_for_by_name",
        NFS_RIGHTS,
    ),
    (
        "any_filesystem",
        "overwrite::replace_makes_a_new_file_and_leaves_the_old_one_to_its_users",
        "a replaced file that is open gets another name from the NFS client",
    ),
    (
        "any_filesystem",
        "sparse::room_beyond_the_end_is_not_copied",
        "NFS does not reserve blocks behind a file's end",
    ),
];

const NFS41_XATTR: &str = "NFS before 4.2 has no extended attributes";
const NFS41_HOLES: &str = "NFS before 4.2 neither shows holes nor makes them, nor reserves blocks";
const NFS41: [Skipped; 4] = [
    ("command", "filesystem::a_large_clone_is_one_call_unless_progress_is_asked_for", NFS41_HOLES),
    ("any_filesystem", "metadata::extended_attributes", NFS41_XATTR),
    ("any_filesystem", "sparse::", NFS41_HOLES),
    ("filesystems", "across::a_sparse_copy_takes_no_more_room_than_its_source", NFS41_HOLES),
];

const SMB_FILES: &str = "SMB has neither devices nor FIFOs nor symbolic links";
const SMB_MODES: &str = "on SMB owner and mode are those that the mount says";
const SMB_ACL: &str = "the SMB client has no POSIX ACLs";
const SMB_NAMES: &str = "an SMB server has rules of its own for names";
const SMB_TIMES: &str = "an SMB server rounds times, and may change them after the last write";
const SMB_ROOM: &str = "SMB does not tell a file's blocks";
const SMB: [Skipped; 38] = [
    (
        "server",
        "outage::files_that_the_server_no_longer_knows_are_an_error",
        "an SMB server knows a file as long as it is open",
    ),
    (
        "server",
        "outage::never_does_so_too",
        "the SMB client lets a program that writes wait until the server is back",
    ),
    (
        "command",
        "filesystem::a_mode_that_cannot_be_set_is_an_error_only_where_it_was_asked_for",
        SMB_MODES,
    ),
    ("any_filesystem", "bad_files::a_device_is_no_destination", SMB_FILES),
    ("any_filesystem", "bad_files::a_directory_is_no_source", SMB_FILES),
    ("any_filesystem", "bad_files::a_link_to_a", SMB_FILES),
    ("any_filesystem", "bad_files::fifos_and_sockets", SMB_FILES),
    ("any_filesystem", "bad_files::open_files_that_are_not_regular", SMB_FILES),
    ("any_filesystem", "bad_names::a_destination_with", SMB_FILES),
    ("any_filesystem", "bad_names::a_source_that_is_not_there", SMB_FILES),
    ("any_filesystem", "bad_names::unusual_names_are_names", SMB_NAMES),
    ("any_filesystem", "acls::", SMB_ACL),
    ("any_filesystem", "metadata::a_default_access_list", SMB_ACL),
    ("any_filesystem", "metadata::access_lists", SMB_ACL),
    ("any_filesystem", "permissions::the_mask_of_an_acl", SMB_ACL),
    ("any_filesystem", "privileged::everything_is_kept_together", SMB_ACL),
    ("any_filesystem", "metadata::times_are_kept_to_the_nanosecond", SMB_TIMES),
    ("any_filesystem", "metadata::times_before_1970", SMB_TIMES),
    ("any_filesystem", "permissions::a_private_file", SMB_MODES),
    ("any_filesystem", "permissions::replaced_keeps", SMB_MODES),
    ("any_filesystem", "permissions::set_id_bits_are_kept", SMB_MODES),
    ("any_filesystem", "permissions::source_bits", SMB_MODES),
    ("any_filesystem", "permissions::umask_takes", SMB_MODES),
    ("any_filesystem", "privileged::files_and_directories", SMB_MODES),
    ("any_filesystem", "privileged::set_id_bits", SMB_MODES),
    ("any_filesystem", "privileged::the_owner", SMB_MODES),
    ("any_filesystem", "privileged::what_cannot_be_kept", SMB_MODES),
    ("any_filesystem", "bad_names::a_path_as_long_as_can_be", "on SMB it waits for ever"),
    ("any_filesystem", "content::a_symbolic_link_at_the_source_is_followed", SMB_FILES),
    (
        "any_filesystem",
        "overwrite::a_link_to_itself_at_the_destination_is_replaced_but_not_followed",
        SMB_FILES,
    ),
    (
        "any_filesystem",
        "overwrite::in_place_does_not_write_through_a_dangling_symbolic_link",
        SMB_FILES,
    ),
    ("any_filesystem", "overwrite::in_place_follows_a_symbolic_link", SMB_FILES),
    ("any_filesystem", "overwrite::never_fails_where_the_name_is_taken", SMB_FILES),
    ("any_filesystem", "overwrite::replace_takes_the_place_of_a_symbolic_link", SMB_FILES),
    (
        "any_filesystem",
        "same_file::a_file_is_never_copied_onto_itself_through_a_symbolic_link",
        SMB_FILES,
    ),
    (
        "any_filesystem",
        "same_file::a_file_is_never_copied_onto_its_hard_link",
        "the SMB client is late to count links",
    ),
    ("any_filesystem", "sparse::room_beyond_the_end_is_not_copied", SMB_ROOM),
    ("any_filesystem", "sparse::unwritten_extents_are_holes", SMB_ROOM),
];

const KSMBD: [Skipped; 2] = [
    (
        "command",
        "filesystem::always_on_a_range_wants_block_boundaries",
        "ksmbd answers a clone that its filesystem refuses by a copy, and does not say so",
    ),
    (
        "command",
        "filesystem::a_full_disk_is_an_error_that_leaves_the_old_file",
        "ksmbd says EIO where there is no room for a new file",
    ),
];

const HIDDEN: &str = "the SMB client does not show the holes of a file there";
const HIDDEN_HOLES: [Skipped; 6] = [
    ("filesystems", "across::a_sparse_copy_takes_no_more_room_than_its_source", HIDDEN),
    ("any_filesystem", "sparse::a_hundred_gibibytes_of_hole_cost_nothing", HIDDEN),
    ("any_filesystem", "sparse::holes_replace_old_data_of_an_open_file_and_free_its_room", HIDDEN),
    ("any_filesystem", "sparse::islands_of_all_sizes_at_odd_places", HIDDEN),
    ("any_filesystem", "sparse::many_small_islands", HIDDEN),
    ("any_filesystem", "sparse::nothing_but_a_hole", HIDDEN),
];

const SAMBA_OPEN: &str = "samba replaces no file that is open";
const SAMBA: [Skipped; 5] = [
    (
        "filesystems",
        "across::a_file_is_not_copied_onto_itself_by_another_filesystem",
        "the SMB client answers with times that it remembers, which are not those of the server's disk",
    ),
    ("any_filesystem", "metadata::times_are_new_when_not_asked_for", SMB_TIMES),
    (
        "any_filesystem",
        "overwrite::replace_makes_a_new_file_and_leaves_the_old_one_to_its_users",
        SAMBA_OPEN,
    ),
    (
        "any_filesystem",
        "overwrite::the_file_of_a_running_program_is_replaced_but_not_written",
        SAMBA_OPEN,
    ),
    (
        "any_filesystem",
        "overwrite::in_place_keeps_the_inode_and_all_its_names",
        "the SMB client does not open an open file by its other name there",
    ),
];

const SAMBA_XFS: [Skipped; 1] = [(
    "filesystems",
    "full_disk::a_clone_needs_no_room",
    "samba answers copy_file_range by its own, which shares blocks on xfs",
)];

const SMB_RANGES: &str = "the SMB client of Linux 5.10 refuses to clone ranges";
const SMB_OF_5_10: [Skipped; 2] = [
    ("filesystems", "table::an_aligned_range_is_cloned", SMB_RANGES),
    ("server", "ranges::always_is_exact_or_says_why_not", SMB_RANGES),
];

const SMB_OF_6_1: [Skipped; 1] =
    [("server", "one_file::", "the SMB client of Linux 6.1 answers with a time that it remembers")];

/// Waiting for a server that is gone takes a minute.
const SAME_CLIENT: &str = "it is tried with this client elsewhere";
const OUTAGES: [Skipped; 1] = [("server", "outage::", SAME_CLIENT)];
const READ_OUTAGE: [Skipped; 1] = [("server", "outage::never_does_so_too", SAME_CLIENT)];

/// The tests that are left out at `place` under a kernel of this series.
pub(super) fn at(place: Place, series: &str) -> Vec<Skipped> {
    let always: &[&[Skipped]] = match place {
        Place::Xfs | Place::Btrfs | Place::Overlay => &[&LOCAL],
        Place::Ocfs2 => &[&OCFS2],
        Place::F2fs => &[&F2FS],
        Place::Nfs42Xfs => &[&NFS],
        Place::Nfs42Btrfs => &[&NFS, &OUTAGES],
        Place::Nfs41Xfs => &[&NFS, &NFS41, &READ_OUTAGE],
        Place::SmbKsmbdXfs => &[&SMB, &KSMBD],
        Place::SmbKsmbdBtrfs => &[&SMB, &KSMBD, &OUTAGES],
        Place::SmbSambaBtrfs => &[&SMB, &HIDDEN_HOLES, &SAMBA],
        Place::SmbSambaXfs => &[&SMB, &HIDDEN_HOLES, &SAMBA, &SAMBA_XFS],
    };
    let version = version(series);
    let now: &[Skipped] = match place {
        Place::Xfs | Place::Btrfs if version < (5, 18) => &LOCAL_OF_5_10,
        Place::SmbSambaBtrfs if version < (6, 1) => &SMB_OF_5_10,
        Place::SmbSambaBtrfs | Place::SmbSambaXfs if version == (6, 1) => &SMB_OF_6_1,
        Place::SmbKsmbdXfs | Place::SmbKsmbdBtrfs if version >= (7, 2) => &HIDDEN_HOLES,
        _ => &[],
    };
    [&always.concat(), now].concat()
}

/// Fails if a test that is left out, or a part of a suite that should run, no longer exists in the
/// suite.
pub(super) fn check(
    programs: &[(String, PathBuf)],
    places: &[Place],
    series: &str,
    full: bool,
) -> Result<()> {
    let mut named = BTreeSet::new();
    for place in places {
        named.extend(at(*place, series).iter().map(|(suite, test, _)| (*suite, *test)));
        for Suite { name, parts } in place.suites(full) {
            named.extend(parts.iter().map(|part| (name, *part)));
        }
    }
    for (suite, program) in programs {
        let ours: Vec<_> = named.iter().filter(|(name, _)| name == suite).collect();
        if ours.is_empty() {
            continue;
        }
        let list = printed(Command::new(program).arg("--list"))?;
        for (_, test) in ours {
            ensure!(list.contains(test), "{suite} has no test {test}");
        }
    }
    Ok(())
}
