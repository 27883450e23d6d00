//! All files of a release.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use super::files::files;
use super::pages::{self, Pages};
use super::parts::Parts;
use super::source::Source;
use super::target::Target;
use super::{archive, build, deb, licences};
use crate::test::process::printed;

/// What the files in `out` were made of.
pub(super) struct Built {
    pub(super) source: Source,
    pub(super) binaries: Vec<(Target, PathBuf)>,
    pub(super) pages: Pages,
}

/// Builds everything of a commit in `work`, and puts the files into `out`.
pub(super) fn make(
    commit: &str,
    work: &Path,
    out: &Path,
    targets: &[Target],
    library: &Path,
) -> Result<Built> {
    let source = Source::unpack(work, commit)?;
    println!("building {} of {commit}", source.version);
    let binaries = targets.iter().map(|target| {
        let binary = build::binary(&source, work, *target, library)?;
        Ok((*target, binary))
    });
    let binaries: Vec<_> = binaries.collect::<Result<_>>()?;
    // The pages are the same for all processors, and this machine can run the first binary.
    let pages = pages::make(&binaries[0].1, &work.join("pages"), source.time)?;
    if out.exists() {
        fs::remove_dir_all(out)?;
    }
    fs::create_dir_all(out)?;
    for &(target, ref binary) in &binaries {
        let licences = licences::of(&source, target)?;
        let parts = Parts { source: &source, target, binary, pages: &pages, licences };
        archive::make(&parts, work, out)?;
        deb::make(&parts, work, out)?;
    }
    sums(out)?;
    Ok(Built { source, binaries, pages })
}

/// Writes `SHA256SUMS`, as `sha256sum --check` reads it.
fn sums(out: &Path) -> Result<()> {
    let names: Vec<_> =
        files(out)?.into_iter().filter_map(|file| Some(file.file_name()?.to_owned())).collect();
    let sums = printed(Command::new("sha256sum").args(names).current_dir(out))?;
    Ok(fs::write(out.join("SHA256SUMS"), sums)?)
}
