//! Files that cannot be copied: each has its message and status, and nothing changes.

use std::fs;
use std::os::unix::net::UnixListener;

use crate::scratch::Scratch;

const NOT_REGULAR: &str = "only regular files can be cloned or copied";

fn scratch() -> Scratch {
    let scratch = Scratch::new();
    scratch.write("a", "new");
    scratch.write("b", "old, and longer");
    scratch
}

/// Fails the same way in all modes that copy, to a new path and an existing one, replacing and in
/// place.
fn source_is_refused(scratch: &Scratch, source: &str, message: &str) {
    for options in [&["copy"][..], &["copy", "--reflink=never"], &["copy", "--in-place"]] {
        for dest in ["b", "c"] {
            let message = message.replace("DEST", dest);
            scratch.fails([options, &[source, dest]].concat(), 1, &message);
        }
    }
    // `always` has the same message, because the error is not about cloning.
    scratch.fails(["copy", "--reflink", source, "c"], 1, &message.replace("DEST", "c"));
}

#[test]
fn missing_source() {
    let scratch = scratch();
    source_is_refused(&scratch, "no", "reflink: cannot open 'no': No such file or directory\n");
    let message = "reflink: cannot open 'a/x': Not a directory\n";
    source_is_refused(&scratch, "a/x", message);
    source_is_refused(&scratch, "a/", "reflink: cannot open 'a/': Not a directory\n");
    let message = "reflink: cannot open 'no': No such file or directory\n";
    scratch.fails(["range", "no", "b"], 1, message);
    scratch.fails(["range", "no", "c"], 1, message);
}

#[test]
fn missing_directory_of_dest() {
    let scratch = scratch();
    let message = "reflink: cannot create 'no/c': No such file or directory\n";
    scratch.fails(["range", "a", "no/c"], 1, message);
    let hint = "hint: there is no directory 'no'; mkdir -p makes it\n";
    scratch.fails(["copy", "a", "no/c"], 1, &format!("{message}{hint}"));
    // It is the source that is missing.
    let missing = "reflink: cannot open 'no': No such file or directory\n";
    scratch.fails(["copy", "no", "no/c"], 1, missing);
    let message = "reflink: cannot copy into 'no': No such file or directory\n";
    scratch.fails(["copy", "a", "b", "no"], 1, message);
    scratch.fails(["copy", "a", "-t", "no"], 1, message);
}

#[test]
fn file_for_a_directory() {
    let scratch = scratch();
    let message = "reflink: cannot copy into 'b': Not a directory\n";
    scratch.fails(["copy", "a", "-t", "b"], 1, message);
    scratch.fails(["copy", "a", "a", "b"], 1, message);
    scratch.fails(["copy", "a", "b/c"], 1, "reflink: cannot create 'b/c': Not a directory\n");
    scratch.fails(["range", "a", "b/c"], 1, "reflink: cannot open 'b/c': Not a directory\n");
}

#[test]
fn directory() {
    let scratch = scratch();
    scratch.mkdir("dir");
    scratch.write("dir/x", "x");
    source_is_refused(
        &scratch,
        "dir",
        "reflink: cannot copy 'dir' to 'DEST': Is a directory\n\
         hint: the source is a directory; -r copies a directory with everything in it, and \
         -a keeps all that it has\n",
    );
    let message = "reflink: cannot copy '..' to 'dir': Is a directory\n\
                   hint: the source is a directory; -r copies a directory with everything in it, \
                   and -a keeps all that it has\n";
    scratch.fails(["copy", "..", "dir"], 1, &message.replace("'dir'", "'dir/'"));
    scratch.fails(
        ["copy", "-T", "a", "dir"],
        1,
        "reflink: cannot replace 'dir': Is a directory\nhint: the destination is a directory\n",
    );
    let message =
        "reflink: cannot open 'dir': Is a directory\nhint: the destination is a directory\n";
    scratch.fails(["copy", "-T", "--in-place", "a", "dir"], 1, message);
    scratch.fails(["range", "a", "dir"], 1, message);
    scratch.mkdir("dir/a");
    scratch.fails(
        ["copy", "a", "dir"],
        1,
        "reflink: cannot replace 'dir/a': Is a directory\nhint: the destination is a directory\n",
    );
    for dest in ["b", "c"] {
        let said = format!(
            "reflink: cannot copy 'dir' to '{dest}': Is a directory\n\
             hint: the source is a directory\n"
        );
        scratch.fails(["range", "--reflink=never", "dir", dest], 1, &said);
    }
}

#[test]
fn fifo() {
    let scratch = scratch();
    scratch.mkfifo("fifo");
    let source = format!("hint: the source is not a regular file; {NOT_REGULAR}\n");
    let dest = format!("hint: the destination is not a regular file; {NOT_REGULAR}\n");
    let message = format!("reflink: cannot copy 'fifo' to 'DEST': Invalid argument\n{source}");
    source_is_refused(&scratch, "fifo", &message);
    let message = message.replace("DEST", "c");
    scratch.fails(["range", "--reflink=never", "fifo", "c"], 1, &message);
    let message = format!("reflink: cannot replace 'fifo': Invalid argument\n{dest}");
    scratch.fails(["copy", "a", "fifo"], 1, &message);
    let message = format!("reflink: cannot open 'fifo': No such device or address\n{dest}");
    scratch.fails(["copy", "--in-place", "a", "fifo"], 1, &message);
    scratch.fails(["range", "a", "fifo"], 1, &message);
}

#[test]
fn socket() {
    let scratch = scratch();
    let _listener = UnixListener::bind(scratch.path("socket")).unwrap();
    let source = format!("hint: the source is not a regular file; {NOT_REGULAR}\n");
    let dest = format!("hint: the destination is not a regular file; {NOT_REGULAR}\n");
    let cannot_open = "reflink: cannot open 'socket': No such device or address\n";
    source_is_refused(&scratch, "socket", &format!("{cannot_open}{source}"));
    scratch.fails(["range", "socket", "b"], 1, &format!("{cannot_open}{source}"));
    let message = format!("reflink: cannot replace 'socket': Invalid argument\n{dest}");
    scratch.fails(["copy", "a", "socket"], 1, &message);
    scratch.fails(["copy", "--in-place", "a", "socket"], 1, &format!("{cannot_open}{dest}"));
    scratch.fails(["range", "a", "socket"], 1, &format!("{cannot_open}{dest}"));
}

#[test]
fn device() {
    let scratch = scratch();
    let source = format!("hint: the source is not a regular file; {NOT_REGULAR}\n");
    for device in ["/dev/null", "/dev/zero", "/dev/full"] {
        let message =
            format!("reflink: cannot copy '{device}' to 'DEST': Invalid argument\n{source}");
        source_is_refused(&scratch, device, &message);
        let message = message.replace("DEST", "c");
        scratch.fails(["range", "--reflink=never", "--length=1", device, "c"], 1, &message);
    }
    let message = format!(
        "reflink: cannot copy 'a' to '/dev/null': Invalid argument\n\
         hint: the destination is not a regular file; {NOT_REGULAR}\n"
    );
    scratch.fails(["range", "--reflink=never", "a", "/dev/null"], 1, &message);
}

#[test]
fn the_same_file() {
    let scratch = scratch();
    fs::hard_link(scratch.path("a"), scratch.path("hard")).unwrap();
    scratch.symlink("a", "link");
    for (source, dest) in
        [("a", "a"), ("a", "./a"), ("a", "hard"), ("hard", "a"), ("a", "link"), ("link", "a")]
    {
        for option in ["--reflink=auto", "--reflink=always", "--reflink=never", "--in-place"] {
            // In place, too: emptying the destination first would empty the source.
            let message = format!(
                "reflink: cannot copy '{source}' to '{dest}': Invalid argument\n\
                 hint: source and destination are the same file\n"
            );
            scratch.fails(["copy", option, source, dest], 1, &message);
        }
    }
    let message = "reflink: cannot copy 'a' to './a': Invalid argument\n\
                   hint: source and destination are the same file\n";
    scratch.fails(["copy", "a", "."], 1, message);
}

#[test]
fn dangling_links() {
    let scratch = scratch();
    scratch.symlink("nowhere", "link");
    scratch.symlink("loop", "loop");
    let message = "reflink: cannot open 'link': No such file or directory\n";
    source_is_refused(&scratch, "link", message);
    let message = "reflink: cannot open 'loop': Too many levels of symbolic links\n";
    source_is_refused(&scratch, "loop", message);
    scratch.fails(["range", "a", "loop"], 1, message);
    // A file is not created through a link, as in cp.
    let message = "reflink: cannot open 'link': No such file or directory\n";
    scratch.fails(["range", "a", "link"], 1, message);
    let message = "reflink: cannot replace 'link': No such file or directory\n\
        hint: the destination is a dangling symbolic link; a copy that is not in place replaces the \
        link itself\n";
    scratch.fails(["copy", "--in-place", "a", "link"], 1, message);
}

#[test]
fn a_name_that_only_a_directory_can_have() {
    let scratch = scratch();
    scratch.symlink("nowhere", "dangling");
    for (dest, words) in [
        ("c/", "No such file or directory"),
        ("c/.", "No such file or directory"),
        ("dangling/", "No such file or directory"),
        ("b/", "Not a directory"),
        ("b/.", "Not a directory"),
    ] {
        let mut message = format!("reflink: cannot create '{dest}': {words}\n");
        if dest == "b/" {
            message += "hint: a file has this name, and the slash at its end means a directory\n";
        }
        scratch.fails(["copy", "a", dest], 1, &message);
    }
    for (dest, words) in [("c/", "No such file or directory"), ("b/", "Not a directory")] {
        let message = format!("reflink: cannot open '{dest}': {words}\n");
        scratch.fails(["range", "a", dest], 1, &message);
    }
}
