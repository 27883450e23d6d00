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

/// A word of a message, in colour if standard error has any.
pub(crate) fn on_stderr(colour: &str, word: &str) -> String {
    match is_on(io::stderr().is_terminal()) {
        true => format!("\x1b[{colour}m{word}\x1b[0m"),
        false => word.to_owned(),
    }
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
