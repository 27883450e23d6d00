//! `--reflink[=WHEN]`, as in GNU cp.

use clap::ValueEnum;
use reflink::Mode;

/// The option, for the subcommands that copy.
#[derive(clap::Args)]
pub(crate) struct Reflink {
    /// Whether to share blocks; --reflink alone means always, the last one wins
    #[arg(
        long = "reflink",
        value_name = "WHEN",
        value_enum,
        num_args = 0..=1,
        require_equals = true,
        default_value = "auto",
        default_missing_value = "always"
    )]
    when: When,
}

#[derive(Clone, Copy, ValueEnum)]
enum When {
    /// Share all blocks, or fail with exit status 3 and change nothing
    Always,
    /// Share what can be shared and copy the rest
    Auto,
    /// Share nothing: read and write
    Never,
}

impl Reflink {
    pub(crate) fn mode(&self) -> Mode {
        match self.when {
            When::Always => Mode::Always,
            When::Auto => Mode::Auto,
            When::Never => Mode::Never,
        }
    }
}
