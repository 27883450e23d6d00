//! Whether messages have colours, and which.

use std::env;
use std::ffi::OsString;
use std::io::{self, IsTerminal as _};

use clap::ValueEnum;

/// `--color=WHEN`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum When {
    /// On a terminal, unless NO_COLOR is set or TERM is dumb
    Auto,
    /// Even if the output is a file or a pipe
    Always,
    /// Never use colour
    Never,
}

/// The colours of messages, as the parameters of an escape sequence.
pub(crate) const ERROR: &str = "1;31";
pub(crate) const WARNING: &str = "1;33";
pub(crate) const HINT: &str = "1;36";
/// Those of a help text.
const HEADING: &str = "1;4";
const TERM: &str = "1";

/// A word of a message, in colour if standard error has any.
pub(crate) fn on_stderr(colour: &str, word: &str) -> String {
    match is_on(io::stderr().is_terminal()) {
        true => coloured(colour, word),
        false => word.to_owned(),
    }
}

/// A help text, in colour if standard output has any.
pub(crate) fn help_on_stdout(text: &str) -> String {
    match is_on(io::stdout().is_terminal()) {
        true => coloured_help(text),
        false => text.to_owned(),
    }
}

/// Colours the headings, which stand at the start of a line and end in a colon, and the indented options,
/// commands and examples, which end before two spaces. clap's own colours would leave out the examples, and
/// with them its messages lose what looks like a colour in an argument.
fn coloured_help(text: &str) -> String {
    let line = |line: &str| {
        let (indent, rest) = line.split_at(line.len() - line.trim_start().len());
        if indent.is_empty() {
            return match rest.split_once(':').filter(|(heading, _)| is_heading(heading)) {
                Some((heading, rest)) => {
                    format!("{}{rest}", coloured(HEADING, &format!("{heading}:")))
                }
                None => rest.to_owned(),
            };
        }
        let term = rest.split("  ").next().unwrap_or(rest);
        // Some stand alone on their line.
        let is_term = term.len() < rest.len()
            || ["-", "<", "reflink "].iter().any(|start| term.starts_with(start));
        match indent.len() <= 6 && is_term {
            true => format!("{indent}{}{}", coloured(TERM, term), &rest[term.len()..]),
            false => line.to_owned(),
        }
    };
    text.split('\n').map(line).collect::<Vec<_>>().join("\n")
}

fn is_heading(text: &str) -> bool {
    ["Usage", "Commands", "Arguments", "Options", "Examples", "Environment", "Exit status"]
        .contains(&text)
}

fn coloured(colour: &str, text: &str) -> String {
    format!("\x1b[{colour}m{text}\x1b[0m")
}

fn is_on(is_terminal: bool) -> bool {
    match asked_for(&env::args_os().collect::<Vec<_>>()) {
        When::Always => true,
        When::Never => false,
        When::Auto => {
            let is_set = |name| env::var_os(name).filter(|value| !value.is_empty());
            let is_able = is_set("TERM").is_some_and(|terminal| terminal != "dumb");
            is_terminal && is_able && is_set("NO_COLOR").is_none()
        }
    }
}

/// From the words themselves: a command line that is refused has none that are parsed.
fn asked_for(arguments: &[OsString]) -> When {
    let options = arguments.iter().take_while(|argument| *argument != "--");
    let options: Vec<_> = options.map(|argument| argument.to_str().unwrap_or_default()).collect();
    let values = options.iter().enumerate().filter_map(|(at, option)| match *option {
        "--color" => options.get(at + 1).copied(),
        option => option.strip_prefix("--color="),
    });
    values.filter_map(|value| When::from_str(value, false).ok()).next_back().unwrap_or(When::Auto)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_help_has_coloured_headings_and_terms() {
        let text = "Copies\nUsage: reflink [OPTIONS]\n\nOptions:\n  -p\n          Keep: mode\n\n      --sync  Flush\n\n\
                    Examples:\n  reflink a b  copy";
        let expected = "Copies\n{Usage:} reflink [OPTIONS]\n\n{Options:}\n  <-p>\n          Keep: mode\n\n\
                        \x20     <--sync>  Flush\n\n{Examples:}\n  <reflink a b>  copy";
        let expected = expected.replace('{', "\x1b[1;4m").replace('<', "\x1b[1m");
        assert_eq!(coloured_help(text), expected.replace(['}', '>'], "\x1b[0m"));
    }

    #[test]
    fn the_last_option_before_the_operands_decides() {
        for (line, when) in [
            (&["reflink"][..], When::Auto),
            (&["reflink", "--color=always", "copy"], When::Always),
            (&["reflink", "copy", "--color", "never"], When::Never),
            (&["reflink", "--color=always", "copy", "--color=auto"], When::Auto),
            (&["reflink", "copy", "--", "--color=always"], When::Auto),
            (&["reflink", "copy", "--color=blue"], When::Auto),
        ] {
            let line: Vec<_> = line.iter().map(OsString::from).collect();
            assert_eq!(asked_for(&line), when, "{line:?}");
        }
    }
}
