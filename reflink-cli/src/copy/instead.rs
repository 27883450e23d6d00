//! Options of GNU cp that this command has not, and what to use instead.

use clap::error::{ContextKind, ContextValue};

/// What to use instead of the option that is refused, if it is one of cp's.
pub(crate) fn instead(error: &clap::Error) -> Option<&'static str> {
    let Some(ContextValue::String(option)) = error.get(ContextKind::InvalidArg) else {
        return None;
    };
    // No other subcommand is taken for cp.
    if !error.render().to_string().contains("reflink copy ") {
        return None;
    }
    let option = option.split('=').next().unwrap_or(option);
    Some(match option {
        "-u" | "--update" => "rsync -a --update copies what is newer; -n keeps what exists",
        "--parents" => "make the directory with mkdir -p, and copy into it",
        "-i" | "--interactive" => "-n keeps what exists",
        "-b" | "--backup" | "-S" | "--suffix" => {
            "keep the old file first: reflink copy -a DEST DEST~ costs nothing where it can be cloned"
        }
        "-l" | "--link" => "--hard-links=first makes hard links",
        "-s" | "--symbolic-link" => "ln -s makes symbolic links",
        "--sparse" => "holes stay holes; fallocate --dig-holes makes new ones",
        "--no-preserve" => "--preserve=LIST names what to keep",
        "--attributes-only" => "chmod, chown and touch take --reference=SOURCE",
        "--remove-destination" => "an existing DEST is replaced by a new file without it",
        "--strip-trailing-slashes" => "SOURCE without the slash is the link itself under -P",
        "--copy-contents" => "cat reads FIFOs and devices",
        "-Z" | "--context" => "restorecon sets the labels that belong to the place",
        "--debug" => "-v and --json say how each file was copied, and why",
        "--keep-directory-symlink" => "DEST/ with a slash is the directory that a link leads to",
        _ => return None,
    })
}
