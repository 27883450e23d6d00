//! `cargo xtask codegen`: kernel definitions from the UAPI headers.

/// Arguments of `cargo xtask codegen`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Fail when what is committed differs from what would be generated.
    #[arg(long)]
    check: bool,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    anyhow::bail!("not written yet (check: {})", args.check)
}
