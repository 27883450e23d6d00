//! Options that cp has and this command has not, and what to use instead.

/// The options of GNU cp that are refused, and one that macOS's cp has.
#[rustfmt::skip]
const INSTEAD: &[(&[&str], &str)] = &[
    (&["-u", "--update"], "rsync -a --update copies what is newer; -n keeps what exists"),
    (&["--parents"], "make the directory with mkdir -p, and copy into it"),
    (&["-i", "--interactive"], "-n keeps what exists"),
    (&["-b", "--backup", "-S", "--suffix"],
        "keep the old file first: reflink copy -a DEST DEST~ costs nothing where it can be cloned"),
    (&["-l", "--link"], "--hard-links=first makes hard links"),
    (&["-s", "--symbolic-link"], "ln -s makes symbolic links"),
    (&["-c", "--clone"], "--reflink=always clones or fails; without it a clone is tried first"),
    (&["--sparse"], "holes stay holes; fallocate --dig-holes makes new ones"),
    (&["--no-preserve"], "owner, times and attributes are not kept by default; use chmod afterwards for another mode"),
    (&["--attributes-only"], "chmod, chown and touch take --reference=SOURCE"),
    (&["--remove-destination"], "not needed: an existing DEST is always replaced by a new file"),
    (&["--strip-trailing-slashes"], "write SOURCE without the slash; with -P that copies the link itself"),
    (&["--copy-contents"], "cat reads FIFOs and devices"),
    (&["-Z", "--context"], "restorecon sets the labels that belong to the place"),
    (&["--debug"], "-v and --json say how each file was copied, and why"),
    (&["--exchange"], "mv --exchange swaps two names"),
    (&["--keep-directory-symlink"], "DEST/ with a slash is the directory that a link leads to"),
];

/// What to use instead of `option`, if it is one of cp's.
pub(crate) fn instead(option: &str) -> Option<&'static str> {
    let name = option.split('=').next().unwrap_or(option);
    let found = INSTEAD.iter().find(|(names, _)| names.contains(&name));
    found.map(|(_, hint)| *hint)
}
