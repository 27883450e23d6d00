//! The archive: `reflink-<version>-<processor>-linux.tar.gz`, with one directory of that name.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result};

use super::pages::{Pages, SHELLS};
use super::source::Source;
use super::target::Target;
use crate::test::process::printed;

pub(super) fn make(
    source: &Source,
    target: Target,
    binary: &Path,
    pages: &Pages,
    licences: &str,
    work: &Path,
    out: &Path,
) -> Result<()> {
    let name = format!("reflink-{}-{}-linux", source.version, target.name());
    let dir = work.join(&name);
    if dir.exists() {
        fs::remove_dir_all(&dir)?;
    }
    install(binary, &dir.join("reflink"), 0o755)?;
    install(&source.path.join("reflink-cli/README.md"), &dir.join("README.md"), 0o644)?;
    for file in ["CHANGELOG.md", "LICENSE-APACHE", "LICENSE-MIT"] {
        install(&source.path.join(file), &dir.join(file), 0o644)?;
    }
    write(&dir.join("LICENSES-THIRD-PARTY"), licences)?;
    for page in &pages.manual {
        install(page, &dir.join("man").join(page.file_name().unwrap_or_default()), 0o644)?;
    }
    for (_, file) in SHELLS {
        install(&pages.completions.join(file), &dir.join("completions").join(file), 0o644)?;
    }
    let mut tar = Command::new("tar");
    tar.args([
        "--create",
        "--format=gnu",
        "--sort=name",
        "--owner=0",
        "--group=0",
        "--numeric-owner",
    ]);
    tar.arg(format!("--mtime=@{}", source.time))
        .args(["--use-compress-program", "gzip -9 --no-name"]);
    tar.arg("--file")
        .arg(out.join(format!("{name}.tar.gz")))
        .arg("--directory")
        .arg(work)
        .arg(&name);
    printed(&mut tar).map(drop)
}

/// Copies a file, with the directories that it needs, and gives it this mode whatever the umask is.
pub(super) fn install(from: &Path, to: &Path, mode: u32) -> Result<()> {
    make_directories(to)?;
    fs::copy(from, to).with_context(|| format!("cannot copy {}", from.display()))?;
    Ok(fs::set_permissions(to, fs::Permissions::from_mode(mode))?)
}

/// Like [`install`], for a text.
pub(super) fn write(to: &Path, text: &str) -> Result<()> {
    make_directories(to)?;
    fs::write(to, text)?;
    Ok(fs::set_permissions(to, fs::Permissions::from_mode(0o644))?)
}

fn make_directories(file: &Path) -> Result<()> {
    let mut missing: Vec<_> = file.ancestors().skip(1).take_while(|dir| !dir.exists()).collect();
    while let Some(dir) = missing.pop() {
        fs::create_dir(dir)?;
        fs::set_permissions(dir, fs::Permissions::from_mode(0o755))?;
    }
    Ok(())
}
