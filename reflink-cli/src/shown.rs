//! What the subcommands print on request about each file.

use crate::progress::When;

/// `--progress`, `-v` and `--json`, for the subcommands that work on parts of files.
#[derive(clap::Args)]
pub(crate) struct Shown {
    /// Show progress for what takes longer than half a second
    #[arg(long, value_name = "WHEN", value_enum, default_value = "auto")]
    pub(crate) progress: When,

    /// Print one line per DEST (bytes and method) instead of a total
    #[arg(short, long)]
    pub(crate) verbose: bool,

    /// Print a JSON object on a line for each DEST, instead of what -v prints
    ///
    /// The members are those of `reflink copy --json`; a dedupe has source, destination and shared, the
    /// bytes that are shared now, or source, destination and error {message, errno, reason, hint}.
    #[arg(long)]
    pub(crate) json: bool,
}
