//! The arguments of a page, with their values.

use clap::{Arg, ArgAction, Command};
use roff::{Inline, Roff, bold, italic, roman};

use super::prose::prose;

/// All arguments that the help shows: operands first, and last those that every command has, as in the help.
pub(super) fn options(roff: &mut Roff, command: &Command) {
    let shown = command.get_arguments().filter(|argument| !argument.is_hide_set());
    let mut shown: Vec<_> = shown.collect();
    shown.sort_by_key(|argument| match argument.get_action() {
        _ if argument.is_positional() => 0,
        ArgAction::Help | ArgAction::Version => 3,
        _ if argument.is_global_set() => 2,
        _ => 1,
    });
    for argument in shown {
        roff.control("TP", []);
        roff.text(term(argument));
        let help = argument.get_long_help().or_else(|| argument.get_help());
        let help = help.map(ToString::to_string).unwrap_or_default();
        for (number, paragraph) in help.split("\n\n").enumerate() {
            if number > 0 {
                roff.control("IP", []);
            }
            prose(roff, paragraph);
        }
        values(roff, argument);
    }
}

/// "-j, --threads N", "--reflink[=WHEN]", "SOURCE".
fn term(argument: &Arg) -> Vec<Inline> {
    let names = argument.get_value_names().unwrap_or_default().join(" ");
    if argument.is_positional() {
        return vec![italic(names)];
    }
    let shorts = argument.get_short().into_iter();
    let shorts = shorts.chain(argument.get_visible_short_aliases().into_iter().flatten());
    let longs = argument.get_long().into_iter().map(|long| format!("--{long}"));
    let mut term = Vec::new();
    for name in shorts.map(|short| format!("-{short}")).chain(longs) {
        if !term.is_empty() {
            term.push(roman(", "));
        }
        term.push(bold(name));
    }
    let number = argument.get_num_args().unwrap_or_default();
    if number.takes_values() {
        let (before, after) = match (argument.is_require_equals_set(), number.min_values()) {
            (true, 0) => ("[=", "]"),
            (true, _) => ("=", ""),
            (false, _) => (" ", ""),
        };
        term.extend([roman(before), italic(names), roman(after)]);
    }
    term
}

/// The values that it can have, and the one that it has if it is not given.
fn values(roff: &mut Roff, argument: &Arg) {
    let possible = argument.get_possible_values();
    // The values of a flag are of no interest.
    let is_option = argument.get_action().takes_values();
    let possible: Vec<_> =
        possible.iter().filter(|value| is_option && !value.is_hide_set()).collect();
    if !possible.is_empty() && possible.iter().all(|value| value.get_help().is_none()) {
        let names: Vec<_> = possible.iter().map(|value| value.get_name()).collect();
        roff.control("IP", []);
        prose(roff, &format!("It is one of {}.", names.join(", ")));
    } else if !possible.is_empty() {
        roff.control("RS", []);
        for value in possible {
            roff.control("TP", []);
            roff.text([bold(value.get_name())]);
            prose(roff, &value.get_help().map(ToString::to_string).unwrap_or_default());
        }
        roff.control("RE", []);
    }
    let default: Vec<_> =
        argument.get_default_values().iter().map(|value| value.to_string_lossy()).collect();
    if is_option && !default.is_empty() && !argument.is_hide_default_value_set() {
        roff.control("IP", []);
        roff.text([roman("The default is "), bold(default.join(",")), roman(".")]);
    }
}
