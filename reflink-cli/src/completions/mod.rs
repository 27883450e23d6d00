//! `reflink completions`: tab completion for a shell.

use clap::Command;
use clap_complete::Shell;

use crate::exit::Exit;
use crate::output;

mod values;

/// Prints the completion script for a shell
///
/// In bash, fish and zsh it completes commands, options and their values, and in a list the value after each
/// comma; in Elvish and PowerShell it completes commands and options, but not values.
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
                                                (after the compinit line, if there is one)";

/// `command` is the whole command, with every subcommand.
pub(crate) fn run(args: &Args, command: &mut Command) -> Exit {
    // Into memory first: clap_complete panics if its writer fails, and a pipe may be closed.
    let mut script = Vec::new();
    clap_complete::generate(args.shell, command, "reflink", &mut script);
    let mut script = String::from_utf8_lossy(&script).into_owned();
    match args.shell {
        Shell::Bash => values::bash(&mut script, command),
        Shell::Fish => values::fish(&mut script, command),
        Shell::Zsh => values::zsh(&mut script, command),
        _ => {}
    }
    output::print(script.as_bytes())
}
