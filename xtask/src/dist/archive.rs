//! The archive: `reflink-<version>-<processor>-linux.tar.gz`, with one directory of that name.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use super::c_library::LGPL;
use super::pages::SHELLS;
use super::parts::{Parts, Places, install, write};
use crate::test::process::printed;

pub(super) fn make(parts: &Parts<'_>, work: &Path, out: &Path) -> Result<()> {
    let source = parts.source;
    let name = format!("reflink-{}-{}-linux", source.version, parts.target.name());
    let dir = work.join(&name);
    let completions = SHELLS.map(|(_, file)| (file, format!("completions/{file}")));
    let places = Places { binary: "reflink", manual: "man", completions: &completions };
    parts.lay_out(&dir, &places)?;
    install(&source.path.join("reflink-cli/README.md"), &dir.join("README.md"), 0o644)?;
    for file in ["CHANGELOG.md", "LICENSE-APACHE", "LICENSE-MIT"] {
        install(&source.path.join(file), &dir.join(file), 0o644)?;
    }
    write(&dir.join("LICENSES-THIRD-PARTY"), &parts.licences)?;
    // The licence asks for its text beside the binary.
    install(LGPL.as_ref(), &dir.join("LICENSE-LGPL-2.1"), 0o644)?;
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
