//! `reflink completions`: tab completion for a shell.

use clap::Command;
use clap_complete::Shell;

use crate::exit::Exit;
use crate::output;

/// Prints the completion script for a shell
#[derive(clap::Args)]
#[command(after_help = HELP_END, args_override_self = true)]
pub(crate) struct Args {
    /// The shell
    shell: Shell,
}

const HELP_END: &str = "\
Examples:
  echo 'source <(reflink completions bash)' >> ~/.bashrc
  reflink completions fish | install -D /dev/stdin ~/.config/fish/completions/reflink.fish
  echo 'source <(reflink completions zsh)' >> ~/.zshrc
                                                (put it after the compinit line)";

/// `command` is the whole command, with every subcommand.
pub(crate) fn run(args: &Args, command: &mut Command) -> Exit {
    // Into memory first: clap_complete panics if its writer fails, and a pipe may be closed.
    let mut script = Vec::new();
    clap_complete::generate(args.shell, command, "reflink", &mut script);
    if args.shell == Shell::Bash {
        let values = include_str!("completions.bash");
        script.extend(values.replace("        CASES\n", &cases(command)).bytes());
    }
    output::print(&script)
}

/// The options with their values, as cases of a shell. An option has the same values in each subcommand that has it.
fn cases(command: &Command) -> String {
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
    cases.concat()
}
