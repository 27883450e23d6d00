//! `cargo xtask test`: every suite on real filesystems.

/// Arguments of `cargo xtask test`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Only these filesystems, by name, separated by commas.
    #[arg(long, value_delimiter = ',')]
    fs: Vec<String>,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    anyhow::bail!("not written yet (fs: {:?})", args.fs)
}
