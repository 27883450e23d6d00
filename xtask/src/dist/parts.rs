//! What an archive and a package have in common.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use super::pages::Pages;
use super::source::Source;
use super::target::Target;

/// What was built for one processor.
pub(super) struct Parts<'a> {
    pub(super) source: &'a Source,
    pub(super) target: Target,
    pub(super) binary: &'a Path,
    pub(super) pages: &'a Pages,
    /// The licences of what is linked in.
    pub(super) licences: String,
}

/// Where some parts are, below a root directory.
pub(super) struct Places<'a> {
    pub(super) binary: &'a str,
    /// The directory of the manual pages.
    pub(super) manual: &'a str,
    /// Each shell's completions, by the names that [`Pages`] has, and where they are.
    pub(super) completions: &'a [(&'a str, String)],
}

impl Parts<'_> {
    /// Makes `root` anew, with these parts. Returns the manual pages there.
    pub(super) fn lay_out(&self, root: &Path, places: &Places<'_>) -> Result<Vec<PathBuf>> {
        if root.exists() {
            fs::remove_dir_all(root)?;
        }
        install(self.binary, &root.join(places.binary), 0o755)?;
        for (name, place) in places.completions {
            install(&self.pages.completions.join(name), &root.join(place), 0o644)?;
        }
        let manual = root.join(places.manual);
        let pages = self.pages.manual.iter().map(|page| {
            let place = manual.join(page.file_name().unwrap_or_default());
            install(page, &place, 0o644)?;
            Ok(place)
        });
        pages.collect()
    }
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
