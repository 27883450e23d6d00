//! `cargo xtask codegen`: kernel definitions from the UAPI headers.
//!
//! For each architecture ([`arch`]): its headers ([`headers`]) → bindgen ([`bind`]) → text, with
//! the documentation of [`items`] ([`render`]). Architectures of a family must give one text, which
//! becomes one file in reflink-sys/src/generated/.

mod arch;
mod bind;
mod headers;
mod items;
mod render;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use arch::{ARCHES, FAMILIES};

/// Arguments of `cargo xtask codegen`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Fail when what is committed differs from what would be generated.
    #[arg(long)]
    check: bool,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let generated = root.join("reflink-sys/src/generated");
    let files = generate(&root.join("target"))?;
    for (name, text) in files {
        let path = generated.join(name);
        let committed = fs::read_to_string(&path).unwrap_or_default();
        if committed == text {
            continue;
        }
        if args.check {
            bail!("{} differs", path.display());
        }
        fs::write(&path, text).with_context(|| path.display().to_string())?;
    }
    Ok(())
}

fn generate(scratch: &Path) -> Result<Vec<(PathBuf, String)>> {
    let mut files = vec![(PathBuf::from("mod.rs"), render::chooser())];
    for family in FAMILIES {
        let mut first: Option<(&str, String)> = None;
        for arch in ARCHES.iter().filter(|arch| arch.family == family.name) {
            let include = headers::include_dirs(arch.triplet).with_context(|| {
                format!("no headers for {}: {}", arch.name, headers::package(arch))
            })?;
            let found =
                bind::definitions(arch.triplet, &include, scratch).with_context(|| arch.name)?;
            let text = render::definitions(&found).with_context(|| arch.name)?;
            match &first {
                Some((name, other)) if *other != text => {
                    bail!("{name} and {} differ in the family {}", arch.name, family.name)
                }
                Some(_) => {}
                None => first = Some((arch.name, text)),
            }
        }
        let (_, text) = first.with_context(|| format!("nobody in the family {}", family.name))?;
        files.push((format!("{}.rs", family.name).into(), render::family(family, &text)));
    }
    Ok(files)
}
