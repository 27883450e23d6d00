//! The licences of what is linked into the binary: most of them ask for their text to come along.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;

use anyhow::{Context as _, Result, ensure};
use cargo_metadata::{CargoOpt, DependencyKind, MetadataCommand, Package, PackageId};

use super::c_library;
use super::files::files;
use super::source::Source;
use super::target::Target;

/// The part of Rust that is not among the crates.
const STANDARD_LIBRARY: &str = "\
The Rust standard library, <https://www.rust-lang.org>, MIT or Apache-2.0: the texts are those of the
crates below.
";

/// The names of files with licences begin so, in upper case.
const STARTS: [&str; 4] = ["LICENSE", "LICENCE", "COPYING", "COPYRIGHT"];

/// Names, versions and texts, for a file beside the binary.
pub(super) fn of(source: &Source, target: Target) -> Result<String> {
    let metadata = MetadataCommand::new()
        .manifest_path(source.path.join("reflink-cli/Cargo.toml"))
        .features(CargoOpt::AllFeatures)
        .other_options(["--locked".to_owned(), "--filter-platform".to_owned(), target.triple()])
        .exec()?;
    let resolve = metadata.resolve.as_ref().context("cargo resolves no dependencies")?;
    let command = metadata.packages.iter().find(|package| package.name == "reflink-cli");
    let command = command.context("cargo knows no reflink-cli")?;
    let mut linked = BTreeSet::<&PackageId>::new();
    let mut queue = vec![&command.id];
    while let Some(id) = queue.pop() {
        if !linked.insert(id) {
            continue;
        }
        let node = resolve.nodes.iter().find(|node| node.id == *id);
        let dependencies = node.into_iter().flat_map(|node| &node.deps);
        let normal = dependencies
            .filter(|one| one.dep_kinds.iter().any(|kind| kind.kind == DependencyKind::Normal));
        queue.extend(normal.map(|one| &one.pkg));
    }
    let mut packages: Vec<_> = metadata
        .packages
        .iter()
        .filter(|package| linked.contains(&package.id) && package.source.is_some())
        .collect();
    packages.sort_by(|a, b| (&a.name, &a.version).cmp(&(&b.name, &b.version)));
    let mut text = format!("{STANDARD_LIBRARY}\n{}", c_library::notice(target)?);
    for package in packages {
        append(&mut text, package)?;
    }
    Ok(text)
}

fn append(text: &mut String, package: &Package) -> Result<()> {
    let licence = package.license.as_deref().unwrap_or("see below");
    write!(text, "\n==== {} {}: {licence}\n", package.name, package.version)?;
    let dir = package.manifest_path.parent().context("a manifest has no directory")?;
    let mut texts = Vec::new();
    for file in files(dir.as_std_path())? {
        let name = file.file_name().unwrap_or_default().to_string_lossy().to_uppercase();
        if STARTS.iter().any(|start| name.starts_with(start)) && file.is_file() {
            texts.push((name, fs::read_to_string(&file)?));
        }
    }
    ensure!(!texts.is_empty(), "the package of {} has no text of its licence", package.name);
    // Of several licences one is chosen: the text of MIT is the shorter one.
    if texts.iter().any(|(name, _)| name.contains("MIT")) {
        texts.retain(|(name, _)| !name.contains("APACHE"));
    }
    for (_, licence) in texts {
        writeln!(text, "\n{}", licence.trim_end())?;
    }
    Ok(())
}
