//! Values that clap_complete does not complete: in a list after each comma, and in bash after an equals sign.

use clap::{Arg, Command};

/// What bash needs beside the script of clap_complete: the cases of the options that have values.
pub(super) fn bash(script: &mut String, command: &Command) {
    // An option has the same values in each subcommand that has it.
    let mut cases: Vec<String> = Vec::new();
    for argument in command.get_subcommands().flat_map(Command::get_arguments) {
        let values = argument.get_possible_values();
        let values = values.iter().filter(|value| !value.is_hide_set());
        let values: Vec<_> = values.map(|value| value.get_name()).collect();
        // A flag has values, too: true and false.
        let long = argument.get_long().filter(|_| argument.get_action().takes_values());
        if let (Some(long), false) = (long, values.is_empty()) {
            cases.push(format!("        --{long}) values='{}' ;;\n", values.join(" ")));
        }
    }
    cases.sort();
    cases.dedup();
    *script += &include_str!("values.bash").replace("        CASES\n", &cases.concat());
}

/// Has fish complete each value of a list: `-a "one\t'…'` and a line for each other becomes
/// `-a "(__fish_reflink_list one\t'…' …)`.
pub(super) fn fish(script: &mut String, command: &Command) {
    for list in lists(command) {
        let option = format!(" -l {} ", list.get_long().unwrap_or_default());
        replace_all(script, (&option, " -a \"", "\"\n"), |values| {
            format!("(__fish_reflink_list {})", values.replace('\n', " "))
        });
    }
    *script += include_str!("lists.fish");
}

/// Has zsh complete each value of a list: `((one\:"…"` and a line for each other becomes
/// `_values -s , LIST "one[…]" …`. In a new home nothing has started zsh's completions.
pub(super) fn zsh(script: &mut String, command: &Command) {
    for list in lists(command) {
        let option = format!("--{}=[", list.get_long().unwrap_or_default());
        let name = list.get_value_names().unwrap_or_default().concat();
        replace_all(script, (&option, &format!(":{name}:"), "' \\\n"), |values| {
            let values = values.trim_start_matches("((").trim_end_matches("))").lines();
            let values = values.filter_map(|value| value.strip_suffix('"')?.split_once("\\:\""));
            let values: Vec<_> = values.map(|(name, help)| format!("\"{name}[{help}]\"")).collect();
            format!("_values -s , {name} {}", values.join(" "))
        });
    }
    let start = "(( $+functions[compdef] )) || { autoload -U compinit && compinit }";
    *script = script.replace("    compdef _reflink", &format!("    {start}\n    compdef _reflink"));
}

/// The options whose values are separated by commas. Two subcommands can have the same.
fn lists(command: &Command) -> impl Iterator<Item = &Arg> {
    let arguments = command.get_subcommands().flat_map(Command::get_arguments);
    arguments.filter(|argument| argument.get_value_delimiter() == Some(','))
}

/// Replaces what is between `start` and `end`, wherever `start` follows `option` on one line.
fn replace_all(
    script: &mut String,
    (option, start, end): (&str, &str, &str),
    new: impl Fn(&str) -> String,
) {
    let mut at = 0;
    while let Some(found) = script[at..].find(option) {
        at += found + option.len();
        let line = script[at..].lines().next().unwrap_or_default();
        let Some(from) = line.find(start).map(|from| at + from + start.len()) else { continue };
        let Some(length) = script[from..].find(end) else { continue };
        let replacement = new(&script[from..from + length]);
        script.replace_range(from..from + length, &replacement);
        at = from + replacement.len();
    }
}
