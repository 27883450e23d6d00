//! `cargo xtask codegen`: the kernel definitions of reflink-sys, from the kernel's UAPI headers.
//!
//! For each architecture of the table ([`arch`]), bindgen ([`bind`]) reads the headers
//! ([`headers`]), and [`render`] turns the result into text with the documentation of [`items`].
//! All architectures of a family must give the same text, which becomes one file.

mod arch;
mod bind;
mod headers;
mod items;
mod render;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};

use arch::FAMILIES;

const FOLDER: &str = "reflink-sys/src/generated";

/// Arguments of `cargo xtask codegen`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Fail if the committed files differ from the generated ones.
    #[arg(long)]
    check: bool,
}

/// Files by name.
type Files = BTreeMap<String, String>;

pub(crate) fn run(args: &Args) -> Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(FOLDER);
    let generated = generate()?;
    let committed = read(&folder).with_context(|| FOLDER)?;
    let names: BTreeSet<_> = generated.keys().chain(committed.keys()).collect();
    let differing = names.into_iter().filter(|name| generated.get(*name) != committed.get(*name));
    if args.check {
        let differing: Vec<_> = differing.map(|name| format!("{FOLDER}/{name}")).collect();
        ensure!(
            differing.is_empty(),
            "not what the kernel's headers give: {}\nTo mend it: cargo xtask codegen",
            differing.join(", ")
        );
        return Ok(());
    }
    for name in differing {
        let path = folder.join(name);
        match generated.get(name) {
            Some(text) => fs::write(&path, text),
            None => fs::remove_file(&path),
        }
        .with_context(|| path.display().to_string())?;
        println!("{FOLDER}/{name}");
    }
    Ok(())
}

fn read(folder: &Path) -> Result<Files> {
    let mut files = Files::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        files.insert(name, String::from_utf8_lossy(&fs::read(entry.path())?).into_owned());
    }
    Ok(files)
}

fn generate() -> Result<Files> {
    headers::provide()?;
    let scratch = tempfile::tempdir()?;
    let mut files = Files::from([("mod.rs".to_owned(), render::chooser())]);
    let mut families = BTreeMap::new();
    for family in FAMILIES {
        let mut texts = Vec::new();
        for arch in arch::members(family) {
            let text = headers::find(arch)
                .and_then(|headers| bind::definitions(&headers, scratch.path()))
                .and_then(|found| render::definitions(&found))
                .with_context(|| arch.name)?;
            texts.push((arch.name, text));
        }
        let text = one_text(texts).with_context(|| format!("family {}", family.name))?;
        files.insert(format!("{}.rs", family.name), render::family(family, &text));
        if let Some(twin) = families.insert(text, family.name) {
            bail!("the families {twin} and {} are the same: make them one", family.name);
        }
    }
    Ok(files)
}

/// The text that all architectures of a family share, or an error with two that differ.
fn one_text(texts: Vec<(&str, String)>) -> Result<String> {
    let mut texts = texts.into_iter();
    let (first, text) = texts.next().context("no architecture belongs to it")?;
    for (name, other) in texts {
        let lines = || text.lines().zip(other.lines());
        if let Some((one, two)) = lines().find(|(one, two)| one != two) {
            bail!("{first} and {name} differ:\n  {first}: {one}\n  {name}: {two}");
        }
        ensure!(text == other, "{first} and {name} differ in length");
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::one_text;

    #[test]
    fn a_family_is_one_text() {
        let same = vec![("a", "x\ny\n".to_owned()), ("b", "x\ny\n".to_owned())];
        assert_eq!(one_text(same).unwrap(), "x\ny\n");
    }

    #[test]
    fn two_differing_flags_are_named() {
        let texts = ["x\ny\n", "x\ny\n", "x\nz\n"].map(str::to_owned);
        let error = one_text(["a", "b", "c"].into_iter().zip(texts).collect()).unwrap_err();
        assert_eq!(error.to_string(), "a and c differ:\n  a: y\n  c: z");
        let longer = vec![("a", "x\n".to_owned()), ("b", "x\ny\n".to_owned())];
        assert_eq!(one_text(longer).unwrap_err().to_string(), "a and b differ in length");
    }
}
