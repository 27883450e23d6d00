//! Wrong usage that shows what was meant.

use crate::scratch::Scratch;
use crate::usage::complaint;

/// What standard error holds after the first line, if the command rejects its arguments.
fn advice(args: &[&str]) -> String {
    let assert = Scratch::new().reflink(args).code(2).stdout("");
    let stderr = String::from_utf8(assert.get_output().stderr.clone()).unwrap();
    stderr.split_once('\n').unwrap().1.to_owned()
}

#[test]
fn an_option_that_only_cp_has_is_refused_with_what_to_use_instead() {
    for (option, hint) in [
        ("-u", "rsync -a --update copies what is newer; -n keeps what exists"),
        ("-vu", "rsync -a --update copies what is newer; -n keeps what exists"),
        ("--update=older", "rsync -a --update copies what is newer; -n keeps what exists"),
        ("--parents", "make the directory with mkdir -p, and copy into it"),
        ("-s", "ln -s makes symbolic links"),
        ("--sparse=always", "holes stay holes; fallocate --dig-holes makes new ones"),
        (
            "--no-preserve=mode",
            "owner, times and attributes are not kept by default; use chmod afterwards for another mode",
        ),
    ] {
        for name in ["copy", "cp"] {
            let said = advice(&[name, "-a", option, "a", "b"]);
            assert!(said.ends_with(&format!("\nhint: {hint}\n")), "{said}");
            // Of two suggestions one is wrong.
            assert!(!said.contains("tip: "), "{said}");
        }
    }
    for args in [&["copy", "--bogus", "a", "b"][..], &["range", "-u", "a", "b"]] {
        let said = advice(args);
        assert!(!said.contains("hint: "), "{said}");
    }
}

#[test]
fn a_copy_without_its_subcommand_is_recognized() {
    for (args, meant) in [
        (&["a", "b"][..], "a b"),
        (&["-r", "a b", "it's", "dir/"], r"-r 'a b' 'it'\''s' dir/"),
        (&["--reflink=always", "a", "b"], "--reflink=always a b"),
        (&["a", "-t", "dir"], "a -t dir"),
        (&["--reflink", "always", "a", "q"], "--reflink=always a q"),
        (&["-p", "--preserve", "mode,xattr", "a", "q"], "-p --preserve=mode,xattr a q"),
    ] {
        let said = advice(args);
        let hint = format!("\nhint: did you mean `reflink copy {meant}`?\n");
        assert!(said.ends_with(&hint) && !said.contains("tip: "), "{args:?}: {said}");
    }
    // No copy either.
    for args in [&["a"][..], &["--bogus", "a", "b"]] {
        assert!(!advice(args).contains("hint: "), "{args:?}");
    }
    // Rather a typo.
    let said = advice(&["cpoy", "a", "b"]);
    assert!(said.contains("tip: ") && said.contains("'copy'"), "{said}");
    assert!(!said.contains("hint: "), "{said}");
    let said = advice(&["copy", "--refink", "a", "b"]);
    assert!(said.contains("tip: ") && said.contains("'--reflink'"), "{said}");
}

#[test]
fn a_misplaced_word_is_recognized() {
    for (args, hint) in [
        (&["help", "foo"][..], "`reflink help` takes one command, and alone lists all"),
        (&["help", "copy", "range"], "`reflink help` takes one command, and alone lists all"),
        (&["-v", "copy", "f", "g"], "options come after the command: reflink copy -v f g"),
        (&["-j", "2", "cp", "f", "g"], "options come after the command: reflink cp -j 2 f g"),
        (&["--json", "copy"], "options come after the command: reflink copy --json"),
        (&["--length=1", "range"], "options come after the command: reflink range --length=1"),
        (
            &["--reflink", "always", "copy", "f", "g"],
            "options come after the command: reflink copy --reflink=always f g",
        ),
        (&["mv", "a", "b"], "mv renames, and within a filesystem copies nothing"),
        (&["clone", "a", "b"], "reflink copy --reflink clones or fails"),
        (&["snapshot", "a"], "reflink copy --snapshot makes a snapshot of a btrfs subvolume"),
    ] {
        let said = advice(args);
        assert!(said.ends_with(&format!("\nhint: {hint}\n")) && !said.contains("tip: "), "{said}");
    }
    // After the command they are wrong, too.
    for args in [
        &["--bogus", "copy", "a", "b"][..],
        &["--length=1", "copy", "a", "b"],
        &["-v", "probe", "a"],
        &["-j0", "copy", "a", "b"],
        &["-n", "--in-place", "copy", "a", "b"],
    ] {
        assert!(!advice(args).contains("hint: "), "{args:?}: {}", advice(args));
    }
    let said = advice(&["--color=always", "cpoy", "a", "b"]);
    assert!(said.contains("'copy'") && !said.contains("hint:"), "{said}");
}

#[test]
fn a_file_with_a_name_like_an_option_is_recognized() {
    let scratch = Scratch::new();
    scratch.write("-dash", "");
    scratch.write("--long name", "");
    for (name, written) in [("-dash", "./-dash"), ("--long name", "'./--long name'")] {
        let assert = scratch.reflink(["cp", "-v", name, "x"]).code(2);
        let stderr = String::from_utf8_lossy(&assert.get_output().stderr).into_owned();
        let hint = format!("\nhint: write {written} for the file of that name\n");
        assert!(stderr.ends_with(&hint), "{stderr}");
    }
}

#[test]
fn a_value_that_is_not_text_is_recognized() {
    use std::os::unix::ffi::OsStrExt as _;
    let value = std::ffi::OsStr::from_bytes(b"--length=\xff");
    let assert =
        Scratch::new().reflink(["range".as_ref(), value, "a".as_ref(), "b".as_ref()]).code(2);
    let stderr = String::from_utf8_lossy(&assert.get_output().stderr).into_owned();
    assert!(stderr.contains("\nhint: only the names of files can have bytes that"), "{stderr}");
}

#[test]
fn a_value_that_is_not_joined_to_its_option_is_recognized() {
    for (args, joined) in [
        (&["copy", "--reflink", "always", "a", "b"][..], "--reflink=always"),
        (&["range", "--reflink", "never", "a"], "--reflink=never"),
        (&["copy", "--preserve", "mode,xattr", "a", "b"], "--preserve=mode,xattr"),
    ] {
        let (option, value) = joined.split_once('=').unwrap();
        let said =
            format!("reflink: {option} needs its value after '=' (there is no file '{value}')");
        assert_eq!(complaint(args), said);
        assert!(advice(args).ends_with(&format!("\nhint: write {joined}\n")), "{args:?}");
    }
    // A file of this name is meant.
    let scratch = Scratch::new();
    scratch.write("mode", "new");
    scratch.succeeds(["copy", "--preserve", "mode", "c"]);
    assert_eq!(scratch.read("c"), b"new");
}

#[test]
fn cp_is_another_name_of_copy() {
    let scratch = Scratch::new();
    scratch.write("a", "new");
    scratch.succeeds(["cp", "a", "b"]);
    assert_eq!(scratch.read("b"), b"new");
}
