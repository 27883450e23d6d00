//! `--snapshot`.

use crate::needs::needs;
use crate::scratch::Scratch;

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
