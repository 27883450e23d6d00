//! A value without the equals sign that joins it to its option.

use std::ffi::OsString;
use std::fs;

/// `--reflink always a b`: an option whose value only an equals sign joins to it, and a word that was taken for a
/// file although there is none of this name. Returns what was meant.
pub(crate) fn detached_value(arguments: &[OsString]) -> Option<String> {
    find(arguments).map(|(_, joined)| joined)
}

/// The arguments with each such value joined to its option.
pub(crate) fn joined(mut arguments: Vec<OsString>) -> Vec<OsString> {
    while let Some((at, joined)) = find(&arguments) {
        arguments.splice(at..at + 2, [joined.into()]);
    }
    arguments
}

fn find(arguments: &[OsString]) -> Option<(usize, String)> {
    let options = arguments.iter().take_while(|argument| *argument != "--");
    let options: Vec<_> = options.map(|argument| argument.to_str().unwrap_or_default()).collect();
    options.windows(2).enumerate().find_map(|(at, pair)| {
        let [option, value] = pair else { return None };
        let known: &[_] = match *option {
            "--reflink" => &["always", "auto", "never"],
            "--preserve" => &["mode", "ownership", "timestamps", "xattr", "links", "all"],
            _ => return None,
        };
        let is_value = value.split(',').all(|value| known.contains(&value));
        let is_file = fs::symlink_metadata(value).is_ok();
        (is_value && !is_file).then(|| (at, format!("{option}={value}")))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detached(line: &[&str]) -> Option<String> {
        detached_value(&line.iter().map(OsString::from).collect::<Vec<_>>())
    }

    #[test]
    fn a_value_without_its_equals_sign_is_found() {
        let found = detached(&["reflink", "copy", "--reflink", "always", "a", "b"]);
        assert_eq!(found.as_deref(), Some("--reflink=always"));
        let found = detached(&["reflink", "copy", "a", "--preserve", "mode,xattr", "b"]);
        assert_eq!(found.as_deref(), Some("--preserve=mode,xattr"));
        for line in [
            &["reflink", "copy", "--reflink", "a", "always"][..],
            &["reflink", "copy", "--reflink=always", "a", "b"],
            &["reflink", "copy", "--", "--reflink", "always"],
            &["reflink", "copy", "--preserve", "mode,a", "b"],
        ] {
            assert_eq!(detached(line), None, "{line:?}");
        }
    }
}
