//! `--snapshot`.

use crate::needs::needs;
use crate::scratch::{REFLINK, Scratch};

#[test]
#[ignore = "needs the table of filesystems and root; run cargo xtask test"]
fn a_subvolume_has_its_snapshot_in_one_step() {
    needs!(Subvolumes);
    let scratch = Scratch::new();
    scratch.sh("btrfs -q subvolume create sub; echo data > sub/file; mkdir into");
    scratch.reflink(["copy", "-v", "--snapshot", "sub", "into"]).code(0);
    assert_eq!(scratch.sh("cat into/sub/file"), "data\n");
    let taken = "reflink: cannot snapshot 'sub' to 'into/sub': File exists\n";
    scratch.reflink(["copy", "--snapshot", "sub", "into"]).code(1).stdout("").stderr(taken);
    scratch
        .reflink(["copy", "--json", "--snapshot", "sub", "other"])
        .code(0)
        .stdout("{\"source\":\"sub\",\"destination\":\"other\",\"method\":\"snapshot\"}\n");
    scratch.sh("btrfs -q subvolume delete into/sub other sub");
}

#[test]
#[ignore = "needs the table of filesystems and root; run cargo xtask test"]
fn a_user_is_told_whose_subvolume_it_must_be() {
    needs!(Subvolumes);
    let scratch = Scratch::new();
    scratch.sh("btrfs -q subvolume create sub; mkdir into; chmod 777 . into");
    scratch.install(REFLINK, "reflink");
    let refused = "reflink: cannot snapshot 'sub' to 'into/sub': Operation not permitted\n\
                   hint: only root and the owner of a subvolume make snapshots of it\n";
    let script =
        "setpriv --reuid 12345 --clear-groups ./reflink copy --snapshot sub into 2>&1 || true";
    assert_eq!(scratch.sh(script), refused);
    scratch.sh("btrfs -q subvolume delete sub");
}

#[test]
fn a_file_is_refused_with_what_to_leave_out() {
    let scratch = Scratch::new();
    scratch.write("src", "data");
    let message = "reflink: cannot open 'src': Not a directory\n\
                   hint: only a btrfs subvolume has snapshots; without --snapshot the file is copied\n";
    scratch.fails(["copy", "--snapshot", "src", "dst"], 1, message);
}

#[test]
fn a_directory_is_refused_and_nothing_made() {
    let scratch = Scratch::new();
    scratch.mkdir("src");
    scratch.write("src/file", "data");
    let refused = scratch.reflink(["copy", "--snapshot", "src", "dst"]).code(3).stdout("");
    let message = String::from_utf8(refused.get_output().stderr.clone()).unwrap();
    assert!(message.starts_with("reflink: cannot snapshot 'src' to 'dst': "), "{message}");
    let hint = "\nhint: the source is not a btrfs subvolume; copy the tree instead\n";
    assert!(message.ends_with(hint), "{message}");
    assert!(!scratch.path("dst").exists());
}
