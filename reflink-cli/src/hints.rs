//! What a person who typed a wrong command line probably wants.

use std::ffi::OsString;
use std::fs;
use std::path::Path;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use reflink::display::Quoted;

use crate::copy;

/// A hint about a command line that is refused. `error` loses clap's own suggestions then: they are guesses from
/// the letters alone, and would stand beside it.
///
/// `is_copy` says whether other arguments are a complete `reflink copy`.
pub(crate) fn of(
    error: &mut clap::Error,
    arguments: &[OsString],
    is_copy: impl Fn(&[OsString]) -> bool,
) -> Option<String> {
    let hint = instead(error).or_else(|| meant_copy(error, arguments, is_copy))?;
    for kind in [
        ContextKind::Suggested,
        ContextKind::SuggestedArg,
        ContextKind::SuggestedSubcommand,
        ContextKind::SuggestedValue,
        ContextKind::TrailingArg,
    ] {
        error.remove(kind);
    }
    Some(hint)
}

/// An option of cp's.
fn instead(error: &clap::Error) -> Option<String> {
    // No other subcommand is taken for cp.
    if !error.render().to_string().contains("reflink copy ") {
        return None;
    }
    match error.get(ContextKind::InvalidArg) {
        Some(ContextValue::String(option)) => copy::instead(option).map(str::to_owned),
        _ => None,
    }
}

/// `reflink a b`.
fn meant_copy(
    error: &clap::Error,
    arguments: &[OsString],
    is_copy: impl Fn(&[OsString]) -> bool,
) -> Option<String> {
    let is_about_the_first = match error.kind() {
        ErrorKind::InvalidSubcommand => !is_typo(error, arguments.get(1)?),
        ErrorKind::UnknownArgument => {
            error.render().to_string().contains("Usage: reflink [OPTIONS] <")
        }
        _ => false,
    };
    let (name, rest) = arguments.split_first().filter(|_| is_about_the_first)?;
    let meant = [&[name.clone(), "copy".into()], rest].concat();
    is_copy(&meant).then(|| {
        let words: Vec<_> = rest.iter().map(word).collect();
        format!("did you mean `reflink copy {}`?", words.join(" "))
    })
}

/// Whether the first word is a subcommand with a letter too many or too few, or with two that changed places. clap
/// finds `a` like `range`, too.
fn is_typo(error: &clap::Error, first: &OsString) -> bool {
    let similar = match error.get(ContextKind::SuggestedSubcommand) {
        Some(ContextValue::Strings(names)) => &names[..],
        Some(ContextValue::String(name)) => std::slice::from_ref(name),
        _ => &[],
    };
    let is_similar = similar.iter().any(|name| name.len().abs_diff(first.len()) <= 1);
    is_similar && fs::symlink_metadata(first).is_err()
}

/// As it can be typed.
fn word(argument: &OsString) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_=+,./:@%".contains(c);
    match argument.to_str() {
        Some(text) if !text.is_empty() && text.chars().all(is_plain) => text.to_owned(),
        _ => Quoted(Path::new(argument)).to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_if_they_must_be() {
        for (argument, typed) in [("a-b.c", "a-b.c"), ("a b", "'a b'"), ("", "''"), ("*", "'*'")] {
            assert_eq!(word(&argument.into()), typed);
        }
    }
}
