//! A copy gives nobody a right that neither file gave: what ACLs add to the permission bits.

use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use reflink::{Attribute, Options, Outcome, Overwrite, Permissions, Preserve};
use tempfile::TempDir;

use crate::common::*;

const POLICIES: [Permissions; 3] = [Permissions::Source, Permissions::Replaced, Permissions::Umask];

struct Files {
    dir: TempDir,
    src: PathBuf,
    dst: PathBuf,
}

fn files() -> Files {
    let dir = dir();
    let [src, dst] = ["src", "dst"].map(|name| dir.path().join(name));
    file(&src, &bytes(1, 10_000));
    Files { dir, src, dst }
}

fn chmod(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

fn bits(path: &Path) -> u32 {
    path.metadata().unwrap().mode() & 0o7777
}

fn setfacl(args: &[&str], path: &Path) {
    tool(Command::new("setfacl").args(args).arg(path));
}

/// The entries, one per line, without comments.
fn acl(path: &Path) -> String {
    let mut command = Command::new("getfacl");
    let text = tool(command.args(["-c", "-p", "-n", "--no-effective"]).arg(path));
    text.trim_end().to_owned()
}

/// The output of getfacl for a file without an ACL.
fn acl_of_mode(mode: u32) -> String {
    let rights = |shift: u32| {
        let bit = |bit: u32, letter| if mode >> shift & bit == 0 { '-' } else { letter };
        [bit(4, 'r'), bit(2, 'w'), bit(1, 'x')].iter().collect::<String>()
    };
    format!("user::{}\ngroup::{}\nother::{}", rights(6), rights(3), rights(0))
}

/// A mode of 0660 in which the owning group has no rights: the group bits are the mask.
fn guard(path: &Path) {
    chmod(path, 0o600);
    setfacl(&["-m", "u:1234:rw"], path);
    assert_eq!(bits(path), 0o660, "the mask");
}

/// An ACL that new files in the directory inherit.
fn make_generous(dir: &Path) {
    setfacl(&["-d", "-m", "u::rwx,u:1234:rwx,g::rwx,o::-"], dir);
}

fn lost_acl(done: &Outcome) -> bool {
    matches!(&done.not_kept[..], [lost]
        if lost.attribute == Attribute::Xattr(Some("system.posix_acl_access".into())))
}

#[test]
#[ignore = "needs a filesystem with ACLs, and setfacl; run cargo xtask test"]
fn a_default_acl_adds_nobody_to_the_bits_of_another_file() {
    needs!(PosixAcls);
    for mode in COPYING {
        for policy in [None, Some(Permissions::Source), Some(Permissions::Replaced)] {
            for source_mode in [0o600, 0o640, 0o664] {
                let Files { dir, src, dst } = files();
                chmod(&src, source_mode);
                let mut expected = source_mode;
                if policy == Some(Permissions::Replaced) {
                    expected = 0o660;
                    file(&dst, b"old");
                    chmod(&dst, expected);
                }
                make_generous(dir.path());
                let options = Options::new().mode(mode);
                let done = match policy {
                    None => options,
                    Some(policy) => options.permissions(policy),
                }
                .copy(&src, &dst)
                .unwrap();
                let what = format!("{mode:?} {policy:?} {source_mode:o}");
                assert_eq!(acl(&dst), acl_of_mode(expected), "{what}");
                assert_eq!(done.not_kept, [], "{what}");
            }
        }
    }
}

/// A default ACL replaces the umask. Attributes that are asked for replace the default ACL, and
/// then the group has no more than the default ACL gave it.
#[test]
#[ignore = "needs a filesystem with ACLs, and setfacl; run cargo xtask test"]
fn attributes_take_the_place_of_a_default_acl() {
    needs!(PosixAcls);
    for policy in POLICIES {
        let Files { dir, src, dst } = files();
        chmod(&src, 0o666);
        setfacl(&["-d", "-m", "u::rwx,u:1234:rwx,g::-,o::-"], dir.path());
        let options = Options::new().permissions(policy);
        let done = options.preserve(Preserve::XATTRS).copy(&src, &dst).unwrap();
        let expected = if policy == Permissions::Source { 0o666 } else { 0o600 };
        assert_eq!(acl(&dst), acl_of_mode(expected), "{policy:?}");
        assert_eq!(done.not_kept, []);
    }
}

/// Without the ACL, the group bits would give the owning group the rights of a named user.
#[test]
#[ignore = "needs a filesystem with ACLs, and setfacl; run cargo xtask test"]
fn the_mask_of_a_source_acl_grants_no_rights_under_any_policy() {
    needs!(PosixAcls);
    in_child("umask 000", &[], || {
        for mode in COPYING {
            let Files { dir: _dir, src, dst } = files();
            guard(&src);
            let copy = |options: Options<'_>| {
                let done = options.mode(mode).copy(&src, &dst).unwrap();
                assert_eq!(acl(&dst), acl_of_mode(0o600), "{mode:?}");
                std::fs::remove_file(&dst).unwrap();
                done
            };
            assert!(lost_acl(&copy(Options::new())));
            assert!(lost_acl(&copy(Options::new().permissions(Permissions::Source))));
            // These policies do not keep the source's permissions, so there is nothing to report.
            for policy in [Permissions::Umask, Permissions::Replaced] {
                assert_eq!(copy(Options::new().permissions(policy)).not_kept, [], "{policy:?}");
            }
        }
    });
}

#[test]
#[ignore = "needs a filesystem with ACLs, and setfacl; run cargo xtask test"]
fn a_file_written_in_place_gets_the_sources_rights_and_nobody_elses() {
    needs!(PosixAcls);
    for mode in COPYING {
        for (preserve, guarded) in
            [(Preserve::NONE, false), (Preserve::NONE, true), (Preserve::XATTRS, false)]
        {
            let Files { dir: _dir, src, dst } = files();
            chmod(&src, 0o664);
            if guarded {
                guard(&src);
            }
            file(&dst, b"old");
            chmod(&dst, 0o600);
            // The mask, which a new mode would set, prevents the user from writing.
            setfacl(&["-m", "u:1234:rw,g::-,m::r"], &dst);
            let options = Options::new().mode(mode).overwrite(Overwrite::InPlace);
            let done = options.preserve(preserve).copy(&src, &dst).unwrap();
            let expected = if guarded { 0o600 } else { 0o664 };
            assert_eq!(acl(&dst), acl_of_mode(expected), "{mode:?} {preserve:?} {guarded}");
            assert_eq!(lost_acl(&done), guarded, "{done:?}");
        }
    }
}

#[test]
#[ignore = "needs a filesystem with ACLs, and setfacl; run cargo xtask test"]
fn a_file_written_in_place_keeps_its_own_rights() {
    needs!(PosixAcls);
    for policy in [Permissions::Replaced, Permissions::Umask] {
        let Files { dir: _dir, src, dst } = files();
        chmod(&src, 0o666);
        file(&dst, b"old");
        guard(&dst);
        let before = acl(&dst);
        let in_place = || Options::new().overwrite(Overwrite::InPlace).permissions(policy);
        assert_eq!(in_place().copy(&src, &dst).unwrap().not_kept, []);
        assert_eq!(acl(&dst), before, "{policy:?}");
        // The source has no ACL. Without one the owning group keeps its rights, which are none.
        in_place().preserve(Preserve::XATTRS).copy(&src, &dst).unwrap();
        assert_eq!(acl(&dst), acl_of_mode(0o600), "{policy:?}");
    }
}

/// Bits from one file and an ACL from another: nobody in the ACL gets more than the ACL gave.
#[test]
#[ignore = "needs a filesystem with ACLs, and setfacl; run cargo xtask test"]
fn the_bits_of_a_replaced_file_do_not_widen_the_mask_of_the_source() {
    needs!(PosixAcls);
    for overwrite in [Overwrite::Replace, Overwrite::InPlace] {
        let Files { dir: _dir, src, dst } = files();
        chmod(&src, 0o600);
        setfacl(&["-m", "u:1234:rw,m::r"], &src);
        file(&dst, b"old");
        chmod(&dst, 0o660);
        let options = Options::new().overwrite(overwrite).permissions(Permissions::Replaced);
        options.preserve(Preserve::XATTRS).copy(&src, &dst).unwrap();
        assert_eq!(acl(&dst), acl(&src), "{overwrite:?}");
    }
}

/// A default ACL and a umask can take write permission from the owner, who needs it to set
/// attributes.
#[test]
#[ignore = "needs root, to give it up, and setfacl; run cargo xtask test"]
fn an_owner_who_may_not_write_still_keeps_attributes() {
    needs!(PosixAcls);
    let powerless = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"];
    in_child("umask 277", &powerless, || {
        for default_acl in [false, true] {
            let dir = dir();
            chmod(dir.path(), 0o700);
            let [src, dst] = ["src", "dst"].map(|name| dir.path().join(name));
            file(&src, b"data");
            chmod(&src, 0o640);
            tool(Command::new("setfattr").args(["-n", "user.a", "-v", "value"]).arg(&src));
            if default_acl {
                setfacl(&["-d", "-m", "u::r,u:1234:r,g::r,o::-"], dir.path());
            }
            Options::new().preserve(Preserve::XATTRS).copy(&src, &dst).unwrap();
            assert_eq!(acl(&dst), acl_of_mode(0o640));
            let value = tool(Command::new("getfattr").args(["-d", "--only-values"]).arg(&dst));
            assert_eq!(value, "value", "default ACL: {default_acl}");
        }
    });
}

/// Attributes that describe the place: a filesystem, an overlay or a security module stores facts
/// about this one file in them.
#[test]
#[ignore = "needs root and a filesystem with trusted attributes; run cargo xtask test"]
fn attributes_that_belong_to_the_place_are_not_copied() {
    needs!(PosixAcls);
    let of_the_place = [
        "trusted.SGI_ACL_FILE",
        "trusted.SGI_ACL_DEFAULT",
        "trusted.SGI_CAP_FILE",
        "trusted.SGI_DMI_ATTRIBUTE",
        "trusted.SGI_MAC_FILE",
        "trusted.overlay.origin",
        "user.overlay.origin",
        "user.Beagle.index",
        "security.SMACK64",
    ];
    let of_the_file = ["user.a", "trusted.a", "user.overlays", "user.Beagles"];
    for mode in COPYING {
        for overwrite in [Overwrite::Replace, Overwrite::InPlace] {
            let Files { dir: _dir, src, dst } = files();
            let mut there = Vec::new();
            for name in of_the_place.into_iter().chain(of_the_file) {
                if is_on_xfs() && name.starts_with("trusted.SGI_ACL") {
                    // There it is an ACL, which must be valid.
                    continue;
                }
                let set =
                    rustix::fs::setxattr(&src, name, b"value", rustix::fs::XattrFlags::empty());
                // xfs, overlayfs and Smack treat names of their own specially.
                if set.is_ok() {
                    there.push(name);
                }
            }
            for name in of_the_file {
                assert!(there.contains(&name), "{name} cannot be set here: {there:?}");
            }
            assert!(there.contains(&"user.Beagle.index"), "{there:?}");
            file(&dst, b"old");
            let options = Options::new().mode(mode).overwrite(overwrite);
            let done = options.preserve(Preserve::XATTRS).copy(&src, &dst).unwrap();
            assert_eq!(done.not_kept, []);
            for name in there {
                let size = rustix::fs::getxattr(&dst, name, &mut [0; 100][..]);
                let what = format!("{name}, {mode:?} {overwrite:?}");
                assert_eq!(size.is_ok(), of_the_file.contains(&name), "{what}");
            }
        }
    }
}

/// xfs shows the ACL a second time, as the attribute that stores it.
#[test]
#[ignore = "needs root, ACLs and a second filesystem; run cargo xtask test"]
fn an_acl_from_xfs_is_one_attribute_elsewhere() {
    needs!(PosixAcls);
    let other = other_dir();
    let Files { dir: _dir, dst, .. } = files();
    let src = other.path().join("src");
    file(&src, b"data");
    guard(&src);
    let done = Options::new().preserve(Preserve::ALL).copy(&src, &dst).unwrap();
    assert_eq!(done.not_kept, []);
    assert_eq!(acl(&dst), acl(&src));
    let mut command = Command::new("getfattr");
    let names = tool(command.args(["-m", "-", "--absolute-names"]).arg(&dst));
    assert_eq!(names.contains("SGI_ACL_FILE"), is_on_xfs(), "{names}");
}

fn is_on_xfs() -> bool {
    matches!(fs(), Fs::Xfs | Fs::XfsNoReflink | Fs::Overlay)
}

#[test]
#[ignore = "needs a filesystem with ACLs, and setfacl; run cargo xtask test"]
fn sources_without_group_rights_cost_no_question_about_acls() {
    needs!(PosixAcls);
    // Modes that the kernel treats alike: the mask covers everybody whom an ACL adds.
    for mode in COPYING {
        let Files { dir: _dir, src, dst } = files();
        chmod(&src, 0o600);
        setfacl(&["-m", "u:1234:rw,g::rw,m::-"], &src);
        let done = Options::new().mode(mode).copy(&src, &dst).unwrap();
        assert_eq!(acl(&dst), acl_of_mode(0o600), "{mode:?}");
        assert_eq!(done.not_kept, []);
    }
}
