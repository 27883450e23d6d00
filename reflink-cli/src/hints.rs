//! What a person who typed a wrong command line probably wants.

use std::ffi::OsString;
use std::fs;
use std::path::Path;

use clap::Command;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use reflink::display::Quoted;

use crate::copy;
use crate::detached::joined;

/// What arguments are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Parsed {
    /// A complete `reflink copy`.
    Copy,
    /// Another command, or one that lacks operands.
    Other,
    /// No command.
    Wrong,
}

/// A hint about a command line that is refused. `error` loses clap's own suggestions then: they are guesses from
/// the letters alone, and would stand beside it.
///
/// `command` is the whole command, and `parse` says what other arguments are.
pub(crate) fn of(
    error: &mut clap::Error,
    arguments: &[OsString],
    command: &Command,
    parse: impl Fn(&[OsString]) -> Parsed,
) -> Option<String> {
    let hint = of_help(arguments)
        .or_else(|| not_text(error))
        .or_else(|| file_like_an_option(error, arguments))
        .or_else(|| instead(error))
        .or_else(|| wrong_order(error, arguments, command, &parse))
        .or_else(|| other_command(error))
        .or_else(|| meant_copy(error, arguments, command, &parse))?;
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

/// `reflink help copy range`, `reflink help cp2`.
fn of_help(arguments: &[OsString]) -> Option<String> {
    let is_help = arguments.get(1).is_some_and(|first| first == "help");
    is_help.then(|| "`reflink help` takes one command, and alone lists all".to_owned())
}

/// clap does not name the argument, which is a value: the names of files can have any bytes.
fn not_text(error: &clap::Error) -> Option<String> {
    let hint = "only the names of files can have bytes that are not UTF-8, and no other value";
    (error.kind() == ErrorKind::InvalidUtf8).then(|| hint.to_owned())
}

/// `reflink copy *`, where a file is called "-dash".
fn file_like_an_option(error: &clap::Error, arguments: &[OsString]) -> Option<String> {
    let refused = invalid(error, ContextKind::InvalidArg)?;
    let refused = refused.trim_start_matches('-');
    let before_operands = arguments.iter().take_while(|argument| *argument != "--");
    let mut files = before_operands.filter(|argument| {
        let text = argument.to_string_lossy();
        text.starts_with('-') && text.contains(refused) && fs::symlink_metadata(argument).is_ok()
    });
    let file = Path::new(".").join(files.next()?).into_os_string();
    (error.kind() == ErrorKind::UnknownArgument)
        .then(|| format!("write {} for the file of that name", word(&file)))
}

/// An option of cp's.
fn instead(error: &clap::Error) -> Option<String> {
    // No other subcommand is taken for cp.
    if !error.render().to_string().contains("reflink copy ") {
        return None;
    }
    copy::instead(invalid(error, ContextKind::InvalidArg)?).map(str::to_owned)
}

/// `reflink -v copy a b`.
fn wrong_order(
    error: &clap::Error,
    arguments: &[OsString],
    command: &Command,
    parse: impl Fn(&[OsString]) -> Parsed,
) -> Option<String> {
    if !is_about_the_first_option(error) {
        return None;
    }
    let at = arguments.iter().position(|word| command.find_subcommand(word).is_some())?;
    let (before, after) = (arguments.get(1..at)?, &arguments[at + 1..]);
    let meant = joined([&arguments[..1], &arguments[at..=at], before, after].concat());
    (parse(&meant) != Parsed::Wrong)
        .then(|| format!("options come after the command: {}", line(&meant)))
}

/// What is done by another program, or by an option.
fn other_command(error: &clap::Error) -> Option<String> {
    let hint = match invalid(error, ContextKind::InvalidSubcommand)? {
        "clone" => "reflink copy --reflink clones or fails",
        "snapshot" => "reflink copy --snapshot makes a snapshot of a btrfs subvolume",
        "ln" | "link" => "reflink copy --hard-links=first makes hard links",
        "mv" | "move" => "mv renames, and within a filesystem copies nothing",
        "rm" | "ls" | "df" | "du" => "that is a program of its own",
        _ => return None,
    };
    Some(hint.to_owned())
}

/// `reflink a b`.
fn meant_copy(
    error: &clap::Error,
    arguments: &[OsString],
    command: &Command,
    parse: impl Fn(&[OsString]) -> Parsed,
) -> Option<String> {
    let is_about_the_first = match error.kind() {
        ErrorKind::InvalidSubcommand => !is_typo(error),
        // Another command was meant, with an option that it lacks.
        _ if arguments.iter().any(|word| command.find_subcommand(word).is_some()) => false,
        _ => is_about_the_first_option(error),
    };
    let (name, rest) = arguments.split_first().filter(|_| is_about_the_first)?;
    let meant = joined([&[name.clone(), "copy".into()], rest].concat());
    (parse(&meant) == Parsed::Copy).then(|| format!("did you mean `{}`?", line(&meant)))
}

/// Whether an option stands where the subcommand should, and is none of the whole command.
fn is_about_the_first_option(error: &clap::Error) -> bool {
    error.kind() == ErrorKind::UnknownArgument
        && error.render().to_string().contains("Usage: reflink [OPTIONS] <")
}

/// Whether the subcommand is one with a letter too many or too few, or with two that changed places. clap finds `a`
/// like `range`, too.
fn is_typo(error: &clap::Error) -> bool {
    let Some(first) = invalid(error, ContextKind::InvalidSubcommand) else { return false };
    let similar = match error.get(ContextKind::SuggestedSubcommand) {
        Some(ContextValue::Strings(names)) => &names[..],
        Some(ContextValue::String(name)) => std::slice::from_ref(name),
        _ => &[],
    };
    let is_similar = similar.iter().any(|name| name.len().abs_diff(first.len()) <= 1);
    is_similar && fs::symlink_metadata(first).is_err()
}

/// What clap refuses.
fn invalid(error: &clap::Error, kind: ContextKind) -> Option<&str> {
    match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text),
        _ => None,
    }
}

/// A command line as it can be typed, whatever the path of the command is.
fn line(arguments: &[OsString]) -> String {
    let words = arguments.iter().skip(1).map(word);
    std::iter::once("reflink".to_owned()).chain(words).collect::<Vec<_>>().join(" ")
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
