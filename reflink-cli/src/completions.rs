//! `reflink completions`: tab completion for a shell.

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
  reflink completions bash > ~/.local/share/bash-completion/completions/reflink
  reflink completions fish > ~/.config/fish/completions/reflink.fish
  reflink completions zsh > \"${fpath[1]}/_reflink\"";

/// `command` is the whole command, with every subcommand.
pub(crate) fn run(args: &Args, command: &mut clap::Command) -> Exit {
    // Into memory first: clap_complete panics if its writer fails, and a pipe may be closed.
    let mut script = Vec::new();
    clap_complete::generate(args.shell, command, "reflink", &mut script);
    output::print(&script)
}
